"""Who is there, and what every capture begins with."""

from lib import dhcp, dns, mcs, tcp, tls
from lib.net import GATEWAY, PHONE, internet

MTALK = internet("mtalk.google.com", "142.250.10.188", "2404:6800:4008:c07::bc")
ALT1 = internet("alt1-mtalk.google.com", "64.233.161.188", turn=0.041, ttl=107)
ALT2 = internet("alt2-mtalk.google.com", "173.194.202.188", turn=0.119, ttl=104)
INSTALLATIONS = internet("firebaseinstallations.googleapis.com", "142.250.74.74", ttl=116, turn=0.015)
ALIASES = {MTALK.name: "mobile-gtalk.l.google.com", ALT1.name: "alt1.mobile-gtalk.l.google.com",
           ALT2.name: "alt2.mobile-gtalk.l.google.com"}

LINUX_SYNS = (0, 1, 3, 7, 15)                        # tcp_syn_retries up to the application's own limit
LINUX66_SYNS = (0, 1, 2, 3, 4, 5, 7, 11, 19)         # tcp_syn_linear_timeouts 4, kernel 6.5 and later
PATIENCE = 20                                        # Play services tries 443 after this long


def join(lab, phone=PHONE, gateway=GATEWAY, hostname="versity-9640", full=False, resolver=None, t=0):
    """The phone comes (back) to the network: lease, gateway's address. Returns the time it is ready."""
    client = dhcp.Client(lab, phone, gateway, hostname, resolver=resolver)
    t = client.discover(t) if full else client.reboot(t)
    return lab.arp(t + 0.052, phone, gateway) + 0.1


def resolve(lab, t, server, phone=PHONE, resolver=GATEWAY):
    """The phone looks the server's name up and gets its address. Returns the time of the answer."""
    return dns.resolve(lab, t, phone, resolver, server.name, [server.v4], ALIASES.get(server.name))


def connection(lab, server, port, t, phone=PHONE, **options):
    return tcp.Connection(lab, phone, server, port, t, **options)


def unanswered(lab, server, t, syns=LINUX_SYNS, port=mcs.PORT, phone=PHONE):
    """An attempt that nobody answers. Returns the time of its first SYN."""
    connection(lab, server, port, t, phone).syn(*(t + at for at in syns))
    return t


def push_session(lab, server, port, t, phone=PHONE, version=tls.V13, resumed=True, **options):
    """Connects and logs in at t; the session that heartbeats and pushes follow on."""
    conn = connection(lab, server, port, t, phone, **options)
    return mcs.login(conn.open(), MTALK.name, version, resumed)


def installations(lab, t, phone=PHONE, resolver=GATEWAY):
    """Another declared service that works: the path is alive. Returns the time it closed."""
    t = resolve(lab, t, INSTALLATIONS, phone, resolver)
    conn = connection(lab, INSTALLATIONS, 443, t + 0.003, phone)
    tls.fetch(conn, INSTALLATIONS.name)
    return conn.now
