"""Frames inside tunnels: every frame becomes one between the tunnel's ends, with real outer headers.

GRE: RFC 2784, 2890; NVGRE: RFC 7637; PPTP: RFC 2637; ERSPAN: draft-foschiano-erspan; EtherIP: RFC 3378; IP in IP:
RFC 2003, 4213; VXLAN: RFC 7348, VXLAN-GPE: draft-ietf-nvo3-vxlan-gpe; Geneve: RFC 8926; GTP-U: 3GPP TS 29.281;
Teredo: RFC 4380; L2TPv2: RFC 2661; CAPWAP: RFC 5415, 5416.
"""

import struct

from . import wire
from .links import msdu, parts, station_frame, written

NEAR, FAR = ("10.0.0.2", "00:0b:86:00:10:02"), ("10.1.0.2", "00:09:0f:09:00:01")
NEAR_V6, FAR_V6 = "2001:db8:0:5::2", "2001:db8:0:1::2"
PROTO_IPIP, PROTO_IPV6, PROTO_GRE, PROTO_ETHERIP = 4, 41, 47, 97
BRIDGED, ERSPAN, ERSPAN_III, PPP = 0x6558, 0x88BE, 0x22EB, 0x880B


class Path:
    """The two ends, and the counters that tunnels have: packets come out of the side that their sender is behind."""

    def __init__(self, gateway):
        self.gateway = wire.mac_bytes(gateway)[:3]
        self.sent = [0, 0]

    def side(self, frame):
        return 1 if frame.data[6:9] == self.gateway else 0

    def packet(self, frame, proto, payload, v6=False):
        """The outer frame around the payload, from the side that sent the frame inside."""
        side = self.side(frame)
        (src, src_mac), (dst, dst_mac) = (NEAR, FAR)[::1 - 2 * side]
        self.sent[side] += 1
        if v6:
            src, dst = (NEAR_V6, FAR_V6)[::1 - 2 * side]
            data = wire.ethernet(dst_mac, src_mac, wire.ETHERTYPE_IPV6, wire.ipv6(src, dst, proto, payload))
        else:
            packet = wire.ipv4(src, dst, proto, payload, 64 - side, 256 * side + self.sent[side], False)
            data = wire.ethernet(dst_mac, src_mac, wire.ETHERTYPE_IPV4, packet)
        return written(frame, data)

    def datagram(self, frame, port, payload, back=None):
        """UDP to the port; with `back` the answers come from it, else they go to it too."""
        side = self.side(frame)
        ports = (port, back) if back and side else (back or 49152 + 97 * side, port)
        src, dst = (NEAR[0], FAR[0])[::1 - 2 * side]
        return self.packet(frame, wire.PROTO_UDP, wire.udp(src, dst, *ports, payload))


def per_packet(change, wanted=wire.ETHERTYPE_IPV4):
    """change(path, frame, IP packet) for every frame with one; others are not in such a tunnel."""
    def all_of(frames, gateway):
        path = Path(gateway)
        cut = [(frame, parts(frame)) for frame in frames]
        return [change(path, frame, payload) for frame, (_, _, kind, payload) in cut if kind == wanted]
    return all_of


def per_frame(change):
    """change(path, frame) for every frame."""
    def all_of(frames, gateway):
        path = Path(gateway)
        return [change(path, frame) for frame in frames]
    return all_of


ipip = per_packet(lambda path, frame, packet: path.packet(frame, PROTO_IPIP, packet))
ip4_in_ip6 = per_packet(lambda path, frame, packet: path.packet(frame, PROTO_IPIP, packet, v6=True))
ip6_in_ip4 = per_packet(lambda path, frame, packet: path.packet(frame, PROTO_IPV6, packet), wire.ETHERTYPE_IPV6)
ip6_in_ip6 = per_packet(lambda path, frame, packet: path.packet(frame, PROTO_IPV6, packet, v6=True), wire.ETHERTYPE_IPV6)
etherip = per_frame(lambda path, frame: path.packet(frame, PROTO_ETHERIP, b"\x30\0" + frame.data))


@per_packet
def gre(path, frame, packet):
    """With checksum, key and sequence number."""
    side = path.side(frame)
    rest = struct.pack("!II", 77, path.sent[side])
    head = struct.pack("!HH", 0xB000, wire.ETHERTYPE_IPV4)
    value = wire.checksum(head + bytes(4) + rest + packet)
    return path.packet(frame, PROTO_GRE, head + struct.pack("!HH", value, 0) + rest + packet)


@per_frame
def nvgre(path, frame):
    return path.packet(frame, PROTO_GRE, struct.pack("!HHI", 0x2000, BRIDGED, 5001 << 8) + frame.data)


@per_packet
def pptp(path, frame, packet):
    side = path.side(frame)
    payload = b"\xff\3\0\x21" + packet
    head = struct.pack("!HHHHI", 0x3001, PPP, len(payload), (7, 9)[side], path.sent[side])
    return path.packet(frame, PROTO_GRE, head + payload)


@per_frame
def erspan_i(path, frame):
    return path.packet(frame, PROTO_GRE, struct.pack("!HH", 0, ERSPAN) + frame.data)


@per_frame
def erspan_ii(path, frame):
    head = struct.pack("!HHIII", 0x1000, ERSPAN, path.sent[path.side(frame)], 0x10001800 | 100, 3)
    return path.packet(frame, PROTO_GRE, head + frame.data)


@per_frame
def erspan_iii(path, frame):
    """With the platform's subheader."""
    head = struct.pack("!HHI", 0x1000, ERSPAN_III, path.sent[path.side(frame)])
    header = struct.pack("!IIHH", 0x20000000 | 100, frame.time // 100_000 & 0xFFFFFFFF, 0, 0x0001)
    return path.packet(frame, PROTO_GRE, head + header + struct.pack("!II", 0, 0) + frame.data)


vxlan = per_frame(lambda path, frame: path.datagram(frame, 4789, struct.pack("!II", 0x08000000, 5001 << 8) + frame.data))
vxlan_gpe = per_packet(lambda path, frame, packet: path.datagram(frame, 4790, struct.pack("!II", 0x0C000001, 5001 << 8)
                                                                 + packet))


@per_frame
def geneve(path, frame):
    """With an option of four bytes."""
    option = struct.pack("!HBBI", 0x0102, 0x80, 1, 0x00110022)
    return path.datagram(frame, 6081, struct.pack("!BBHI", len(option) // 4, 0x40, BRIDGED, 5001 << 8) + option
                         + frame.data)


@per_packet
def gtpu(path, frame, packet):
    """With a sequence number and the container of a 5G session (TS 38.415)."""
    side = path.side(frame)
    extension = struct.pack("!BBBB", 1, 0x10 if side == 0 else 0x00, 9, 0)
    payload = struct.pack("!HBB", path.sent[side], 0, 0x85) + extension + packet
    return path.datagram(frame, 2152, struct.pack("!BBHI", 0x36, 255, len(payload), (0x1001, 0x2002)[side]) + payload)


@per_packet
def l2tp(path, frame, packet):
    side = path.side(frame)
    payload = b"\xff\3\0\x21" + packet
    head = struct.pack("!HHHH", 0x4002, 8 + len(payload), (11, 12)[side], (21, 22)[side])
    return path.datagram(frame, 1701, head + payload, 1701)


def teredo(frames, gateway):
    """From the server's side with the origin indication before the packet; first with an authentication too."""
    def change(path, frame, packet):
        side = path.side(frame)
        signed = struct.pack("!HBB8xB", 1, 0, 0, 0) if side and not path.sent[side] else b""
        origin = struct.pack("!HH4s", 0, 49152 ^ 0xFFFF, bytes(byte ^ 0xFF for byte in wire.ip_bytes(NEAR[0])))
        return path.datagram(frame, 3544, (signed + origin if side else b"") + packet, 49400)
    return per_packet(change, wire.ETHERTYPE_IPV6)(frames, gateway)


# ---- CAPWAP ----

CAPWAP_DATA, WIRELESS_80211 = 5247, 1
NATIVE, FRAGMENT, LAST, RADIO_MAC = 0x100, 0x80, 0x40, 0x10


def capwap_head(flags, words=2, piece=0, offset=0):
    return struct.pack("!IHH", words << 19 | 1 << 14 | WIRELESS_80211 << 9 | flags, piece, offset)


@per_frame
def capwap_ethernet(path, frame):
    """802.3 frames, the radio's address in the header."""
    radio = b"\6" + wire.mac_bytes(NEAR[1]) + b"\0"
    return path.datagram(frame, CAPWAP_DATA, capwap_head(RADIO_MAC, 4) + radio + frame.data, 49300)


def capwap(frames, gateway):
    """802.11 frames, the first two bytes in the order in which controllers on the market send them; what is longer
    than the path takes goes in two parts. A keep-alive first."""
    path, out = Path(gateway), []
    first = frames[0]
    alive = capwap_head(0x08) + struct.pack("!HHH16s", 22, 35, 16, bytes(range(16)))
    out.append(path.datagram(first, CAPWAP_DATA, alive, 49300).at(first.time + 10**6))
    for number, frame in enumerate(frames):
        dst, src, kind, payload = parts(frame)
        data = station_frame(dst, src, msdu(kind, payload), number, gateway)
        data = data[1::-1] + data[2:]
        if len(data) <= 256:
            out.append(path.datagram(frame, CAPWAP_DATA, capwap_head(NATIVE) + data, 49300))
            continue
        for offset, last in ((0, 0), (256, LAST)):
            head = capwap_head(NATIVE | FRAGMENT | last, 2, number + 1, offset)
            piece = data[256:] if last else data[:256]
            out.append(path.datagram(frame, CAPWAP_DATA, head + piece, 49300).at(frame.time + offset * 100))
    return out
