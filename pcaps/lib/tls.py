"""TLS as it looks from outside: hellos and certificates in clear, the rest records of the right size.

RFC 5246 (1.2), 8446 (1.3), 6066 (server name), 5288 (GCM: 24 bytes more than the plaintext in 1.2), 8446 section 5.2
(17 bytes more in 1.3). Cipher text is deterministic noise.
"""

import struct

from . import x509
from .tcp import CLIENT, SERVER

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION = 20, 21, 22, 23
V10, V12, V13 = 0x0301, 0x0303, 0x0304
AES128_GCM_13, ECDHE_ECDSA_AES128_GCM = 0x1301, 0xC02B
FATAL, HANDSHAKE_FAILURE = 2, 40
OVERHEAD = {V12: 24, V13: 17}

# What Conscrypt (Play services) offers, in its order.
SUITES_13 = (0x1301, 0x1302, 0x1303)
SUITES_12 = (0xC02B, 0xC02C, 0xCCA9, 0xC02F, 0xC030, 0xCCA8, 0xC009, 0xC00A, 0xC013, 0xC014, 0x9C, 0x9D, 0x2F, 0x35)
SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201)


def vector(width, data):
    return len(data).to_bytes(width, "big") + data


def words(values):
    return b"".join(struct.pack("!H", value) for value in values)


def record(kind, body, version=V12):
    return struct.pack("!BHH", kind, version, len(body)) + body


def handshake(kind, body):
    return bytes([kind]) + vector(3, body)


def extension(kind, body=b""):
    return struct.pack("!H", kind) + vector(2, body)


def alert(description, level=FATAL):
    return record(ALERT, bytes([level, description]))


def psk_extension(lab):
    """A ticket to resume by: an identity of 223 bytes and a SHA-256 binder (RFC 8446 section 4.2.11)."""
    identity = vector(2, lab.bytes(223)) + struct.pack("!I", lab.number(32))
    return extension(41, vector(2, identity) + vector(2, vector(1, lab.bytes(32))))


def ech_extension(lab):
    """encrypted_client_hello as an outer hello has it, and as browsers send it to servers that do not know it (RFC 9849):
    HKDF-SHA256, AES-128-GCM, an X25519 share and cipher text."""
    return extension(0xFE0D, b"\0\0\1\0\1" + lab.bytes(1) + vector(2, lab.bytes(32)) + vector(2, lab.bytes(208)))


def client_hello(lab, sni, version=V13, resumed=False, alpn=(), ech=False):
    """The record of a ClientHello as Conscrypt writes it; without ALPN unless given."""
    suites = (SUITES_13 if version == V13 else ()) + SUITES_12
    extensions = extension(0, vector(2, b"\0" + vector(2, sni.encode()))) if sni else b""
    extensions += extension(23) + extension(0xFF01, b"\0") + extension(10, vector(2, words((29, 23, 24))))
    extensions += extension(11, vector(1, b"\0")) + extension(35) + extension(5, b"\1\0\0\0\0")
    if alpn:
        extensions += extension(16, vector(2, b"".join(vector(1, name.encode()) for name in alpn)))
    extensions += extension(13, vector(2, words(SIGNATURES)))
    if version == V13:
        extensions += extension(51, vector(2, struct.pack("!H", 29) + vector(2, lab.bytes(32))))
        extensions += extension(45, b"\1\1") + extension(43, vector(1, words((V13, V12))))
        if resumed:
            extensions += psk_extension(lab)
    if ech:
        extensions += ech_extension(lab)
    session = lab.bytes(32) if version == V13 else b""
    body = struct.pack("!H", V12) + lab.bytes(32) + vector(1, session) + vector(2, words(suites)) + b"\1\0"
    return record(HANDSHAKE, handshake(1, body + vector(2, extensions)), V10), session


class Session:
    """TLS on a connection: sizes of plaintext in, records of cipher text out."""

    def __init__(self, connection, version):
        self.connection, self.lab, self.version = connection, connection.lab, version
        self.nonce = [0, 0]

    def sealed(self, who, size, kind=APPLICATION):
        """One protected record that carries `size` bytes of plaintext."""
        if self.version == V13:
            return record(APPLICATION, self.lab.bytes(size + OVERHEAD[V13]))
        nonce = self.nonce[who].to_bytes(8, "big")
        self.nonce[who] += 1
        return record(kind, nonce + self.lab.bytes(size + OVERHEAD[V12] - 8))

    def send(self, who, *sizes, t=None, acked=True):
        """Application records of these plaintext sizes, together in one write."""
        return self.connection.send(who, b"".join(self.sealed(who, size) for size in sizes), t, acked)

    def close(self, who=CLIENT, t=None):
        """close_notify, then FIN."""
        self.connection.send(who, self.sealed(who, 2, ALERT), t, acked=False)
        self.connection.received(who)
        self.connection.close(who, self.connection.now + 0.0001)


def hello(connection, sni, version=V13, resumed=False, alpn=(), ech=False):
    """The client's first record, not yet acknowledged."""
    data, session = client_hello(connection.lab, sni, version, resumed, alpn, ech)
    connection.send(CLIENT, data, acked=False)
    return session


def open_13(connection, sni, resumed=True, alpn=(), tickets=2, ech=False):
    """A TLS 1.3 handshake up to the server's tickets, which wait for the first answer. The client's Finished is left
    with the connection to send together with its first data: `first` holds it."""
    lab, session = connection.lab, Session(connection, V13)
    echoed = hello(connection, sni, V13, resumed, alpn, ech)
    connection.received(CLIENT)
    shares = extension(41, b"\0\0") if resumed else b""
    shares += extension(51, struct.pack("!H", 29) + vector(2, lab.bytes(32))) + extension(43, struct.pack("!H", V13))
    body = struct.pack("!H", V12) + lab.bytes(32) + vector(1, echoed) + struct.pack("!HB", AES128_GCM_13, 0)
    flight = record(HANDSHAKE, handshake(2, body + vector(2, shares))) + record(CHANGE_CIPHER_SPEC, b"\1")
    # EncryptedExtensions and Finished; unresumed also Certificate and CertificateVerify
    flight += session.sealed(SERVER, 42 if resumed else 42 + 2274)
    connection.send(SERVER, flight)
    connection.send(CLIENT, record(CHANGE_CIPHER_SPEC, b"\1") + session.sealed(CLIENT, 36), acked=False)
    connection.received(CLIENT)
    session.tickets = [session.sealed(SERVER, 246) for _ in range(tickets)]
    return session


def open_12(connection, sni, names=None, organization="Google Trust Services", alpn=()):
    """A full TLS 1.2 handshake with ECDHE, an ECDSA certificate chain and AES-128-GCM."""
    lab, session = connection.lab, Session(connection, V12)
    hello(connection, sni, V12, alpn=alpn)
    connection.received(CLIENT)
    certificates, key = x509.chain(lab, sni, names or [sni], organization)
    extensions = extension(23) + extension(0xFF01, b"\0") + extension(11, vector(1, b"\0")) + extension(35)
    random = lab.bytes(32)
    body = struct.pack("!H", V12) + random + b"\0" + struct.pack("!HB", ECDHE_ECDSA_AES128_GCM, 0)
    flight = record(HANDSHAKE, handshake(2, body + vector(2, extensions)))
    chain = b"".join(vector(3, certificate) for certificate in certificates)
    flight += record(HANDSHAKE, handshake(11, vector(3, chain)))
    share = b"\3" + struct.pack("!H", 29) + vector(1, lab.bytes(32))
    flight += record(HANDSHAKE, handshake(12, share + struct.pack("!H", 0x0403) + vector(2, key.sign(random + share))))
    flight += record(HANDSHAKE, handshake(14, b""))
    connection.send(SERVER, flight)
    finish = record(HANDSHAKE, handshake(16, vector(1, lab.bytes(32)))) + record(CHANGE_CIPHER_SPEC, b"\1")
    connection.send(CLIENT, finish + session.sealed(CLIENT, 16, HANDSHAKE), acked=False)
    connection.received(CLIENT)
    ticket = record(HANDSHAKE, handshake(4, struct.pack("!I", 100800) + vector(2, lab.bytes(202))))
    connection.send(SERVER, ticket + record(CHANGE_CIPHER_SPEC, b"\1") + session.sealed(SERVER, 16, HANDSHAKE))
    session.tickets = []
    return session


def exchange(connection, sni, request=391, answers=(612,), version=V13, alpn=("h2", "http/1.1"), **options):
    """TLS on a connection that is up: handshake, one request, its answers. Options are those of open_13 or open_12."""
    session = (open_13 if version == V13 else open_12)(connection, sni, alpn=alpn, **options)
    session.send(CLIENT, request, acked=False)
    connection.received(CLIENT)
    connection.send(SERVER, b"".join(session.tickets) + b"".join(session.sealed(SERVER, size) for size in answers))
    return session


def fetch(connection, sni, request=391, answers=(612,), version=V13, **options):
    """An ordinary HTTPS exchange: open, one request, its answer, close."""
    session = exchange(connection.open(), sni, request, answers, version, **options)
    session.close(CLIENT, connection.now + 0.4)
    return session
