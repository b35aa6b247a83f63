"""Tunnels that hide what is in them: CAPWAP with DTLS (RFC 5415, 6347), and GRE (RFC 2784) around ESP (RFC 4303)."""

import struct

from . import wire
from .ike import PROTO_ESP

PROTO_GRE = 47
CAPWAP_CONTROL, CAPWAP_DATA = 5246, 5247
DTLS_PREAMBLE = b"\1\0\0\0"      # RFC 5415, 4.2: version 0, payload type 1, three bytes reserved
DTLS_12 = 0xFEFD


class Capwap:
    """An access point and its controller; what stations send is inside DTLS records of epoch 1."""

    def __init__(self, lab, point, controller):
        self.lab, self.ends = lab, (point, controller)
        self.port, self.counts = lab.port(point), [lab.number(16), lab.number(16)]

    def packet(self, t, who, size, port=CAPWAP_DATA):
        self.counts[who] += 1
        sealed = self.lab.bytes(size + 24)
        record = struct.pack("!BHHHIH", 23, DTLS_12, 1, 0, self.counts[who], len(sealed)) + sealed
        ports = (self.port, port) if who == 0 else (port, self.port)
        self.lab.udp(t, self.ends[who], self.ends[1 - who], *ports, DTLS_PREAMBLE + record)

    def traffic(self, t, seconds, every=1.0):
        for n in range(round(seconds / every)):
            self.packet(t + n * every, 0, 60)
            self.packet(t + n * every + self.lab.wait(self.ends[1]), 1, 60)
            if n % 8 == 0:
                self.packet(t + n * every + 0.3, 0, 40, CAPWAP_CONTROL)
                self.packet(t + n * every + 0.3 + self.lab.wait(self.ends[1]), 1, 40, CAPWAP_CONTROL)


def gre(lab, t, src, dst, inner):
    """One IPv4 packet inside GRE."""
    lab.ip(t, src, dst, PROTO_GRE, struct.pack("!HH", 0, wire.ETHERTYPE_IPV4) + inner, df=False)


def gre_traffic(lab, t, ends, inner, seconds, every=1.0):
    """ESP between the inner addresses, both ways, inside GRE between the ends."""
    spis = lab.number(31) | 1 << 31, lab.number(31) | 1 << 31
    for n in range(round(seconds / every)):
        for who in (0, 1):
            esp = struct.pack("!II", spis[who], n + 1) + lab.bytes(44)
            packet = wire.ipv4(inner[who], inner[1 - who], PROTO_ESP, esp, 64, lab.number(16), False)
            gre(lab, t + n * every + who * lab.wait(ends[1]), ends[who], ends[1 - who], packet)
