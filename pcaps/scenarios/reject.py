"""Push ports refused: by a firewall's reset, by ICMP, by the server itself, and every way closed."""

from dataclasses import replace

from lib.net import GATEWAY, PHONE
from lib.tcp import SERVER
from lib import tls
from . import scenario
from .common import (ALT1, MTALK, PATIENCE, connection, installations, join, push_session, resolve, unanswered)

FIREWALL_TTL = 64
FIREWALL_TURN = 0.0008


def reset_by_firewall(lab, server, t):
    conn = connection(lab, server, 5228, t)
    conn.syn(t)
    conn.reset_syn(t + FIREWALL_TURN, FIREWALL_TTL)
    return conn.now


@scenario(finds=("port-rejected",), outcomes=("refused", "refused", "ok"))
def push_reject_rst(lab):
    """RST, ACK to every SYN on tcp/5228 within a millisecond and with TTL 64; the same server answers tcp/443 after
    41 ms with TTL 107: the reset is a firewall's."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    t = reset_by_firewall(lab, MTALK, t) + 15
    t = resolve(lab, t, ALT1) + 0.003
    t = reset_by_firewall(lab, ALT1, t) + 0.05
    push_session(lab, ALT1, 443, t)


@scenario(finds=("port-rejected",), outcomes=("icmp-rejected", "icmp-rejected", "ok"))
def push_reject_icmp(lab):
    """The gateway answers SYNs to tcp/5228 with ICMP 3/13, communication administratively prohibited; tcp/443 works."""
    t = join(lab)
    for server, pause in ((MTALK, 15), (ALT1, 0.05)):
        t = resolve(lab, t, server) + 0.003
        packet = connection(lab, server, 5228, t).syn(t)
        lab.unreachable(t + FIREWALL_TURN, GATEWAY, PHONE, 13, packet)
        t += pause
    push_session(lab, ALT1, 443, t)


@scenario(finds=("service-refused",), outcomes=("refused", "refused", "ok"))
def push_refused(lab):
    """The server itself resets SYNs to tcp/5228: after a full round trip, with the TTL of its own tcp/443 answers. The
    host is up, nothing listens."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    for pause in (15, 0.05):
        conn = connection(lab, MTALK, 5228, t)
        conn.syn(t)
        conn.refused(t + lab.wait(MTALK))
        t = conn.now + pause
    push_session(lab, MTALK, 443, t)


@scenario(finds=("service-refused",), outcomes=("refused",))
def push_rst_only_once(lab):
    """One SYN, one RST, ACK, and nothing to compare it with: refused, by whom is not known."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    conn = connection(lab, MTALK, 5228, t)
    conn.syn(t)
    conn.refused(t + lab.wait(MTALK))
    lab.arp(t + 200, PHONE, GATEWAY)


@scenario(finds=("service-refused",), outcomes=("refused",))
def push_rst_triple(lab):
    """A Windows station repeats a refused SYN twice after half a second: three pairs of SYN and RST are one attempt."""
    station = replace(PHONE, windows=True, ttl=128)
    t = resolve(lab, join(lab), MTALK, station) + 0.003
    conn = connection(lab, MTALK, 5228, t, station)
    for at in (t, t + 0.512, t + 1.027):
        conn.syn(at)
        conn.refused(at + lab.wait(MTALK))
    lab.arp(t + 200, station, GATEWAY)


@scenario(finds=("service-blocked", "port-blocked-silently"),
          outcomes=("no-reply", "hello-reset", "ok", "no-reply", "hello-reset"))
def push_both_blocked(lab):
    """tcp/5228 silent and tcp/443 reset on the ClientHello that names mtalk, at two addresses, while other Google names
    work: no way to the service is left."""
    t = join(lab)
    for server in (MTALK, ALT1):
        t = resolve(lab, t, server) + 0.003
        unanswered(lab, server, t)
        t += PATIENCE
        conn = connection(lab, server, 443, t).open()
        tls.hello(conn, MTALK.name)
        conn.reset(SERVER, conn.now + FIREWALL_TURN, FIREWALL_TTL, forged=True)
        if server is MTALK:
            installations(lab, t + 2)
        t += 30
