"""TLS 1.0 (RFC 2246) with RSA key exchange: the premaster secret under the server's key, CBC records, SHA-1.

An old client's ClientHello has no supported_versions and offers what was there in 2010. Cipher text is noise.
"""

import struct

from . import x509
from .tcp import CLIENT, SERVER
from .tls import (ALERT, APPLICATION, CHANGE_CIPHER_SPEC, HANDSHAKE, V10, extension, handshake, record, vector, words)

RSA_3DES_SHA, RSA_AES256_SHA = 0x000A, 0x0035
SUITES = (RSA_AES256_SHA, 0x002F, RSA_3DES_SHA, 0x0005, 0x0004)
MAC, BLOCK = 20, 16


class Session:
    """Sizes of plaintext in, CBC records out: MAC and padding up to whole blocks (RFC 2246, 6.2.3.2)."""

    def __init__(self, connection):
        self.connection, self.lab = connection, connection.lab

    def sealed(self, size, kind=APPLICATION):
        return record(kind, self.lab.bytes((size + MAC) // BLOCK * BLOCK + BLOCK), V10)

    def send(self, who, *sizes, t=None, acked=True):
        return self.connection.send(who, b"".join(self.sealed(size) for size in sizes), t, acked)

    def close(self, who=CLIENT, t=None):
        self.connection.send(who, self.sealed(2, ALERT), t, acked=False)
        self.connection.received(who)
        self.connection.close(who, self.connection.now + 0.0001)


def client_hello(lab, sni):
    names = extension(0, vector(2, b"\0" + vector(2, sni.encode()))) if sni else b""
    body = struct.pack("!H", V10) + lab.bytes(32) + b"\0" + vector(2, words(SUITES)) + b"\1\0"
    return record(HANDSHAKE, handshake(1, body + (vector(2, names) if names else b"")), V10)


def exchange(connection, sni, request=391, answers=(612,), cipher=RSA_AES256_SHA, organization="Example CA", bits=1024):
    """Handshake with an RSA certificate of so many bits, one request, its answers, close."""
    lab, session = connection.lab, Session(connection)
    connection.send(CLIENT, client_hello(lab, sni), acked=False)
    connection.received(CLIENT)
    chain, _ = x509.chain(lab, sni, [sni], organization, "Server CA", "Root CA", lambda lab: x509.RsaKey(lab, bits))
    body = struct.pack("!H", V10) + lab.bytes(32) + vector(1, lab.bytes(32)) + struct.pack("!HB", cipher, 0)
    flight = record(HANDSHAKE, handshake(2, body), V10)
    certificates = b"".join(vector(3, certificate) for certificate in chain[:1])
    flight += record(HANDSHAKE, handshake(11, vector(3, certificates)), V10)
    connection.send(SERVER, flight + record(HANDSHAKE, handshake(14, b""), V10))
    key = record(HANDSHAKE, handshake(16, vector(2, lab.bytes(bits // 8))), V10)
    connection.send(CLIENT, key + record(CHANGE_CIPHER_SPEC, b"\1", V10) + session.sealed(16, HANDSHAKE), acked=False)
    connection.received(CLIENT)
    connection.send(SERVER, record(CHANGE_CIPHER_SPEC, b"\1", V10) + session.sealed(16, HANDSHAKE))
    session.send(CLIENT, request, acked=False)
    connection.received(CLIENT)
    session.send(SERVER, *answers)
    session.close(CLIENT, connection.now + 0.4)
    return session
