"""Names: answers that fail, are missing, or are somebody else's."""

from lib import dns, tls
from lib.dns import Lookup
from lib.net import GATEWAY, PHONE, internet
from . import scenario
from .common import MTALK, connection, installations, join, push_session, unanswered

SAFESEARCH = internet("forcesafesearch.google.com", "216.239.38.120", ttl=117, turn=0.014)
SOA = [("google.com", dns.SOA, 60, ("ns1.google.com", "dns-admin.google.com"))]
RESOLVER_RETRY = 5          # Android asks again after five seconds


def failing(lab, rcode, authority=()):
    """Three look-ups of the push name, half a minute apart, all with this answer; another name resolves."""
    t = join(lab)
    for n in range(3):
        query = Lookup(lab, PHONE, GATEWAY, MTALK.name)
        query.ask(t + 30 * n)
        query.answer(t + 30 * n + 0.014, rcode=rcode, authority=authority)
    installations(lab, t + 65)


@scenario(finds=("dns-failure",))
def dns_nxdomain(lab):
    """The resolver says that mtalk.google.com does not exist, three times; no connection is tried."""
    failing(lab, dns.NXDOMAIN, SOA)


@scenario(finds=("dns-failure",))
def dns_servfail(lab):
    """The resolver fails (SERVFAIL) for mtalk.google.com, three times; another name it answers."""
    failing(lab, dns.SERVFAIL)


@scenario(finds=("dns-failure",))
def dns_unanswered(lab):
    """Queries for mtalk.google.com are repeated and never answered; no connection is tried."""
    t = join(lab)
    for n in range(2):
        query = Lookup(lab, PHONE, GATEWAY, MTALK.name)
        query.ask(t + 30 * n)
        query.ask(t + 30 * n + RESOLVER_RETRY)
    lab.arp(t + 60, PHONE, GATEWAY)


@scenario(finds=("dns-rewritten",))
def dns_sinkhole(lab):
    """The resolver answers 0.0.0.0 for mtalk.google.com: a sinkhole; no connection is tried."""
    t = join(lab)
    for n in range(2):
        query = Lookup(lab, PHONE, GATEWAY, MTALK.name)
        query.ask(t + 30 * n)
        query.answer(t + 30 * n + 0.0007, dns.chain(MTALK.name, ["0.0.0.0"], ttl=60))
    installations(lab, t + 40)


@scenario(finds=("dns-rewritten",), outcomes=("no-reply", "ok", "no-reply"))
def dns_safesearch(lab):
    """mtalk.google.com answered with the SafeSearch address: silent on tcp/5228, while it answers tcp/443 under
    www.google.com. The name is wrong, not the port blocked."""
    t = dns.resolve(lab, join(lab), PHONE, GATEWAY, MTALK.name, [SAFESEARCH.v4], delay=0.0003) + 0.003
    unanswered(lab, SAFESEARCH, t)
    web = dns.resolve(lab, t + 5, PHONE, GATEWAY, "www.google.com", [SAFESEARCH.v4], SAFESEARCH.name, delay=0.0003)
    tls.fetch(connection(lab, SAFESEARCH, 443, web + 0.003), "www.google.com")
    unanswered(lab, SAFESEARCH, t + 60)


@scenario(outcomes=("ok",))
def dns_retry_ok(lab):
    """The first query is lost, its repeat answered after five seconds, the session comes up: no fault."""
    t = join(lab)
    query = Lookup(lab, PHONE, GATEWAY, MTALK.name)
    query.ask(t)
    query.ask(t + RESOLVER_RETRY)
    t = query.answer(t + RESOLVER_RETRY + 0.012, dns.chain(MTALK.name, [MTALK.v4], "mobile-gtalk.l.google.com")) + 0.003
    push_session(lab, MTALK, 5228, t)
