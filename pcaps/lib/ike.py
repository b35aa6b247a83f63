"""IKE version 1 (RFC 2408, 2409, NAT traversal RFC 3947, 3948) and ESP (RFC 4303): a VPN with a pre-shared key.

Clear up to the fourth message of main mode; then cipher text in whole blocks.
"""

import struct

PROTO_ESP = 50
SA, KEY_EXCHANGE, NOTIFY, VENDOR, NONCE, NAT_D = 1, 4, 11, 13, 10, 20
MAIN, INFORMATIONAL, QUICK = 2, 5, 32
DES3, AES = 5, 7
MD5, SHA1, SHA256 = 1, 2, 4
NO_PROPOSAL_CHOSEN = 14
RFC3947 = bytes.fromhex("4a131c81070358455c5728f20e95452f")
DPD = bytes.fromhex("afcad71368a1f1c96b8696fc77570100")
GROUP_BYTES = {2: 128, 14: 256}
ENCRYPTED = 1
NON_ESP = bytes(4)
KEEP_ALIVE = b"\xff"


def attribute(kind, value):
    return struct.pack("!HH", 0x8000 | kind, value)


def proposal(encryption, digest, group, lifetime, key_bits=0):
    """The SA payload's body: one proposal with one transform."""
    transform = attribute(1, encryption) + (attribute(14, key_bits) if key_bits else b"") + attribute(2, digest)
    transform += attribute(3, 1) + attribute(4, group) + attribute(11, 1) + attribute(12, lifetime)
    transform = struct.pack("!BBHBBH", 0, 0, 8 + len(transform), 1, 1, 0) + transform
    return struct.pack("!II", 1, 1) + struct.pack("!BBHBBBB", 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform


def payloads(*items):
    """Generic headers around (type, body); the chain ends with 0."""
    out = b""
    for n, (_, body) in enumerate(items):
        following = items[n + 1][0] if n + 1 < len(items) else 0
        out += struct.pack("!BBH", following, 0, 4 + len(body)) + body
    return out


class Tunnel:
    """Between a host and a VPN server; `nat` moves it to port 4500 once both have seen each other's NAT-D."""

    def __init__(self, lab, host, server, nat=False, encryption=DES3, digest=MD5, group=2, lifetime=1800, key_bits=0):
        self.lab, self.ends, self.nat = lab, (host, server), nat
        self.suite = encryption, digest, group, lifetime, key_bits
        self.block = 16 if encryption == AES else 8
        self.group = group
        self.cookies = lab.bytes(8), lab.bytes(8)
        self.spis = lab.number(31) | 1 << 31, lab.number(31) | 1 << 31
        self.counts = [0, 0]
        self.floated = False

    def datagram(self, t, who, data, marker=NON_ESP):
        port = 4500 if self.floated else 500
        self.lab.udp(t, self.ends[who], self.ends[1 - who], port, port, (marker if self.floated else b"") + data)
        return t

    def message(self, t, who, exchange, first, body, ident=0, flags=0, answered=True):
        cookies = self.cookies[0] + (self.cookies[1] if answered else bytes(8))
        head = cookies + struct.pack("!BBBBII", first, 0x10, exchange, flags, ident, 28 + len(body))
        return self.datagram(t, who, head + body)

    def answer(self, t, who):
        return t + self.lab.wait(self.ends[1 - who])

    def open_association(self, t, who=0):
        """Message 1: what is proposed, in clear."""
        body = payloads((SA, proposal(*self.suite)), (VENDOR, RFC3947), (VENDOR, DPD))
        return self.message(t, who, MAIN, SA, body, answered=who == 1)

    def main_mode(self, t):
        """Six messages. Returns the time of the last."""
        for who in (0, 1):
            t = self.answer(self.open_association(t, who), who)
        for who in (0, 1):
            natd = [(NAT_D, self.lab.bytes(16)) for _ in range(2)]
            body = payloads((KEY_EXCHANGE, self.lab.bytes(GROUP_BYTES[self.group])), (NONCE, self.lab.bytes(20)), *natd)
            t = self.answer(self.message(t, who, MAIN, KEY_EXCHANGE, body), who)
        self.floated = self.nat
        for who in (0, 1):
            t = self.answer(self.message(t, who, MAIN, 5, self.lab.bytes(64), flags=ENCRYPTED), who)
        return t

    def quick_mode(self, t):
        """Three messages, all cipher text. Returns the time of the last."""
        ident = self.lab.number(32)
        for who, size in ((0, 160), (1, 160), (0, 48)):
            t = self.message(self.answer(t, 1 - who), who, QUICK, 8, self.lab.bytes(size), ident, ENCRYPTED)
        return t

    def refuse(self, t):
        """The server wants none of the proposals: a notification in clear."""
        self.message(t, 1, INFORMATIONAL, NOTIFY, payloads((NOTIFY, struct.pack("!IBBH", 1, 1, 0, NO_PROPOSAL_CHOSEN))))
        return t

    def esp(self, t, who, size=96):
        """One ESP packet; behind a NAT inside UDP (RFC 3948)."""
        self.counts[who] += 1
        sealed = self.lab.bytes(size // self.block * self.block + 12)
        data = struct.pack("!II", self.spis[who], self.counts[who]) + sealed
        if self.floated:
            return self.datagram(t, who, data, marker=b"")
        self.lab.ip(t, self.ends[who], self.ends[1 - who], PROTO_ESP, data, df=False)
        return t

    def traffic(self, t, seconds, every=2.0, answered=True):
        """Packets both ways, and keep-alives behind a NAT (RFC 3948, 4)."""
        for n in range(round(seconds / every)):
            sent = self.esp(t + n * every, 0)
            if answered:
                self.esp(self.answer(sent, 0), 1, 160)
            if self.floated and n % max(1, round(20 / every)) == 0:
                self.datagram(t + n * every + every / 2, 0, KEEP_ALIVE, marker=b"")
        return t + seconds
