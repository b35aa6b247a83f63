"""LDAP (RFC 4511) in BER: bind, search, and TLS started inside (RFC 4511, 4.14)."""

from .tcp import CLIENT, SERVER
from .x509 import tlv

START_TLS = b"1.3.6.1.4.1.1466.20037"
BASE = b"ou=people,dc=example,dc=net"


def integer(value):
    return tlv(0x02, bytes([value]))


def enumerated(value):
    return tlv(0x0A, bytes([value]))


def message(ident, operation):
    return tlv(0x30, integer(ident) + operation)


def result(tag, code=0):
    return tlv(tag, enumerated(code) + tlv(0x04, b"") + tlv(0x04, b""))


def simple_bind(name, password):
    return tlv(0x60, integer(3) + tlv(0x04, name.encode()) + tlv(0x80, password.encode()))


def search(attribute, value, wanted=("cn", "telephoneNumber")):
    equal = tlv(0xA3, tlv(0x04, attribute.encode()) + tlv(0x04, value.encode()))
    attributes = tlv(0x30, b"".join(tlv(0x04, name.encode()) for name in wanted))
    return tlv(0x63, tlv(0x04, BASE) + enumerated(2) + enumerated(0) + integer(20) + integer(10) + tlv(1, b"\0")
               + equal + attributes)


def entry(name, **attributes):
    listed = b"".join(tlv(0x30, tlv(0x04, kind.encode()) + tlv(0x31, tlv(0x04, value.encode())))
                      for kind, value in attributes.items())
    return tlv(0x64, tlv(0x04, b"cn=" + name.encode() + b"," + BASE) + tlv(0x30, listed))


class Client:
    """Operations on a connection that is up."""

    def __init__(self, connection):
        self.connection, self.ident = connection, 0

    def ask(self, operation, *answers):
        self.ident += 1
        self.connection.send(CLIENT, message(self.ident, operation), acked=False)
        self.connection.received(CLIENT)
        if answers:
            self.connection.send(SERVER, b"".join(message(self.ident, answer) for answer in answers))

    def bind(self, name="", password="", code=0):
        """Without a name it is anonymous: nothing secret in it."""
        self.ask(simple_bind(name, password), result(0x61, code))

    def start_tls(self):
        extended = tlv(0x78, enumerated(0) + tlv(0x04, b"") + tlv(0x04, b"") + tlv(0x8A, START_TLS))
        self.ask(tlv(0x77, tlv(0x80, START_TLS)), extended)

    def search(self, attribute="sn", value="Meyer"):
        found = entry("Anna Meyer", cn="Anna Meyer", telephoneNumber="1002")
        self.ask(search(attribute, value), found, result(0x65))

    def unbind(self):
        self.ask(tlv(0x42, b""))
        self.connection.close(CLIENT)
