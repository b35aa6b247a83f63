"""Larger captures of small sites, with site files beside them."""

from dataclasses import replace

from lib import dns, tcp, tls
from lib.net import GATEWAY, PHONE, Host, internet
from lib.tcp import ANDROID, CLIENT, LINUX, SERVER
from . import scenario
from .common import ALT1, MTALK, PATIENCE, connection, installations, join, push_session, resolve, unanswered
from .names import SAFESEARCH
from .others import COLLECTOR
from .reject import FIREWALL_TURN

RESOLVER = internet("resolver", "10.0.53.10", ttl=63, turn=0.0009)
EAST_GATEWAY = replace(GATEWAY, v4="10.0.10.1", vlan=10)
WEST_GATEWAY = replace(GATEWAY, v4="10.0.20.1", vlan=20)
EAST = replace(PHONE, v4="10.0.10.5", vlan=10)
WEST = Host("phone-west", "10.0.20.6", "00:90:7a:1a:2b:06", ttl=64, turn=0.003, vlan=20)


@scenario(finds=("port-blocked-silently", "fallback-delay", "undeclared-destination"), site="office-site.yaml",
          never=("peer-unreachable", "service-refused", "service-blocked", "dns-failure", "dns-rewritten"),
          outcomes=("ok", "ok", "ok", "no-reply", "ok", "ok", "no-reply", "ok", "ok"))
def office(lab):
    """A trunk with two phones in two VLANs. East: push works on tcp/5228, and something on it talks to
    collector.example.net. West, same resolver, same firewall: tcp/5228 silent at addresses that answer East on it, push
    only after 20 s over tcp/443, and again at the next reconnect."""
    t = resolve(lab, join(lab, EAST, EAST_GATEWAY, "phone-east", True, RESOLVER), MTALK, EAST, RESOLVER) + 0.003
    east = push_session(lab, MTALK, 5228, t, EAST, resumed=False)
    installations(lab, t + 5, EAST, RESOLVER)
    for at in (300, 1200):
        asked = dns.resolve(lab, t + at, EAST, RESOLVER, COLLECTOR.name, [COLLECTOR.v4])
        conn = connection(lab, COLLECTOR, 443, asked + 0.003, EAST, server_stack=LINUX)
        tls.fetch(conn, COLLECTOR.name, answers=(96,))
    for heartbeat in (t + 900, t + 1800):
        east.heartbeat(heartbeat)
    east.push(t + 2000)

    u = join(lab, WEST, WEST_GATEWAY, "phone-west", True, RESOLVER, t=40)
    installations(lab, u, WEST, RESOLVER)
    u = resolve(lab, u + 2, MTALK, WEST, RESOLVER) + 0.003
    unanswered(lab, MTALK, u, phone=WEST)
    west = push_session(lab, MTALK, 443, u + PATIENCE, WEST)
    west.heartbeat(u + PATIENCE + 900)
    west.session.close(CLIENT, u + 1100)
    u = resolve(lab, u + 1130, ALT1, WEST, RESOLVER) + 0.003
    unanswered(lab, ALT1, u, phone=WEST)
    push_session(lab, ALT1, 443, u + PATIENCE, WEST).push(u + 400)


@scenario(finds=("dns-rewritten", "undeclared-inbound"), site="branch-site.yaml",
          never=("port-blocked-silently", "peer-unreachable", "dns-failure"))
def branch(lab):
    """A branch office behind a filtering resolver: mtalk.google.com gets the SafeSearch address, which is silent on
    tcp/5228; alternative names are refused by the gateway with ICMP 3/13.
    Somebody on the Internet reaches the phone's SSH."""
    t = dns.resolve(lab, join(lab, full=True), PHONE, GATEWAY, MTALK.name, [SAFESEARCH.v4], delay=0.0003) + 0.003
    unanswered(lab, SAFESEARCH, t)
    installations(lab, t + 6)
    for n in range(2):
        u = resolve(lab, t + 90 + 60 * n, ALT1) + 0.003
        packet = connection(lab, ALT1, 5228, u).syn(u)
        lab.unreachable(u + FIREWALL_TURN, GATEWAY, PHONE, 13, packet)
    visitor = internet("visitor", "198.51.100.23", ttl=47, turn=0.061)
    conn = tcp.Connection(lab, visitor, PHONE, 22, t + 200, client_stack=LINUX, server_stack=ANDROID).open()
    conn.send(SERVER, b"SSH-2.0-OpenSSH_9.3\r\n")
    conn.send(CLIENT, b"SSH-2.0-Go\r\n")
    conn.close(CLIENT, conn.now + 2)
    unanswered(lab, SAFESEARCH, t + 240)
