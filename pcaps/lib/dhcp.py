"""DHCP (RFC 2131, 2132): a client that takes a lease, renews one, or comes back to one it knows."""

import struct
from dataclasses import replace

from . import wire
from .net import Host

DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
LEASE = 86400
NOBODY = "0.0.0.0"


def option(code, data):
    return bytes([code, len(data)]) + data


def message(op, xid, client_mac, kind, options, ciaddr=NOBODY, yiaddr=NOBODY):
    head = struct.pack("!BBBBIHH", op, 1, 6, 0, xid, 0, 0)
    head += wire.ip_bytes(ciaddr) + wire.ip_bytes(yiaddr) + bytes(8)
    head += wire.mac_bytes(client_mac).ljust(16, b"\0") + bytes(192) + b"\x63\x82\x53\x63"
    return (head + option(53, bytes([kind])) + options + b"\xff").ljust(300, b"\0")


class Client:
    """What a station asks and what its server (the gateway, also router) answers."""

    def __init__(self, lab, host, server, hostname, vendor_class="android-dhcp-13", domain="example.net",
                 resolver=None):
        self.lab, self.host, self.server = lab, host, server
        self.hostname, self.vendor_class, self.domain = hostname, vendor_class, domain
        self.resolver = resolver or server
        self.xid = lab.number(32)

    def client_options(self):
        out = option(57, struct.pack("!H", 1500)) + option(60, self.vendor_class.encode())
        out += option(12, self.hostname.encode())
        return out + option(55, bytes([1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114]))

    def server_options(self):
        address = wire.ip_bytes(self.server.v4)
        out = option(54, address) + option(51, struct.pack("!I", LEASE)) + option(58, struct.pack("!I", LEASE // 2))
        out += option(59, struct.pack("!I", LEASE * 7 // 8)) + option(1, wire.ip_bytes("255.255.255.0"))
        return out + option(3, address) + option(6, wire.ip_bytes(self.resolver.v4)) + option(15, self.domain.encode())

    def broadcast(self, t, kind, options):
        anybody = replace(self.host, v4=NOBODY)
        everybody = Host("everybody", "255.255.255.255", wire.BROADCAST)
        payload = message(1, self.xid, self.host.mac, kind, option(61, b"\1" + wire.mac_bytes(self.host.mac)) + options)
        self.lab.udp(t, anybody, everybody, 68, 67, payload, ipid=0)

    def reply(self, t, kind):
        payload = message(2, self.xid, self.host.mac, kind, self.server_options(), yiaddr=self.host.v4)
        self.lab.udp(t, self.server, self.host, 67, 68, payload, df=False)

    def discover(self, t):
        """DISCOVER, OFFER, REQUEST, ACK. Returns the time of the ACK."""
        self.broadcast(t, DISCOVER, self.client_options())
        t += 0.031 + self.lab.wait(self.server)
        self.reply(t, OFFER)
        t += self.lab.wait(self.host) + 0.006
        chosen = option(50, wire.ip_bytes(self.host.v4)) + option(54, wire.ip_bytes(self.server.v4))
        self.broadcast(t, REQUEST, chosen + self.client_options())
        t += self.lab.wait(self.server)
        self.reply(t, ACK)
        return t

    def reboot(self, t):
        """RFC 2131 section 3.2: back on a known network, REQUEST and ACK only. Returns the time of the ACK."""
        self.broadcast(t, REQUEST, option(50, wire.ip_bytes(self.host.v4)) + self.client_options())
        t += 0.004 + self.lab.wait(self.server)
        self.reply(t, ACK)
        return t
