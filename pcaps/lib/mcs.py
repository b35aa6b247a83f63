"""Google's Mobile Connection Server protocol inside TLS: the messages, so that the records have true sizes.

Framing: one version byte for each direction, then tag, varint length, protobuf (mcs.proto in Chromium's
google_apis/gcm). The server answers a login with its version byte in a record of its own, then LoginResponse:
by that it is known.
"""

from . import tls
from .tcp import CLIENT, SERVER

PORT = 5228
VERSION = b"\x29"
HEARTBEAT_PING, HEARTBEAT_ACK, LOGIN_REQUEST, LOGIN_RESPONSE, IQ_STANZA, DATA_MESSAGE = 0, 1, 2, 3, 7, 8


def varint(value):
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    data = value if isinstance(value, bytes) else value.encode()
    return varint(field << 3 | 2) + varint(len(data)) + data


def message(tag, body):
    return bytes([tag]) + varint(len(body)) + body


def login_request():
    android_id = "4412905887316290041"
    body = text(1, "android-33") + text(2, "mcs.android.com") + text(3, android_id) + text(4, android_id)
    body += text(5, "6079518420177345912") + text(6, "android-3d3dc1b8a3f5c5f9") + number(7, 1)
    for key, value in (("new_vc", "1"), ("hbping", "900000"), ("rmq2v", "1"), ("os_ver", "android-33"),
                       ("ERR", "20"), ("CT", "1"), ("CONOK", "1"), ("u:f", "0"), ("networkOn", "41"),
                       ("networkOff", "0")):
        body += text(8, text(1, key) + text(2, value))
    body += number(12, 0) + text(13, text(1, "10.0.0.0") + number(2, 0) + number(3, 900000))
    return message(LOGIN_REQUEST, body + number(14, 1) + number(15, 1000000) + number(16, 2) + number(17, 1))


def login_response():
    body = text(1, "android-33") + text(2, "4412905887316290041") + text(3, "") + number(6, 1)
    return message(LOGIN_RESPONSE, body + number(7, 1) + number(8, 1790000000000))


def heartbeat(tag, stream, last):
    return message(tag, number(1, stream) + number(2, last))


def push(size=310):
    """A data message as an application server sends it; size is that of its raw data."""
    body = text(2, "m-0:1790000000123456%8d9e61a3f9fd7ecd") + text(3, "745476177629") + text(5, "com.example.messenger")
    body += text(7, text(1, "type") + text(2, "alarm")) + number(9, 2) + text(21, b"\0" * size)
    return message(DATA_MESSAGE, body)


class Login:
    """A push session of a phone. Streams count its messages, so heartbeats acknowledge pushes."""

    def __init__(self, session):
        self.session, self.connection = session, session.connection
        self.count = [1, 1]

    def heartbeat(self, t, delay=None):
        """Ping of the phone, answer of the server (at once, or acknowledged at once and answered late), ACK of the
        phone."""
        for who, tag in ((CLIENT, HEARTBEAT_PING), (SERVER, HEARTBEAT_ACK)):
            self.count[who] += 1
            self.session.send(who, len(heartbeat(tag, self.count[who], self.count[1 - who])),
                              t=t if who == CLIENT else delay and t + delay, acked=who == SERVER or bool(delay))
            if who == CLIENT and not delay:
                self.connection.received(CLIENT)

    def push(self, t, size=310):
        """A message to the phone; its MCS-level acknowledgement rides on the next heartbeat."""
        self.count[SERVER] += 1
        self.session.send(SERVER, len(push(size)), t=t)


def login(connection, sni="mtalk.google.com", version=tls.V13, resumed=True):
    """TLS and the login on an open connection."""
    if version == tls.V13:
        session = tls.open_13(connection, sni, resumed)
    else:
        session = tls.open_12(connection, sni, ["*.google.com", sni])
    session.send(CLIENT, len(VERSION + login_request()), acked=False)
    connection.received(CLIENT)
    if session.tickets:
        connection.send(SERVER, b"".join(session.tickets))
        answered = connection.now + 0.006
    else:
        answered = connection.now + connection.lab.wait(connection.sides[SERVER].host) + 0.004
    session.send(SERVER, len(VERSION), len(login_response()), t=answered)
    return Login(session)
