"""MySQL client/server protocol, version 10: greeting, login with a scramble, a replica that asks for the binary log."""

import struct

from .tcp import CLIENT, SERVER

VERSION = "5.7.42-log"
CAPABILITIES = 0x0008F7FF & ~0x0800 & ~0x20 | 0x200 | 0x8000 | 0x80000   # protocol 4.1, plugin names, no TLS, no zip
UTF8 = 33
REGISTER_REPLICA, BINLOG_DUMP = 0x15, 0x12


def packet(sequence, payload):
    return struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload


OK = b"\0\0\0\2\0\0\0"


def scramble(lab, count):
    """Bytes without a zero, as salts are."""
    return bytes(byte % 94 + 33 for byte in lab.bytes(count))


def greeting(lab):
    body = b"\x0a" + VERSION.encode() + b"\0" + struct.pack("<I", 4711) + scramble(lab, 8) + b"\0"
    body += struct.pack("<HBHHB", CAPABILITIES & 0xFFFF, UTF8, 2, CAPABILITIES >> 16, 21) + bytes(10)
    return packet(0, body + scramble(lab, 12) + b"\0mysql_native_password\0")


def login(lab, user):
    body = struct.pack("<IIB", CAPABILITIES & ~8, 1 << 24, UTF8) + bytes(23) + user.encode() + b"\0"
    return packet(1, body + b"\x14" + lab.bytes(20) + b"mysql_native_password\0")


def replicate(connection, user="replica", server=2):
    """On a connection that is up: the replica logs in, registers and asks for the log; nothing is new."""
    lab = connection.lab
    connection.send(SERVER, greeting(lab))
    for asked in (login(lab, user),
                  packet(0, bytes([REGISTER_REPLICA]) + struct.pack("<IBBBHII", server, 0, 0, 0, 3306, 0, 0))):
        connection.send(CLIENT, asked, acked=False)
        connection.received(CLIENT)
        connection.send(SERVER, packet(2 if asked[3] else 1, OK))
    connection.send(CLIENT, packet(0, bytes([BINLOG_DUMP]) + struct.pack("<IHI", 154, 0, server) + b"mysql-bin.000003"))
    return connection
