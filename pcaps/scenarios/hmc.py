"""IBM HMC: call home by its several paths, consoles that talk to each other, and what must not be."""

from lib import ftp, http, ntp, opaque, tls, tls_old
from lib.net import GATEWAY, internet
from lib.tcp import CLIENT, LINUX, SERVER, Connection
from . import scenario
from .stations import (HMC, HMC_OTHER, HMC_TWIN, LINK_BROADCAST, NTP, STRANGER, https, link, look_up, named_https,
                       silent)

SIMPLIFIED, TRADITIONAL, URSF, CONSOLES = (f"hmc-{path}-site.yaml" for path in
                                           ("simplified", "traditional", "ursf", "consoles"))


def ibm(name, v4, turn=0.095):
    return internet(name, v4, ttl=48, turn=turn)


ESUPPORT = ibm("esupport.ibm.com", "129.42.56.189")
ESUPPORT_2 = ibm("esupport.ibm.com", "129.42.60.189", 0.11)
ESUPPORT_3 = ibm("esupport.ibm.com", "129.42.54.189", 0.11)
CONFIGURATION = ibm("www-03.ibm.com", "204.146.30.17")
GATEWAY_1 = ibm("eccgw01.boulder.ibm.com", "207.25.252.197")
REPORTS = ibm("www-945.ibm.com", "129.42.26.224")
FIXES = ibm("delivery04.dhe.ibm.com", "129.35.224.105")
TESTCASE = ibm("testcase.boulder.ibm.com", "170.225.15.31")
URSF_1, URSF_2 = ibm("ursf-1", "198.74.67.240"), ibm("ursf-2", "198.74.71.240")
SUPPORT = ibm("remote-support", "198.74.67.235")
AUTHENTICATION = ibm("sas-1", "129.42.160.48")
FIRMWARE = ibm("firmware", "129.35.224.112")
JAVA = "Java/1.8.0"
IBM = {"version": tls.V12, "organization": "DigiCert Inc", "alpn": ()}


def call_home(lab, t, host=HMC, server=ESUPPORT):
    """A problem report over HTTPS. Returns the time of the end."""
    return named_https(lab, t, host, server, request=840, answers=(430,), **IBM)


def fetch_fix(lab, t, host, server, name=None):
    """An anonymous download in clear. Returns the time of the end."""
    at = look_up(lab, t, host, server) if name is None else t
    conn = link(lab, at, host, server, 80)
    http.get(conn, server.name if name is None else server.v4, "/ecc/fix/MH01889.readme", body=b"MH01889 readme\n",
             kind="text/plain", agent=JAVA)
    return conn.now


@scenario(site=SIMPLIFIED)
def hmc_simplified(lab):
    """Call home by the simplified path: esupport.ibm.com over TLS 1.2, a download over HTTP, and a test of all three
    addresses."""
    lab.arp(0, HMC, GATEWAY)
    t = call_home(lab, 1)
    t = fetch_fix(lab, t + 5, HMC, ESUPPORT)
    for server in (ESUPPORT_2, ESUPPORT_3):
        t = https(lab, t + 0.5, HMC, server, server.name)


@scenario(finds=("port-blocked-silently",), site=SIMPLIFIED)
def hmc_blocked(lab):
    """tcp/443 to esupport.ibm.com is silent at two of its addresses, three times each, which answer on tcp/80."""
    lab.arp(0, HMC, GATEWAY)
    for at in (1, 61, 121):
        for server, later in ((ESUPPORT, 0), (ESUPPORT_2, 25)):
            silent(lab, look_up(lab, at + later, HMC, server), HMC, server, 443)
            fetch_fix(lab, at + later + 16, HMC, server)


@scenario(finds=("weak-crypto",), site=SIMPLIFIED)
def hmc_weak_tls(lab):
    """esupport.ibm.com speaks TLS 1.0 with an RSA key of 1024 bits, where NIST 800-131A asks for 1.2 and 2048."""
    lab.arp(0, HMC, GATEWAY)
    for at in (1, 31):
        tls_old.exchange(link(lab, look_up(lab, at, HMC, ESUPPORT), HMC, ESUPPORT, 443).open(), ESUPPORT.name)


@scenario(site=TRADITIONAL)
def hmc_traditional(lab):
    """Call home by the traditional path: configuration, gateway, problem report, a fix over HTTP, and a bulk upload
    over FTP that starts TLS before it logs in."""
    lab.arp(0, HMC, GATEWAY)
    t = 1
    for server in (CONFIGURATION, GATEWAY_1, REPORTS):
        t = named_https(lab, t + 2, HMC, server, alpn=())
    t = fetch_fix(lab, t + 2, HMC, FIXES)
    conn = link(lab, look_up(lab, t + 2, HMC, TESTCASE), HMC, TESTCASE, 21).open()
    ftp.Control(conn).command("AUTH TLS", "234 AUTH TLS successful")
    session = tls.exchange(conn, TESTCASE.name, 18, (32,), alpn=())
    for said, answered in ((20, 24), (8, 30)):
        session.send(CLIENT, said, acked=False)
        conn.received(CLIENT)
        session.send(SERVER, answered)
    session.close()


@scenario(finds=("cleartext-credentials",), site=TRADITIONAL)
def hmc_ftp_clear(lab):
    """The bulk upload logs in without TLS: name, password and then the file, on the port that the server names, in
    clear."""
    lab.arp(0, HMC, GATEWAY)
    control = ftp.Control(link(lab, look_up(lab, 1, HMC, TESTCASE), HMC, TESTCASE, 21).open())
    control.login("hmc8286", "not-a-secret")
    control.store("pe.0042.zip", lab.bytes(600))
    control.quit()


@scenario(site=URSF)
def hmc_ursf(lab):
    """Call home without a configuration file: URSF on tcp/19285, authentication, firmware over HTTP, remote support on
    tcp/11111. The formats are not public; these are bytes that mean nothing."""
    lab.arp(0, HMC, GATEWAY)
    opaque.talk(link(lab, 1, HMC, URSF_1, 19285).open(), 220, 90, 640, 60).close(CLIENT)
    t = https(lab, 5, HMC, AUTHENTICATION, alpn=())
    t = fetch_fix(lab, t + 1, HMC, FIRMWARE, FIRMWARE.v4)
    opaque.talk(link(lab, t + 1, HMC, SUPPORT, 11111).open(), 80, 120, 300, 40).close(CLIENT)


@scenario(finds=("peer-unreachable",), never=("service-refused", "port-rejected", "undeclared-destination"), site=URSF)
def hmc_ursf_silent(lab):
    """Neither URSF server answers on tcp/19285, and nothing else is known of either; the console's clock and names
    work."""
    lab.arp(0, HMC, GATEWAY)
    ntp.ask(lab, look_up(lab, 0.5, HMC, NTP), HMC, NTP)
    ntp.ask(lab, look_up(lab, 70, HMC, NTP), HMC, NTP)
    for at in (1, 61):
        silent(lab, at, HMC, URSF_1, 19285)
        silent(lab, at + 25, HMC, URSF_2, 19285)


def discovery(lab, t, host):
    """A console's broadcast on udp/9900."""
    opaque.datagram(lab, t, host, opaque.everybody(LINK_BROADCAST), 9900, 9900, 96)


def console_link(lab, t, one, other):
    """TLS with Diffie-Hellman key exchange on tcp/9920. Returns the time of the end."""
    return https(lab, t, one, other, other.name, 9920, **{**IBM, "organization": "Local console CA"})


@scenario(site=CONSOLES)
def hmc_consoles(lab):
    """Two consoles of one system: broadcasts on udp/9900, then TLS on tcp/9920; the one forwards to the other, which
    calls home."""
    for n, host in enumerate((HMC, HMC_TWIN)):
        lab.arp(0.1 * n, host, GATEWAY)
        for at in (1, 61):
            discovery(lab, at + 0.4 * n, host)
    lab.arp(1.5, HMC, HMC_TWIN)
    console_link(lab, 2, HMC, HMC_TWIN)
    call_home(lab, 5, HMC_TWIN)


@scenario(finds=("unexpected-application",), site=CONSOLES)
def hmc_consoles_clear(lab):
    """Two consoles of one system talk on tcp/9920 without TLS."""
    for n, host in enumerate((HMC, HMC_TWIN)):
        lab.arp(0.1 * n, host, GATEWAY)
        discovery(lab, 1 + 0.4 * n, host)
    lab.arp(1.5, HMC, HMC_TWIN)
    for at in (2, 32):
        conn = link(lab, at, HMC, HMC_TWIN, 9920)
        http.say(conn.open(), http.request(HMC_TWIN.v4, "/status", agent=JAVA), http.response(200, b"ok"))
        conn.close(CLIENT)


@scenario(finds=("forbidden-flow",), never=("port-blocked-silently", "peer-unreachable"), site=CONSOLES)
def hmc_consoles_mixed(lab):
    """A console of one DS8000 talks to the console of another on tcp/9920: they are to keep apart."""
    lab.arp(0, HMC, GATEWAY)
    lab.arp(1, HMC, HMC_OTHER)
    for at in (2, 62):
        console_link(lab, at, HMC, HMC_OTHER)


@scenario(finds=("forbidden-flow",), never=("port-blocked-silently", "peer-unreachable"), site=SIMPLIFIED)
def hmc_remote_service_outside(lab):
    """Somebody on the Internet reaches tcp/9735 and tcp/2300 of the console, which are for the inside of the VPN."""
    lab.arp(0, GATEWAY, HMC)
    for n, port in enumerate((9735, 2300, 9735)):
        conn = Connection(lab, STRANGER, HMC, port, 2 + 20 * n, client_stack=LINUX, server_stack=LINUX)
        opaque.talk(conn.open(), 40, 120).close(CLIENT)
