"""The small network every scenario plays in, and the observation point on it.

The point is a span port between the access point and the gateway. A host's `turn` is the time between a packet
passing the point towards the host and the host's answer passing it: about 2 ms for a phone on Wi-Fi, 18 ms for a
server on the Internet, 0.4 ms for the gateway. All randomness is a hash of the scenario's name, so every run
writes the same bytes.
"""

import calendar
import hashlib
import struct
from dataclasses import dataclass
from typing import Optional

from . import wire
from .pcap import Frame

# Monday morning, inside the validity of the address lists that the profiles carry.
EPOCH = calendar.timegm((2026, 9, 21, 7, 30, 0)) * 10**9


@dataclass(frozen=True)
class Host:
    """A station on the link, or (router set) a host behind the gateway that shares its MAC on this link."""

    name: str
    v4: str
    mac: str
    v6: str = ""
    ttl: int = 64        # as seen at the observation point
    turn: float = 0.002
    router: bool = False
    windows: bool = False
    vlan: Optional[int] = None   # on a trunk

    def address(self, family=4):
        return self.v6 if family == 6 else self.v4


GATEWAY = Host("gateway", "10.0.0.1", "00:09:0f:09:00:01", "fe80::209:fff:fe09:1", 64, 0.0004)
PHONE = Host("phone", "10.0.0.5", "00:90:7a:1a:2b:05", "2001:db8:0:5:290:7aff:fe1a:2b05", 64, 0.002)


def internet(name, v4, v6="", ttl=55, turn=0.018, via=GATEWAY):
    """A host on the Internet, as the link behind `via` shows it."""
    return Host(name, v4, via.mac, v6, ttl, turn, router=True)


class Lab:
    """The frames of one capture and the deterministic chance of one scenario. Times are seconds after the start."""

    def __init__(self, name, start=EPOCH):
        self.name = name
        self.start = start
        self.frames = []
        self.drawn = 0
        self.ipids = {}
        self.ports = {}

    # chance

    def bytes(self, count):
        """Bytes that look like cipher text and are the same in every run."""
        self.drawn += 1
        return hashlib.shake_128(f"{self.name}/{self.drawn}".encode()).digest(count)

    def number(self, bits):
        return int.from_bytes(self.bytes(8), "big") >> (64 - bits)

    def wait(self, host):
        """One turn of the host: never shorter than its path, at times a little longer."""
        return host.turn * (1 + self.number(8) / 1024)

    def port(self, host):
        """The next ephemeral port of a host: Linux draws, Windows counts."""
        if host.windows:
            self.ports[host.v4] = self.ports.get(host.v4, 49712) + 1
            return self.ports[host.v4]
        return 32768 + self.number(32) % 28232

    # sending

    def frame(self, t, dst, src, ethertype, payload, vlan=None):
        data = wire.ethernet(dst, src, ethertype, payload, vlan)
        self.frames.append(Frame(self.start + round(t * 10**6) * 1000, data, len(data)))

    def ip(self, t, src, dst, proto, payload, family=4, ttl=None, ipid=None, df=True, dscp=0):
        """One IP packet from host to host, past the observation point at t."""
        source, target = src.address(family), dst.address(family)
        ttl = src.ttl if ttl is None else ttl
        if family == 6:
            packet, ethertype = wire.ipv6(source, target, proto, payload, ttl, dscp), wire.ETHERTYPE_IPV6
        else:
            ipid = self.next_ipid(src) if ipid is None else ipid
            packet = wire.ipv4(source, target, proto, payload, ttl, ipid, df, dscp)
            ethertype = wire.ETHERTYPE_IPV4
        self.frame(t, dst.mac, src.mac, ethertype, packet, src.vlan or dst.vlan)
        return packet

    def udp(self, t, src, dst, sport, dport, payload, family=4, **ip):
        body = wire.udp(src.address(family), dst.address(family), sport, dport, payload)
        return self.ip(t, src, dst, wire.PROTO_UDP, body, family, **{"df": not src.router, **ip})

    def fragments(self, src, dst, sport, dport, payload, mtu=576, dscp=0):
        """A datagram in fragments (RFC 791, section 3.2), not yet sent: (offset, IPv4 packet) in order."""
        body, step, ipid = wire.udp(src.v4, dst.v4, sport, dport, payload), (mtu - 20) // 8 * 8, self.next_ipid(src)
        return [(at, wire.ipv4(src.v4, dst.v4, wire.PROTO_UDP, body[at:at + step], src.ttl, ipid, dscp=dscp,
                               fragment=at // 8 | (wire.MORE_FRAGMENTS if at + step < len(body) else 0)))
                for at in range(0, len(body), step)]

    def pass_packets(self, t, src, dst, packets):
        """IPv4 packets from host to host, a tenth of a millisecond apart."""
        for n, packet in enumerate(packets):
            self.frame(t + n * 0.0001, dst.mac, src.mac, wire.ETHERTYPE_IPV4, packet, src.vlan or dst.vlan)

    def next_ipid(self, host):
        """Datagrams and resets: one counter per host."""
        self.ipids[host.v4] = (self.ipids.get(host.v4, self.number(16)) + 1) & 0xFFFF
        return self.ipids[host.v4]

    # the link

    def arp(self, t, asker, target):
        """Who has the target's address? The target says so. Returns the time of the answer."""
        self.frame(t, wire.BROADCAST, asker.mac, wire.ETHERTYPE_ARP,
                   wire.arp(1, asker.mac, asker.v4, "00:00:00:00:00:00", target.v4), asker.vlan)
        t += self.wait(target)
        self.frame(t, asker.mac, target.mac, wire.ETHERTYPE_ARP,
                   wire.arp(2, target.mac, target.v4, asker.mac, asker.v4), asker.vlan)
        return t

    def unreachable(self, t, router, host, code, packet, quoted=None):
        """ICMP destination unreachable (RFC 792) from the router, quoting the packet."""
        body = wire.icmp(3, code, struct.pack("!I", 0), packet[:quoted])
        return self.ip(t, router, host, wire.PROTO_ICMP, body, df=False)

    def sorted(self):
        return sorted(self.frames, key=lambda frame: frame.time)
