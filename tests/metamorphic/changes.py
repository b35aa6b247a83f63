"""What may happen to the same packets on their way into a file: frames in, frames out.

IEEE 802.1Q and 802.1ad; VXLAN RFC 7348; GRE RFC 2784 with Ethernet inside (0x6558, RFC 7637); CAPWAP data RFC 5415,
section 4, with 802.3 frames and with 802.11 frames (IEEE 802.11, 9.3.2).
"""
import struct
from dataclasses import replace

from lib import variants, wire

QINQ = 0x88A8
TRANSPARENT_ETHERNET = 0x6558
PROTO_GRE = 47
VXLAN_PORT, CAPWAP_DATA = 4789, 5247
# Of the benchmarking network (RFC 2544): no site declares it, no sample uses it.
NEAR, FAR = "198.18.0.1", "198.19.0.2"
OUTER_MAC, OUTER_OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"
LARGEST = 65535 - 20 - 8 - 64
ETHERNET = 1


class Unfit(Exception):
    """These packets cannot be changed so."""


def each(change):
    return lambda frames: [change(n, frame) for n, frame in enumerate(frames)]


def longer(frame, data, added):
    return replace(frame, data=data, wire=frame.wire + added)


def tagged(_, frame):
    return variants.tag(frame)


def double_tagged(_, frame):
    inner = variants.tag(frame, 7)
    return longer(inner, inner.data[:12] + struct.pack("!HH", QINQ, 300) + inner.data[12:], 4)


# ---- tunnels ----

def is_back(frame):
    """Gateways of the samples share their maker's prefix: what they send comes back through the tunnel."""
    return frame.data[6:9] == wire.mac_bytes(variants.GATEWAY.mac)[:3]


def outside(n, frame, header, protocol, ports=None, inner=None):
    """What the frame looks like in an IPv4 packet between the tunnel's ends: as much of it as was captured."""
    inner = inner or frame
    if inner.wire > LARGEST:
        raise Unfit("frames too long for a tunnel")
    ends, macs = (NEAR, FAR), (OUTER_MAC, OUTER_OTHER)
    if is_back(frame):
        ends, macs = ends[::-1], macs[::-1]
    if ports:
        header = struct.pack("!HHHH", *ports, 8 + len(header) + inner.wire, 0) + header  # no checksum: RFC 768
    packet = wire.ipv4(*ends, protocol, header + bytes(inner.wire), 64, n)[:20] + header + inner.data
    data = wire.mac_bytes(macs[1]) + wire.mac_bytes(macs[0]) + struct.pack("!H", wire.ETHERTYPE_IPV4) + packet
    return replace(frame, data=data, wire=len(data) - len(inner.data) + inner.wire)


def in_vxlan(n, frame):
    ports = 49152 + frame.data[-1] % 7, VXLAN_PORT  # the source port tells flows apart (RFC 7348, section 5)
    return outside(n, frame, struct.pack("!II", 0x08000000, 42 << 8), wire.PROTO_UDP, ports)


def in_gre(n, frame):
    return outside(n, frame, struct.pack("!HH", 0, TRANSPARENT_ETHERNET), PROTO_GRE)


def capwap_header(native):
    """8 bytes, radio 1, binding 802.11; T: the payload is a frame of the binding (RFC 5415, section 4.3)."""
    return struct.pack("!II", 2 << 19 | 1 << 14 | 1 << 9 | native << 8, 0)


def capwap_ports(frame):
    """The controller's is fixed (RFC 5415, section 3.1)."""
    return (CAPWAP_DATA, 49200) if is_back(frame) else (49200, CAPWAP_DATA)


def in_capwap(n, frame):
    return outside(n, frame, capwap_header(False), wire.PROTO_UDP, capwap_ports(frame))


def as_wifi(frame):
    """The same as an 802.11 data frame between a station and its access point, LLC and SNAP in it (RFC 1042)."""
    dst, src, rest = frame.data[:6], frame.data[6:12], frame.data[12:]
    if len(frame.data) < 14 or struct.unpack("!H", rest[:2])[0] in range(1536) or rest[:2] == b"\x81\0":
        raise Unfit("frames without an EtherType")
    bssid = wire.mac_bytes(OUTER_MAC)
    from_ap = is_back(frame) or dst[0] & 1
    control, addresses = (0x0802, dst + bssid + src) if from_ap else (0x0801, bssid + src + dst)
    head = struct.pack("!HH", control, 0) + addresses + b"\0\0" + b"\xaa\xaa\3\0\0\0"
    return longer(frame, head + rest, len(head) - 12)


def in_capwap_wifi(n, frame):
    return outside(n, frame, capwap_header(True), wire.PROTO_UDP, capwap_ports(frame), as_wifi(frame))


# ---- the observation point ----

def tcp_of(frame):
    """(IP ID, TCP segment) of a frame that has one right behind its addresses."""
    data = frame.data
    if data[12:14] == b"\x08\0" and data[23] == wire.PROTO_TCP:
        length, number = struct.unpack_from("!HH", data, 16)
        return number, data[14 + (data[14] & 15) * 4:14 + length]
    if data[12:14] == b"\x86\xdd" and data[20] == wire.PROTO_TCP:
        return 0, data[54:54 + struct.unpack_from("!H", data, 18)[0]]
    return None


def has_time_stamps(options):
    while options and options[0]:
        if options[0] == 8:
            return True
        options = options[1:] if options[0] == 1 else options[max(options[1], 2):] if len(options) > 1 else b""
    return False


def has_identity(frame):
    """A bare ACK or reset without ID and time stamps may honestly come twice."""
    number, segment = tcp_of(frame) or (1, b"")
    if number or len(segment) < 20:
        return True
    head = (segment[12] >> 4) * 4
    return len(segment) > head or bool(segment[13] & (wire.SYN | wire.FIN)) or has_time_stamps(segment[20:head])


def interleaved(frames, copies):
    """Each copy before the first frame that is later; the frames keep their order, whatever their times."""
    out, waiting = [], []
    for frame, copy in zip(frames, copies):
        while waiting and waiting[0].time <= frame.time:
            out.append(waiting.pop(0))
        out.append(frame)
        if copy:
            waiting = sorted([*waiting, copy], key=lambda f: f.time)
    return out + waiting


def copied(change=None):
    """Every frame twice within 100 µs, where the copy can be told from a repeat; the copy with another head."""
    def copy_of(n, frame):
        copy = frame.at(frame.time + (8 + n * 37 % 88) * 1000)
        return change(n, copy) if change else copy

    def frames_of(frames):
        return interleaved(frames, [copy_of(n, f) if has_identity(f) else None for n, f in enumerate(frames)])
    return frames_of


def cut(snaplen):
    return each(lambda _, frame: frame.cut(snaplen))
