"""SSH (RFC 4253, key exchange RFC 8731): banners, KEXINIT, curve25519, then cipher text."""

import struct

from .tcp import CLIENT, SERVER

ALGORITHMS = ("curve25519-sha256", "ssh-ed25519", "aes128-ctr", "aes128-ctr", "hmac-sha2-256", "hmac-sha2-256",
              "none", "none", "", "")


def string(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack("!I", len(data)) + data


def packet(payload):
    padding = 4 + (-(len(payload) + 9)) % 8
    return struct.pack("!IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def session(connection, server="SSH-2.0-OpenSSH_9.2p1 Debian-2", client="SSH-2.0-OpenSSH_9.6", after=2):
    """On a connection that is up: version exchange, key exchange, some cipher text each way."""
    lab = connection.lab
    connection.send(SERVER, server.encode() + b"\r\n")
    connection.send(CLIENT, client.encode() + b"\r\n")
    for who in (CLIENT, SERVER):
        lists = b"".join(string(name) for name in ALGORITHMS)
        connection.send(who, packet(b"\x14" + lab.bytes(16) + lists + b"\0" + bytes(4)))
    connection.send(CLIENT, packet(b"\x1e" + string(lab.bytes(32))), acked=False)
    connection.received(CLIENT)
    reply = b"\x1f" + string(string("ssh-ed25519") + string(lab.bytes(32))) + string(lab.bytes(32))
    reply += string(string("ssh-ed25519") + string(lab.bytes(64)))
    connection.send(SERVER, packet(reply) + packet(b"\x15"))
    connection.send(CLIENT, packet(b"\x15"))
    for n in range(after):
        connection.send(CLIENT, lab.bytes(64), acked=False)
        connection.received(CLIENT)
        connection.send(SERVER, lab.bytes(80))
    return connection
