"""DNS messages (RFC 1035) with compressed names, and a look-up as the link shows it."""

import ipaddress
import struct

A, CNAME, SOA, AAAA = 1, 5, 6, 28
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3


def encode_name(name, offsets, at):
    """The name in wire form; offsets remembers where each suffix was written, for compression pointers."""
    out = b""
    labels = name.split(".")
    for i in range(len(labels)):
        suffix = ".".join(labels[i:])
        if suffix in offsets:
            return out + struct.pack("!H", 0xC000 | offsets[suffix])
        offsets[suffix] = at + len(out)
        out += bytes([len(labels[i])]) + labels[i].encode()
    return out + b"\0"


def rdata(kind, value, offsets, at):
    if kind in (A, AAAA):
        return ipaddress.ip_address(value).packed
    if kind == CNAME:
        return encode_name(value, offsets, at)
    primary, mailbox = value  # SOA
    out = encode_name(primary, offsets, at)
    out += encode_name(mailbox, offsets, at + len(out))
    return out + struct.pack("!IIIII", 912345678, 900, 900, 1800, 60)


def message(ident, question, kind, answers=(), authority=(), rcode=NOERROR, response=False):
    """answers, authority: (name, kind, ttl, value). Recursion desired, and available in responses."""
    flags = 0x0100 | (0x8080 | rcode if response else 0)
    out = struct.pack("!HHHHHH", ident, flags, 1, len(answers), len(authority), 0)
    offsets = {}
    out += encode_name(question, offsets, len(out)) + struct.pack("!HH", kind, 1)
    for name, rtype, ttl, value in (*answers, *authority):
        out += encode_name(name, offsets, len(out))
        data = rdata(rtype, value, offsets, len(out) + 10)
        out += struct.pack("!HHIH", rtype, 1, ttl, len(data)) + data
    return out


def chain(name, addresses, alias=None, ttl=214, kind=A):
    """Answer records: the name, an alias if there is one, then its addresses."""
    records = [(name, CNAME, ttl, alias)] if alias else []
    return records + [(alias or name, kind, ttl, address) for address in addresses]


class Lookup:
    """One DNS transaction of a client: the query, its repeats, and an answer or none."""

    def __init__(self, lab, client, resolver, name, kind=A):
        self.lab, self.client, self.resolver = lab, client, resolver
        self.name, self.kind = name, kind
        self.ident, self.port = lab.number(16), lab.port(client)

    def ask(self, t):
        self.lab.udp(t, self.client, self.resolver, self.port, 53, message(self.ident, self.name, self.kind))
        return t

    def answer(self, t, answers=(), rcode=NOERROR, authority=()):
        payload = message(self.ident, self.name, self.kind, answers, authority, rcode, response=True)
        self.lab.udp(t, self.resolver, self.client, 53, self.port, payload)
        return t


def resolve(lab, t, client, resolver, name, addresses, alias=None, ttl=214, kind=A, delay=0.011):
    """A look-up that works; the resolver asks its own resolver first. Returns the time of the answer."""
    query = Lookup(lab, client, resolver, name, kind)
    query.ask(t)
    return query.answer(t + delay + lab.wait(resolver), chain(name, addresses, alias, ttl, kind))
