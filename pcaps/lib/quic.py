"""QUIC version 1 as it looks from outside: Initial packets that anybody can open, the rest noise of the right shape.

RFC 9000 (17.2 long headers, 17.3 short header, 14.1 1,200 bytes), RFC 9001 (5.2 keys of Initial packets, 5.4 header
protection), RFC 8446 (7.1 labels).
"""

import hashlib
import hmac
import struct

from . import aes, tls

PORT, DATAGRAM = 443, 1200
CLIENT, SERVER = 0, 1
SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
INITIAL, HANDSHAKE = 0, 2
PING, CRYPTO = 1, 6


def digest(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def expanded(secret, label, size):
    info = struct.pack("!H", size) + tls.vector(1, b"tls13 " + label) + b"\0"
    return digest(secret, info + b"\1")[:size]


def keys(dcid, who):
    """Key, nonce and header key of one side's Initial packets."""
    secret = expanded(digest(SALT, dcid), b"server in" if who else b"client in", 32)
    return expanded(secret, b"quic key", 16), expanded(secret, b"quic iv", 12), expanded(secret, b"quic hp", 16)


def varint(value):
    """Two bytes, which is room enough here."""
    return struct.pack("!H", 0x4000 | value)


def crypto(offset, data):
    return bytes([CRYPTO]) + varint(offset) + varint(len(data)) + data


def client_hello(lab, sni, alpn=("h3",)):
    """The message without a record: TLS 1.3 alone, no session id, transport parameters."""
    extensions = tls.extension(0, tls.vector(2, b"\0" + tls.vector(2, sni.encode())))
    extensions += tls.extension(10, tls.vector(2, tls.words((29, 23, 24))))
    extensions += tls.extension(16, tls.vector(2, b"".join(tls.vector(1, name.encode()) for name in alpn)))
    extensions += tls.extension(13, tls.vector(2, tls.words(tls.SIGNATURES)))
    extensions += tls.extension(51, tls.vector(2, struct.pack("!H", 29) + tls.vector(2, lab.bytes(32))))
    extensions += tls.extension(45, b"\1\1") + tls.extension(43, tls.vector(1, tls.words((tls.V13,))))
    extensions += tls.extension(57, bytes.fromhex("01048000753004048010000008024064"))
    body = struct.pack("!H", tls.V12) + lab.bytes(32) + b"\0" + tls.vector(2, tls.words(tls.SUITES_13)) + b"\1\0"
    return tls.handshake(1, body + tls.vector(2, extensions))


def server_hello(lab):
    extensions = tls.extension(43, struct.pack("!H", tls.V13))
    extensions += tls.extension(51, struct.pack("!H", 29) + tls.vector(2, lab.bytes(32)))
    body = struct.pack("!H", tls.V12) + lab.bytes(32) + b"\0" + struct.pack("!HB", tls.AES128_GCM_13, 0)
    return tls.handshake(2, body + tls.vector(2, extensions))


class Connection:
    """One connection of a client. `now` is when its last datagram passed."""

    def __init__(self, lab, client, server, t, port=PORT):
        self.lab, self.hosts, self.now = lab, (client, server), t
        self.ports = lab.port(client), port
        self.first = lab.bytes(8)                     # the server's id in the client's first Initial
        self.ids = [b"", lab.bytes(8)]                # browsers have none of their own
        self.numbers = [0, 0]
        self.answered = False

    def datagram(self, who, payload, t=None):
        self.now = self.now if t is None else t
        self.lab.udp(self.now, self.hosts[who], self.hosts[1 - who], self.ports[who], self.ports[1 - who], payload)

    def to(self, who):
        """The id of the side that `who` sends to."""
        return self.ids[1 - who] if who == SERVER or self.answered else self.first

    def header(self, who, kind):
        return bytes([0xC0 | kind << 4]) + struct.pack("!I", 1) + tls.vector(1, self.to(who)) + tls.vector(1, self.ids[who])

    def initial(self, who, frames, size=0):
        """Protected; with padding so that it has `size` bytes."""
        key, iv, hp = keys(self.first, who)
        number = self.numbers[who]
        self.numbers[who] += 1
        head = self.header(who, INITIAL) + b"\0"
        frames += bytes(max(0, max(4, size - len(head) - 2 - 1 - 16) - len(frames)))
        head += varint(1 + len(frames) + 16) + bytes([number])
        nonce = iv[:-1] + bytes([iv[-1] ^ number])
        sealed = aes.seal(key, nonce, head, frames)
        mask = aes.encrypt(hp, sealed[3:19])
        return bytes([head[0] ^ mask[0] & 0x0F]) + head[1:-1] + bytes([head[-1] ^ mask[1]]) + sealed

    def handshake(self, who, size):
        return self.header(who, HANDSHAKE) + varint(size) + self.lab.bytes(size)

    def short(self, who, size):
        return bytes([0x40 | self.lab.number(5)]) + self.to(who) + self.lab.bytes(size)

    def hello(self, sni, alpn=("h3",), pieces=1, t=None):
        """The client's first datagram; its hello in so many CRYPTO frames, the last first, as browsers do."""
        message = client_hello(self.lab, sni, alpn)
        step = -(-len(message) // pieces)
        frames = [crypto(i, message[i:i + step]) for i in range(0, len(message), step)]
        self.datagram(CLIENT, self.initial(CLIENT, bytes([PING]).join(reversed(frames)), DATAGRAM), t)

    def open(self, sni, alpn=("h3",), pieces=1):
        """The handshake, up to where both sides have finished."""
        self.hello(sni, alpn, pieces)
        self.now += self.lab.wait(self.hosts[SERVER])
        ack = b"\2\0\0\0\0"
        flight = self.initial(SERVER, ack + crypto(0, server_hello(self.lab)))
        self.answered = True
        self.datagram(SERVER, flight + self.handshake(SERVER, DATAGRAM - len(flight) - 30))
        self.now += self.lab.wait(self.hosts[CLIENT])
        flight = self.initial(CLIENT, ack) + self.handshake(CLIENT, 70)
        self.datagram(CLIENT, flight + self.short(CLIENT, DATAGRAM - len(flight) - 9))
        self.now += self.lab.wait(self.hosts[SERVER])
        self.datagram(SERVER, self.short(SERVER, 220))
        return self

    def exchange(self, request=180, answers=(640,)):
        self.datagram(CLIENT, self.short(CLIENT, request), self.now + 0.002)
        self.now += self.lab.wait(self.hosts[SERVER])
        for size in answers:
            self.datagram(SERVER, self.short(SERVER, size), self.now + 0.0002)
        self.datagram(CLIENT, self.short(CLIENT, 28), self.now + 0.002)
        return self
