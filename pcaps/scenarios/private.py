"""QUIC, look-ups that cannot be seen, and names that may be outer ones."""

from lib import dns, quic, tcp, tls
from lib.net import GATEWAY, PHONE, internet
from . import scenario
from .common import INSTALLATIONS, MTALK, connection, join, push_session, resolve, unanswered
from .others import COLLECTOR

GOOGLE_DNS = internet("dns.google", "8.8.8.8", ttl=117, turn=0.012)
FRONT = internet("front.example.org", "203.0.113.90", ttl=56, turn=0.02)
QUIC_REPEATS = (0, 0.3, 0.9)            # RFC 9002: a probe timeout of 1 s at most, doubled


@scenario()
def quic_healthy(lab):
    """A declared service over QUIC instead of TLS: the hello in three CRYPTO frames out of order, its name read, the
    handshake finished both ways."""
    t = resolve(lab, join(lab), INSTALLATIONS)
    quic.Connection(lab, PHONE, INSTALLATIONS, t + 0.003).open(INSTALLATIONS.name, pieces=3).exchange()


@scenario(finds=("fallback-delay",), outcomes=("ok",))
def quic_unanswered(lab):
    """QUIC to a declared service is dropped; the phone takes TLS over TCP after a second, which works. Worth knowing,
    and nobody is accused."""
    t = resolve(lab, join(lab), INSTALLATIONS) + 0.003
    conn = quic.Connection(lab, PHONE, INSTALLATIONS, t)
    for at in QUIC_REPEATS:
        conn.hello(INSTALLATIONS.name, t=t + at)
    tls.fetch(connection(lab, INSTALLATIONS, 443, t + 1), INSTALLATIONS.name)
    lab.arp(t + 240, GATEWAY, PHONE)


@scenario(finds=("undeclared-destination",))
def quic_undeclared(lab):
    """QUIC to collector.example.net, which no profile declares."""
    t = dns.resolve(lab, join(lab), PHONE, GATEWAY, COLLECTOR.name, [COLLECTOR.v4])
    quic.Connection(lab, PHONE, COLLECTOR, t + 0.003).open(COLLECTOR.name).exchange()


@scenario(outcomes=("ok", "no-reply"))
def dns_over_tls(lab):
    """Look-ups go to the resolver over TLS on tcp/853. Push is known by the name that it carries; an address that stays
    silent on tcp/443 has no name that anybody could see, and may be a declared service."""
    t = join(lab)
    tls.fetch(connection(lab, GATEWAY, 853, t, server_stack=tcp.LINUX), "dns.example.com", request=128, answers=(468,),
              alpn=("dot",))
    push_session(lab, MTALK, 5228, t + 1)
    unanswered(lab, FRONT, t + 5, port=443)
    lab.arp(t + 60, GATEWAY, PHONE)


@scenario(finds=("undeclared-destination",), outcomes=("ok", "ok"))
def dns_over_https(lab):
    """Look-ups go to dns.google over HTTPS, which no profile declares; push is known by the name that it carries."""
    t = join(lab)
    tls.fetch(connection(lab, GOOGLE_DNS, 443, t), GOOGLE_DNS.name, request=160, answers=(500,), alpn=("h2",))
    push_session(lab, MTALK, 5228, t + 1)


@scenario(outcomes=("ok",))
def ech_outer(lab):
    """The phone looks up a declared service and goes to its address with an encrypted hello behind the name of a front:
    that name is no surprise."""
    t = dns.resolve(lab, join(lab), PHONE, GATEWAY, INSTALLATIONS.name, [FRONT.v4])
    tls.fetch(connection(lab, FRONT, 443, t + 0.003), FRONT.name, ech=True)


@scenario(finds=("undeclared-destination",), outcomes=("ok", "ok"))
def ech_grease(lab):
    """The extension of an encrypted hello as browsers always send it. The phone itself looked up the name that the flow
    carries, so that is the one: declared once, undeclared once."""
    installations_ech(lab, join(lab))
    t = dns.resolve(lab, 9, PHONE, GATEWAY, COLLECTOR.name, [COLLECTOR.v4])
    tls.fetch(connection(lab, COLLECTOR, 443, t + 0.003), COLLECTOR.name, ech=True)


def installations_ech(lab, t):
    t = resolve(lab, t, INSTALLATIONS)
    tls.fetch(connection(lab, INSTALLATIONS, 443, t + 0.003), INSTALLATIONS.name, ech=True)
