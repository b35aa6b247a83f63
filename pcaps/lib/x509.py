"""X.509 certificates (RFC 5280) with P-256 keys (RFC 5480) or RSA keys (RFC 8017), signed for real: DER by hand, a
curve in thirty lines.

Keys and nonces come from the lab's deterministic bytes. They protect nothing.
"""

import hashlib

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(p, q):
    """Sum of two points; None is infinity."""
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0] and (p[1] + q[1]) % P == 0:
        return None
    slope = (3 * p[0] * p[0] - 3) * pow(2 * p[1], -1, P) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def multiply(k, p):
    total = None
    while k:
        if k & 1:
            total = add(total, p)
        p, k = add(p, p), k >> 1
    return total


class Key:
    """P-256: what the certificates of today carry."""

    bits = 256

    def __init__(self, lab):
        self.lab = lab
        self.secret = int.from_bytes(lab.bytes(32), "big") % (N - 1) + 1
        x, y = multiply(self.secret, G)
        self.point = b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    def sign(self, data):
        """ECDSA with SHA-256, DER-encoded (RFC 5480 appendix A)."""
        digest = int.from_bytes(hashlib.sha256(data).digest(), "big")
        k = int.from_bytes(self.lab.bytes(32), "big") % (N - 1) + 1
        r = multiply(k, G)[0] % N
        return sequence(integer(r), integer(pow(k, -1, N) * (digest + r * self.secret) % N))

    @property
    def algorithm(self):
        return ECDSA_SHA256

    @property
    def public(self):
        """The bits of SubjectPublicKeyInfo; its key identifier is their SHA-1."""
        return self.point

    @property
    def kind(self):
        return sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))


def probable_prime(n):
    """Miller and Rabin with the first twelve primes: deterministic, and enough for a sample."""
    small = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    if any(n % p == 0 for p in small):
        return n in small
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in small:
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


class RsaKey:
    """RSA with SHA-1 (RFC 8017, PKCS #1 v1.5): what a server of the last decade shows."""

    def __init__(self, lab, bits=1024):
        self.bits = bits
        p, q = self.prime(lab), self.prime(lab)
        self.modulus, self.secret = p * q, pow(65537, -1, (p - 1) * (q - 1))

    def prime(self, lab):
        half = self.bits // 2
        n = int.from_bytes(lab.bytes(half // 8), "big") | 3 << (half - 2) | 1
        while not probable_prime(n) or n % 65537 == 1:
            n += 2
        return n

    def sign(self, data):
        size = self.bits // 8
        digest = sequence(sequence(oid("1.3.14.3.2.26"), tlv(5, b"")), tlv(4, hashlib.sha1(data).digest()))
        padded = b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest
        return pow(int.from_bytes(padded, "big"), self.secret, self.modulus).to_bytes(size, "big")

    @property
    def algorithm(self):
        return sequence(oid("1.2.840.113549.1.1.5"), tlv(5, b""))

    @property
    def public(self):
        return sequence(integer(self.modulus), integer(65537))

    @property
    def kind(self):
        return sequence(oid("1.2.840.113549.1.1.1"), tlv(5, b""))


def tlv(tag, data):
    if len(data) < 0x80:
        return bytes([tag, len(data)]) + data
    size = len(data).to_bytes((len(data).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + data


def sequence(*items):
    return tlv(0x30, b"".join(items))


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = (int(part) for part in text.split("."))
    out = [first * 40 + second]
    for part in rest:
        chunk = [part & 0x7F]
        while part := part >> 7:
            chunk.insert(0, part & 0x7F | 0x80)
        out += chunk
    return tlv(0x06, bytes(out))


def name(country, organization, common):
    parts = (("2.5.4.6", 0x13, country), ("2.5.4.10", 0x13, organization), ("2.5.4.3", 0x13, common))
    return sequence(*(tlv(0x31, sequence(oid(kind), tlv(tag, text.encode()))) for kind, tag, text in parts if text))


def extension(kind, data, critical=False):
    return sequence(oid(kind), tlv(0x01, b"\xff") if critical else b"", tlv(0x04, data))


def validity(start, end):
    return sequence(tlv(0x17, start.encode()), tlv(0x17, end.encode()))


ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"))


def certificate(issuer_key, issuer, key, subject, serial, dates, names=(), authority=False):
    """One DER certificate, version 3."""
    public = sequence(key.kind, tlv(0x03, b"\0" + key.public))
    usage = b"\3\2\1\6" if authority else b"\3\2\7\x80"
    extensions = [extension("2.5.29.15", usage, critical=True)]
    extensions.append(extension("2.5.29.19", sequence(tlv(1, b"\xff")) if authority else sequence(), critical=True))
    extensions.append(extension("2.5.29.14", tlv(0x04, hashlib.sha1(key.public).digest())))
    extensions.append(extension("2.5.29.35", sequence(tlv(0x80, hashlib.sha1(issuer_key.public).digest()))))
    if names:
        extensions.append(extension("2.5.29.17", sequence(*(tlv(0x82, host.encode()) for host in names))))
    body = sequence(tlv(0xA0, integer(2)), integer(serial), issuer_key.algorithm, issuer, validity(*dates), subject,
                    public, tlv(0xA3, sequence(*extensions)))
    return sequence(body, issuer_key.algorithm, tlv(0x03, b"\0" + issuer_key.sign(body)))


def chain(lab, host, names, organization="Google Trust Services", authority="WE2", root="GTS Root R4", make=Key):
    """Leaf and intermediate, leaf first, and the leaf's key."""
    root_key, authority_key, key = make(lab), make(lab), make(lab)
    authority_name = name("US", organization, authority)
    leaf = certificate(authority_key, authority_name, key, name("", "", host), int.from_bytes(lab.bytes(15), "big"),
                       ("260831083512Z", "261123083511Z"), names)
    middle = certificate(root_key, name("US", organization, root), authority_key, authority_name,
                         int.from_bytes(lab.bytes(13), "big"), ("231213090000Z", "290220140000Z"), authority=True)
    return [leaf, middle], key
