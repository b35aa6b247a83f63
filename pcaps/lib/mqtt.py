"""MQTT 3.1.1 (OASIS): the packets in clear, and their sizes where TLS hides them."""

import struct

from .tcp import CLIENT, SERVER

CONNACK, PINGREQ, PINGRESP, DISCONNECT = b"\x20\2\0\0", b"\xc0\0", b"\xd0\0", b"\xe0\0"


def text(value):
    return struct.pack("!H", len(value)) + value.encode()


def packet(kind, body):
    size, length = len(body), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([kind]) + length + bytes([size]) + body


def connect(client, user="", password="", keep_alive=60):
    flags = 2 | (0x80 if user else 0) | (0x40 if password else 0)
    body = text("MQTT") + b"\4" + bytes([flags]) + struct.pack("!H", keep_alive) + text(client)
    return packet(0x10, body + (text(user) if user else b"") + (text(password) if password else b""))


def publish(topic, payload):
    return packet(0x30, text(topic) + payload.encode())


def telemetry(name, level=81):
    return publish(f"site/{name}/battery", f'{{"level":{level},"charging":false,"rssi":-61}}')


def clear(connection, name, user="", password=""):
    """A client that talks in clear on a connection that is up."""
    connection.send(CLIENT, connect(name, user, password), acked=False)
    connection.received(CLIENT)
    connection.send(SERVER, CONNACK)
    connection.send(CLIENT, telemetry(name), t=connection.now + 0.1)
    for n in (1, 2):
        connection.send(CLIENT, PINGREQ, t=connection.now + 60, acked=False)
        connection.received(CLIENT)
        connection.send(SERVER, PINGRESP)


def sealed(session, name, pings=2):
    """The same inside TLS: `session` is up."""
    session.send(CLIENT, len(connect(name)), acked=False)
    session.connection.received(CLIENT)
    session.connection.send(SERVER, b"".join(session.tickets) + session.sealed(SERVER, len(CONNACK)))
    session.send(CLIENT, len(telemetry(name)), t=session.connection.now + 0.1)
    for n in range(pings):
        session.send(CLIENT, len(PINGREQ), t=session.connection.now + 60, acked=False)
        session.connection.received(CLIENT)
        session.send(SERVER, len(PINGRESP))
