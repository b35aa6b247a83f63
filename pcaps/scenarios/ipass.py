"""iPass: a laptop with Open Mobile, and a RoamServer that the transaction centers reach."""

from lib import dns, http, opaque
from lib.net import GATEWAY, internet
from lib.tcp import CLIENT, LINUX, Connection
from . import scenario
from .stations import LAPTOP, ROAMSERVER, STRANGER, link, look_up, named_https

CLIENT_SITE, SERVER_SITE = "ipass-site.yaml", "roamserver-site.yaml"


def server(name, v4, turn=0.075):
    return internet(name, v4, ttl=49, turn=turn)


SNIFF = server("sniff.gslb.i-pass.com", "216.231.200.235")
IDENTITY = server("did01.ipass.com", "216.231.200.232")
UPDATER = server("om-updater.ipass.com", "216.231.200.231")
DOWNLOAD = server("om-download.ipass.com", "216.231.200.232")
COLLECTOR = server("om-datacollector.ipass.com", "216.231.200.230")
INSTALLER = server("om-clientinstaller.ipass.com", "216.239.99.244")
PORTAL = server("openmobile.ipass.com", "216.239.99.250")
OPEN_ACCESS = server("dapi.devicescape.net", "203.0.113.91")
CENTERS = [server(name, f"216.239.{net}.125") for name, net in
           (("santa-clara", 99), ("atlanta", 111), ("london", 105), ("sydney", 98))]
AGENT = "iPass Open Mobile"
LOGIN = "http://login.hotspot.example/start"


def web(lab, t, peer, target="/", status=200, body=b"ok\n", host=LAPTOP, resolver=GATEWAY, **answer):
    """A look-up and a GET in clear. Returns the time of the end."""
    conn = link(lab, look_up(lab, t, host, peer, resolver), host, peer, 80)
    http.get(conn, peer.name, target, status, body, AGENT, **answer)
    return conn.now


@scenario(site=CLIENT_SITE)
def ipass_day(lab):
    """Open Mobile on a laptop: sniff, Client ID, updater and installer over HTTP, download, data collector, portal and
    OpenAccess over HTTPS."""
    lab.arp(0, LAPTOP, GATEWAY)
    t = web(lab, 1, SNIFF)
    for peer, target in ((IDENTITY, "/did"), (UPDATER, "/update"), (INSTALLER, "/profile/4711")):
        t = web(lab, t + 2, peer, target)
    for peer in (DOWNLOAD, COLLECTOR, PORTAL, OPEN_ACCESS):
        t = named_https(lab, t + 2, LAPTOP, peer)


@scenario(finds=("captive-portal",), site=CLIENT_SITE)
def ipass_portal(lab):
    """The sniff is answered with 302 to a login page, twice: the network wants a login first."""
    lab.arp(0, LAPTOP, GATEWAY)
    web(lab, web(lab, 1, SNIFF, status=302, body=b"", Location=LOGIN) + 20, SNIFF, status=302, body=b"", Location=LOGIN)


@scenario(finds=("service-refused",), site=CLIENT_SITE)
def ipass_refused(lab):
    """The download server refuses tcp/443, twice, and answers on tcp/80 as Client ID server: it is up."""
    lab.arp(0, LAPTOP, GATEWAY)
    web(lab, 1, IDENTITY, "/did")
    for at in (5, 35):
        conn = link(lab, look_up(lab, at, LAPTOP, DOWNLOAD), LAPTOP, DOWNLOAD, 443)
        conn.syn(conn.now)
        conn.refused(conn.now + lab.wait(DOWNLOAD))


def transaction(lab, t, center, host=ROAMSERVER):
    """A center asks the RoamServer on tcp/577; the format is not public. Returns the time of the end."""
    conn = Connection(lab, center, host, 577, t, client_stack=LINUX, server_stack=LINUX)
    opaque.talk(conn.open(), 180, 96).close(CLIENT)
    return conn.now


@scenario(site=SERVER_SITE)
def roamserver_day(lab):
    """The four transaction centers reach the RoamServer on tcp/577, and it answers."""
    lab.arp(0, GATEWAY, ROAMSERVER)
    for n, center in enumerate(CENTERS):
        transaction(lab, 2 + 3 * n, center)


@scenario(finds=("undeclared-inbound",), site=SERVER_SITE)
def roamserver_stranger(lab):
    """Somebody who is no transaction center reaches the RoamServer on tcp/577, and it answers."""
    lab.arp(0, GATEWAY, ROAMSERVER)
    transaction(lab, 2, CENTERS[0])
    transaction(lab, 10, STRANGER)


@scenario(finds=("peer-unreachable",), never=("port-blocked-silently", "service-refused", "undeclared-inbound"),
          site=SERVER_SITE)
def roamserver_silent(lab):
    """The transaction centers' requests reach the link, and the RoamServer, which is up and asks for names, answers
    none of them."""
    lab.arp(0, GATEWAY, ROAMSERVER)
    for at in (5, 40, 90):
        dns.resolve(lab, at, ROAMSERVER, GATEWAY, "radius.example.net", ["10.1.0.41"])
    for n, center in enumerate(CENTERS[:2]):
        for at in (2, 62):
            conn = Connection(lab, center, ROAMSERVER, 577, at + 25 * n, client_stack=LINUX, server_stack=LINUX)
            conn.syn(*(at + 25 * n + later for later in (0, 1, 3, 7, 15)))
