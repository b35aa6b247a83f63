"""The same frames on other links: what a frame says above its link header is kept, the link header is another one.

Link types: tcpdump.org/linktypes.html. PPP: RFC 1661, 1662; PPPoE: RFC 2516; MPLS: RFC 3032; pseudo-wire: RFC 4448;
MACsec: IEEE 802.1AE; 802.11: IEEE 802.11, section 9.3; radiotap: radiotap.org; PPI: PPI Packet Header 1.0.10.
"""

import struct
from dataclasses import replace

from .wire import ETHERTYPE_IPV4, mac_bytes

ACCESS_POINT = "00:0b:86:00:10:02"
SNAP = b"\xaa\xaa\x03\0\0\0"
PPP_IPV4 = 0x0021
MPLS, PPPOE, MACSEC = 0x8847, 0x8864, 0x88E5
FROM_DS, TO_DS, PROTECTED = 2, 1, 0x40


def parts(frame):
    """Destination, source, EtherType and payload of an untagged frame; of IPv4 without the link's padding."""
    data = frame.data
    kind = int.from_bytes(data[12:14], "big")
    end = 14 + int.from_bytes(data[16:18], "big") if kind == ETHERTYPE_IPV4 else len(data)
    return data[:6], data[6:12], kind, data[14:end]


def written(frame, data, link=1):
    return replace(frame, data=data, wire=len(data), link=link)


def packets(frames, head, link):
    """IP packets behind a header; what is no IP has no place on such a link."""
    out = []
    for frame in frames:
        _, _, kind, payload = parts(frame)
        if kind == ETHERTYPE_IPV4:
            out.append(written(frame, head + payload, link))
    return out


def raw(frames):
    return packets(frames, b"", 228)


def raw_either(frames):
    return packets(frames, b"", 101)


def null(frames):
    return packets(frames, struct.pack("<I", 2), 0)


def loop(frames):
    return packets(frames, struct.pack(">I", 2), 108)


def ppp(frames):
    """The protocol field in one byte, as the ends may agree."""
    return packets(frames, b"\x21", 9)


def ppp_hdlc(frames):
    return packets(frames, b"\xff\3" + struct.pack("!H", PPP_IPV4), 50)


def cisco_hdlc(frames):
    return packets(frames, b"\x0f\0" + struct.pack("!H", ETHERTYPE_IPV4), 104)


def cooked(frames, version):
    out = []
    for frame in frames:
        dst, src, kind, payload = parts(frame)
        to = 1 if dst == b"\xff" * 6 else 0
        if version == 1:
            head = struct.pack("!HHH6s2xH", to, 1, 6, src, kind)
        else:
            head = struct.pack("!HHIHBB6s2x", kind, 0, 2, 1, to, 6, src)
        out.append(written(frame, head + payload, 113 if version == 1 else 276))
    return out


# ---- between Ethernet and IP ----

def tagged(frames, ethertype, head):
    """On Ethernet, IP behind a header of its own: head(payload) gives it. Other frames stay."""
    out = []
    for frame in frames:
        _, _, kind, payload = parts(frame)
        if kind == ETHERTYPE_IPV4:
            data = frame.data[:12] + struct.pack("!H", ethertype) + head(payload) + payload
            frame = written(frame, data.ljust(60, b"\0"))
        out.append(frame)
    return out


def label(number, last, ttl=62):
    return struct.pack("!I", number << 12 | last << 8 | ttl)


def mpls(frames):
    return tagged(frames, MPLS, lambda payload: label(16004, 0) + label(24, 1))


def pppoe(frames):
    return tagged(frames, PPPOE, lambda payload: struct.pack("!BBHHH", 0x11, 0, 0x2A, len(payload) + 2, PPP_IPV4))


def pseudo_wire(frames):
    """Whole frames behind a label and the control word."""
    routers = mac_bytes("00:09:0f:09:00:21") + mac_bytes("00:09:0f:09:00:22")
    head = routers + struct.pack("!H", MPLS) + label(10023, 1) + b"\0\0\0\0"
    return [written(frame, head + frame.data) for frame in frames]


def macsec(frames):
    """Integrity only: the frame can be read, a check value of 16 bytes (noise here) is behind it."""
    out = []
    for number, frame in enumerate(frames, 1):
        tag = struct.pack("!HBBI8s", MACSEC, 0x20, 0, number, frame.data[6:12] + b"\0\1")
        check = bytes((number * 37 + n * 101) & 0xFF for n in range(16))
        out.append(written(frame, frame.data[:12] + tag + frame.data[12:] + check))
    return out


# ---- 802.11 ----

def station_frame(dst, src, body, number, gateway, flags=0, control=0x08):
    """A data frame: from a station to its access point, or from there what the gateway's side sent."""
    point = mac_bytes(ACCESS_POINT)
    down = src[:3] == mac_bytes(gateway)[:3]
    addresses = dst + point + src if down else point + src + dst
    qos = b"\0\0" if control & 0x80 else b""
    return struct.pack("<BBH", control, flags | (FROM_DS if down else TO_DS), 44) + addresses + struct.pack(
        "<H", number << 4 & 0xFFF0) + qos + body


def msdu(kind, payload):
    return SNAP + struct.pack("!H", kind) + payload


def wireless(frames, gateway, control=0x08):
    """(frame, its 802.11 form) for each."""
    for number, frame in enumerate(frames):
        dst, src, kind, payload = parts(frame)
        yield frame, station_frame(dst, src, msdu(kind, payload), number, gateway, 0, control)


def behind(head, link, control=0x08):
    """Every frame as 802.11 behind the header that a driver puts before it."""
    def change(frames, gateway):
        return [written(frame, head + data, link) for frame, data in wireless(frames, gateway, control)]
    return change


wlan = behind(b"", 105)
ppi = behind(struct.pack("<BBHI", 0, 0, 8, 105), 192, 0x88)
avs = behind(struct.pack("!III", 0x80211001, 64, 0) + bytes(52), 163)
prism = behind(struct.pack("<II16s", 0x44, 144, b"wlan0") + bytes(120), 119)


def radiotap(frames, gateway):
    """A monitor: flags with the frame check sequence announced, a beacon, acknowledgments, two requests in one A-MSDU,
    and a frame of another station's, protected."""
    head = struct.pack("<BBHIQBx", 0, 0, 18, 0x3, 1_000_000, 0x10)
    out, waiting = [], None
    for frame, data in wireless(frames, gateway, 0x88):
        if waiting is None and frame is frames[-2]:
            waiting = frame
            continue
        if waiting is not None:
            data = aggregate([waiting, frame], gateway)
        out.append(written(frame, head + checked(data), 127))
    first = frames[0]
    beacon = struct.pack("<BBH", 0x80, 0, 0) + b"\xff" * 6 + mac_bytes(ACCESS_POINT) * 2 + struct.pack(
        "<HQHH", 0, 1_000_000, 100, 0x11) + b"\0\4ward"
    ack = struct.pack("<BBH6s", 0xD4, 0, 0, mac_bytes(ACCESS_POINT))
    sealed = station_frame(mac_bytes(gateway), mac_bytes("00:90:7a:1a:2b:77"), bytes.fromhex("0100002000000000") +
                           bytes(n * 73 & 0xFF for n in range(40)), 9, gateway, PROTECTED, 0x88)
    extra = [written(first, head + checked(data), 127).at(first.time + (n + 1) * 10**6)
             for n, data in enumerate((beacon, ack, sealed))]
    return sorted([*out, *extra], key=lambda frame: frame.time)


def aggregate(frames, gateway):
    """Several MSDUs of one sender in one frame (9.3.2.2): each filled up to words but the last."""
    body = b""
    for frame in frames:
        dst, src, kind, payload = parts(frame)
        inner = msdu(kind, payload)
        body += b"\0" * (-len(body) % 4) + dst + src + struct.pack("!H", len(inner)) + inner
    dst, src, _, _ = parts(frames[0])
    data = station_frame(dst, src, b"", 40, gateway, 0, 0x88)
    return data[:24] + b"\x80\0" + body


def checked(data):
    """With the frame check sequence, CRC-32 as Ethernet's."""
    import zlib
    return data + struct.pack("<I", zlib.crc32(data))
