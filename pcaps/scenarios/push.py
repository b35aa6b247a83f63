"""Push sessions that work, and port 5228 dropped in silence."""

from lib import dns, mcs, tcp, tls
from lib.net import GATEWAY, PHONE, internet
from . import scenario
from .common import (ALT1, ALT2, LINUX66_SYNS, MTALK, PATIENCE, installations, join, push_session, resolve,
                     unanswered)


@scenario(outcomes=("ok",))
def push_healthy(lab):
    """A push session on tcp/5228 over TLS 1.3: full handshake, login, heartbeats answered after 900, 1800 and 2900 s
    (a push at 2000 s moves the third), the push acknowledged."""
    t = resolve(lab, join(lab, full=True), MTALK) + 0.003
    login = push_session(lab, MTALK, 5228, t, resumed=False)
    login.heartbeat(t + 900)
    login.heartbeat(t + 1800)
    login.push(t + 2000)
    login.heartbeat(t + 2900)


@scenario(outcomes=("ok",))
def push_healthy_tls12(lab):
    """The same over TLS 1.2 with AES-GCM: the certificate in clear, the login's first answer a record of 25 bytes."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    login = push_session(lab, MTALK, 5228, t, version=tls.V12)
    login.heartbeat(t + 900)
    login.push(t + 1000)


@scenario(finds=("port-blocked-silently", "fallback-delay"), outcomes=("no-reply", "no-reply", "no-reply", "ok"))
def push_drop_5228(lab):
    """tcp/5228 dropped in silence at three Google addresses, five SYNs each; after 20 s the phone falls back to tcp/443
    on the third, which answers: the contrast."""
    t = join(lab)
    for server in (MTALK, ALT1, ALT2):
        t = resolve(lab, t, server) + 0.003
        unanswered(lab, server, t)
        t += PATIENCE
    push_session(lab, ALT2, 443, t).heartbeat(t + 900)


@scenario(finds=("port-blocked-silently", "fallback-delay"), outcomes=("no-reply", "ok"))
def push_drop_5228_kernel66(lab):
    """The same at one address with the SYN times of Linux 6.5 and later (0 1 2 3 4 5 7 11 19 s); then tcp/443 there."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    unanswered(lab, MTALK, t, LINUX66_SYNS)
    push_session(lab, MTALK, 443, t + PATIENCE)


@scenario(finds=("peer-unreachable",), outcomes=("no-reply", "no-reply"))
def push_drop_alone(lab):
    """One address silent on tcp/5228, nothing else is known of it: host down, route or filter cannot be told apart."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    unanswered(lab, MTALK, t)
    unanswered(lab, MTALK, t + 75)


@scenario(finds=("port-blocked-silently",), outcomes=("no-reply", "ok", "no-reply"))
def push_drop_two_addresses(lab):
    """Two addresses silent on tcp/5228 while another host beyond the same gateway answers on tcp/443: blocked, though
    neither address shows a sign of life."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    unanswered(lab, MTALK, t)
    installations(lab, t + 4)
    unanswered(lab, ALT1, resolve(lab, t + PATIENCE, ALT1) + 0.003)


@scenario(outcomes=("inconclusive",))
def capture_ends_early(lab):
    """A SYN to tcp/5228, its repeat a second later, and the capture ends: nothing can be said."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    unanswered(lab, MTALK, t, (0, 1))
    lab.arp(t + 1.3, PHONE, GATEWAY)


@scenario(outcomes=("superseded", "ok"))
def superseded(lab):
    """Two SYNs to one address, then another of the same name comes up within three seconds: no failure, no success."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    unanswered(lab, MTALK, t, (0, 1))
    push_session(lab, ALT1, 5228, resolve(lab, t + 1.4, ALT1) + 0.003)


@scenario(outcomes=("inconclusive", "ok"))
def given_up(lab):
    """Two SYNs to one address, then another service of Google's comes up within three seconds: the push was given up,
    and nothing took its place."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    unanswered(lab, MTALK, t, (0, 1))
    installations(lab, t + 1.4)


@scenario(outcomes=("ok",))
def midstream(lab):
    """A push session that was there before the capture: heartbeats answered both ways, a push. Up, no set-up to
    judge."""
    lab.arp(0, GATEWAY, PHONE)
    conn = tcp.Connection.midstream(lab, PHONE, MTALK, 5228, 4)
    login = mcs.Login(tls.Session(conn, tls.V13))
    login.heartbeat(4)
    login.push(310)
    login.heartbeat(1210)
    lab.arp(1215, PHONE, GATEWAY)


@scenario(finds=("address-outside-declared",), outcomes=("ok",))
def address_outside(lab):
    """mtalk.google.com answered with an address outside Google's ranges, and the session works there: worth knowing
    where a firewall goes by address, no fault."""
    relay = internet("relay", "203.0.113.188", ttl=51, turn=0.024)
    t = dns.resolve(lab, join(lab), PHONE, GATEWAY, MTALK.name, [relay.v4])
    push_session(lab, relay, 5228, t + 0.003).heartbeat(t + 900)


@scenario(finds=("expectation-late",), outcomes=("ok",))
def push_answer_late(lab):
    """Heartbeats are acknowledged at once and answered only after 95 s, twice, where 60 s are the limit."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    login = push_session(lab, MTALK, 5228, t)
    for at in (900, 1900):
        login.heartbeat(t + at, 95)
