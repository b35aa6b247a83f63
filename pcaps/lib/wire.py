"""Headers with real lengths and checksums: Ethernet, 802.1Q, ARP, IPv4, IPv6, UDP, TCP, ICMP, ICMPv6.

RFC 826, 791, 8200, 768, 9293, 792, 4443; internet checksum RFC 1071. Nothing here knows time or conversations.
"""

import ipaddress
import struct

ETHERTYPE_IPV4, ETHERTYPE_ARP, ETHERTYPE_VLAN, ETHERTYPE_IPV6 = 0x0800, 0x0806, 0x8100, 0x86DD
PROTO_ICMP, PROTO_TCP, PROTO_UDP, PROTO_ICMPV6 = 1, 6, 17, 58
BROADCAST = "ff:ff:ff:ff:ff:ff"
MIN_FRAME = 60  # without FCS: what a span port shows of a short frame

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def ip_bytes(address):
    return ipaddress.ip_address(address).packed


def is_v6(address):
    return ":" in address


def checksum(data):
    """RFC 1071: the one's complement of the one's complement sum of the 16-bit words."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo(src, dst, proto, length):
    """The pseudo-header of RFC 9293 section 3.1 (IPv4) or RFC 8200 section 8.1 (IPv6)."""
    if is_v6(src):
        return ip_bytes(src) + ip_bytes(dst) + struct.pack("!IHBB", length, 0, 0, proto)
    return ip_bytes(src) + ip_bytes(dst) + struct.pack("!BBH", 0, proto, length)


def ethernet(dst, src, ethertype, payload, vlan=None):
    """One frame as a span port shows it: padded to the minimum, without FCS."""
    tag = struct.pack("!HH", ETHERTYPE_VLAN, vlan) if vlan is not None else b""
    frame = mac_bytes(dst) + mac_bytes(src) + tag + struct.pack("!H", ethertype) + payload
    return frame.ljust(MIN_FRAME + len(tag), b"\0")


def arp(op, sender_mac, sender_ip, target_mac, target_ip):
    return (struct.pack("!HHBBH", 1, ETHERTYPE_IPV4, 6, 4, op) + mac_bytes(sender_mac) + ip_bytes(sender_ip)
            + mac_bytes(target_mac) + ip_bytes(target_ip))


MORE_FRAGMENTS = 0x2000


def ipv4(src, dst, proto, payload, ttl=64, ipid=0, df=True, dscp=0, fragment=None):
    """`fragment`: flags and offset, instead of what `df` says."""
    if fragment is None:
        fragment = 0x4000 if df else 0
    head = struct.pack("!BBHHHBBH", 0x45, dscp << 2, 20 + len(payload), ipid & 0xFFFF, fragment, ttl, proto, 0)
    head += ip_bytes(src) + ip_bytes(dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(src, dst, proto, payload, ttl=64, dscp=0, label=0):
    return (struct.pack("!IHBB", 6 << 28 | dscp << 22 | label & 0xFFFFF, len(payload), proto, ttl)
            + ip_bytes(src) + ip_bytes(dst) + payload)


def udp(src, dst, sport, dport, payload):
    length = 8 + len(payload)
    head = struct.pack("!HHHH", sport, dport, length, 0)
    value = checksum(pseudo(src, dst, PROTO_UDP, length) + head + payload) or 0xFFFF
    return head[:6] + struct.pack("!H", value) + payload


def tcp(src, dst, sport, dport, seq, ack, flags, window, options=b"", payload=b""):
    options += b"\1" * (-len(options) % 4)
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (20 + len(options)) // 4 << 4,
                       flags, window, 0, 0) + options
    value = checksum(pseudo(src, dst, PROTO_TCP, len(head) + len(payload)) + head + payload)
    return head[:16] + struct.pack("!H", value) + head[18:] + payload


def icmp(kind, code, rest, payload):
    """rest: the four bytes behind the checksum."""
    body = struct.pack("!BBH", kind, code, 0) + rest + payload
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def icmpv6(src, dst, kind, code, rest, payload):
    body = struct.pack("!BBH", kind, code, 0) + rest + payload
    value = checksum(pseudo(src, dst, PROTO_ICMPV6, len(body)) + body)
    return body[:2] + struct.pack("!H", value) + body[4:]


def tcp_options(mss=None, sack=False, timestamps=None, scale=None):
    """In the order Linux writes them: MSS, SACK permitted, timestamps, window scale (RFC 9293, 2018, 7323)."""
    out = b""
    if mss is not None:
        out += struct.pack("!BBH", 2, 4, mss)
    if sack:
        out += b"\4\2"
    if timestamps is not None:
        out += (b"" if sack else b"\1\1") + struct.pack("!BBII", 8, 10, *(value & 0xFFFFFFFF for value in timestamps))
    if scale is not None:
        out += b"\1" + struct.pack("!BBB", 3, 3, scale)
    return out
