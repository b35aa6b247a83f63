"""What nobody declared, what is missing, and the link itself: IPv6, tags on one side."""

import struct

from lib import dns, tcp, tls, wire
from lib.net import GATEWAY, PHONE, Host, internet
from lib.tcp import CLIENT, LINUX, SERVER
from lib.variants import tag_one_side
from . import scenario
from .common import MTALK, connection, installations, join, push_session, resolve

COLLECTOR = internet("collector.example.net", "203.0.113.80", ttl=49, turn=0.032)


@scenario(finds=("undeclared-destination",), outcomes=("ok", "ok"))
def undeclared_destination(lab):
    """Beside its push session the phone talks TLS to collector.example.net, which no profile declares."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    push_session(lab, MTALK, 5228, t)
    t = dns.resolve(lab, t + 8, PHONE, GATEWAY, COLLECTOR.name, [COLLECTOR.v4])
    conn = connection(lab, COLLECTOR, 443, t + 0.003, server_stack=LINUX)
    tls.fetch(conn, COLLECTOR.name, answers=(96,))


@scenario(finds=("undeclared-inbound",))
def undeclared_inbound(lab):
    """From the Internet: SSH accepted by the phone; a telnet probe refused by it; four sources scan ports that never
    answer. The first is grave, the rest are probes."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    push_session(lab, MTALK, 5228, t)
    visitor = internet("visitor", "198.51.100.23", ttl=47, turn=0.061)
    conn = tcp.Connection(lab, visitor, PHONE, 22, t + 20, client_stack=LINUX, server_stack=tcp.ANDROID).open()
    conn.send(SERVER, b"SSH-2.0-OpenSSH_9.3\r\n")
    conn.send(CLIENT, b"SSH-2.0-Go\r\n")
    conn.close(CLIENT, conn.now + 2)
    prober = internet("prober", "198.51.100.77", ttl=238, turn=0.08)
    conn = tcp.Connection(lab, prober, PHONE, 23, t + 31, client_stack=LINUX, server_stack=tcp.ANDROID)
    conn.syn(t + 31)
    conn.refused(t + 31 + lab.wait(PHONE))
    for n, port in enumerate((445, 3389, 8080, 5555)):
        scanner = internet("scanner", f"203.0.113.{21 + 40 * n}", ttl=240 + n, turn=0.1)
        tcp.Connection(lab, scanner, PHONE, port, 0, client_stack=LINUX, server_stack=tcp.ANDROID).syn(t + 40 + 7 * n)


@scenario(finds=("required-missing",), never=("port-blocked-silently", "port-rejected", "peer-unreachable",
                                              "service-refused", "service-blocked", "dns-failure", "dns-rewritten"))
def quiet(lab):
    """The site declares a push phone; for two hours it talks to other services and never once looks up or tries
    push."""
    t = join(lab)
    for n in range(4):
        installations(lab, t + 3 + 2400 * n)
        lab.arp(t + 1200 + 2400 * n, GATEWAY, PHONE)


def solicit(lab, t, asker, target):
    """Neighbour solicitation and advertisement (RFC 4861) between two IPv6 addresses on the link."""
    tail = wire.ip_bytes(target.v6)[-3:]
    address = f"ff02::1:ff{tail[0]:02x}:{tail[1]:02x}{tail[2]:02x}"
    group = Host("solicited-node", "", "33:33:ff:" + tail.hex(":"), address)
    for when, src, dst, kind, rest, option in (
            (t, asker, group, 135, 0, b"\1\1" + wire.mac_bytes(asker.mac)),
            (t + lab.wait(target), target, asker, 136, 0x60000000, b"\2\1" + wire.mac_bytes(target.mac))):
        body = wire.icmpv6(src.v6, dst.v6, kind, 0, struct.pack("!I", rest), wire.ip_bytes(target.v6) + option)
        lab.ip(when, src, dst, wire.PROTO_ICMPV6, body, family=6, ttl=255)
    return t + 0.003


def advertise(lab, t):
    """A router advertisement for the phone's prefix, to all nodes."""
    everybody = Host("all-nodes", "", "33:33:00:00:00:01", "ff02::1")
    options = b"\1\1" + wire.mac_bytes(GATEWAY.mac)
    options += struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + wire.ip_bytes("2001:db8:0:5::")
    rest = struct.pack("!BBH", 64, 0, 1800)
    body = wire.icmpv6(GATEWAY.v6, everybody.v6, 134, 0, rest, struct.pack("!II", 0, 0) + options)
    lab.ip(t, GATEWAY, everybody, wire.PROTO_ICMPV6, body, family=6, ttl=255)


@scenario(outcomes=("ok",))
def ipv6_push(lab):
    """The push session over IPv6: router advertisement, neighbour discovery, AAAA answer, login, heartbeat."""
    t = join(lab)
    advertise(lab, t)
    t = solicit(lab, t + 0.7, PHONE, GATEWAY)
    t = dns.resolve(lab, t, PHONE, GATEWAY, MTALK.name, [MTALK.v6], "mobile-gtalk.l.google.com", kind=dns.AAAA) + 0.003
    push_session(lab, MTALK, 5228, t, family=6).heartbeat(t + 900)


@scenario(outcomes=("ok",))
def vlan_one_side(lab):
    """A span port that shows what the gateway sends with a VLAN tag and what the phone sends without: one session."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    push_session(lab, MTALK, 5228, t).heartbeat(t + 900)
    lab.frames = tag_one_side(lab.frames)
