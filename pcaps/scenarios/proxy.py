"""IBM HMC behind a proxy: CONNECT that works, with and without a password, and CONNECT that does not."""

from lib import http, tls
from lib.net import GATEWAY, Host
from lib.tcp import SERVER
from . import scenario
from .hmc import ESUPPORT, IBM
from .stations import HMC, PROXY, PROXY_PORT, link, look_up

SITE = "hmc-proxy-site.yaml"
TARGET = "esupport.ibm.com:443"
PROXY_HERE = Host("proxy", "10.0.0.8", "00:50:56:00:10:08", turn=0.0005)
BASIC = {"Proxy_Authenticate": 'Basic realm="example"'}
DIGEST = {"Proxy_Authenticate": 'Digest realm="example", qop="auth", nonce="8f1c2d3e4b5a69788796a5b4c3d2e1f0"'}
ANSWERED = ('Digest username="hmc", realm="example", nonce="8f1c2d3e4b5a69788796a5b4c3d2e1f0", '
            f'uri="{TARGET}", qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1"')


def proxied(lab, t, host=HMC, proxy=PROXY):
    """A connection to the proxy, up."""
    return link(lab, t, host, proxy, PROXY_PORT).open()


def through(conn):
    """TLS to the target inside the CONNECT that was granted."""
    tls.exchange(conn, ESUPPORT.name, 840, (430,), **IBM).close()
    return conn.now


def refused(lab, t, host=HMC, proxy=PROXY, status=407, **answer):
    """A CONNECT that the proxy does not grant, and the end of the connection."""
    conn = proxied(lab, t, host, proxy)
    http.connect(conn, TARGET, status, **answer)
    conn.close(SERVER, conn.now + 0.001)
    return conn.now


def passed(lab, t, challenge=None, credentials=None, host=HMC, proxy=PROXY):
    """CONNECT, a challenge first where there is one, and call home inside. Returns the time of the end."""
    conn = proxied(lab, t, host, proxy)
    if challenge:
        http.connect(conn, TARGET, 407, **challenge)
    return through(http.connect(conn, TARGET, credentials=credentials))


@scenario(site=SITE)
def proxy_connect(lab):
    """CONNECT to esupport.ibm.com:443 through the customer's proxy, 200, TLS inside."""
    lab.arp(0, HMC, GATEWAY)
    passed(lab, passed(lab, 1) + 30)


@scenario(finds=("cleartext-credentials",), site=SITE)
def proxy_basic(lab):
    """The proxy asks for a password (407), gets one by Basic, which all can read, and says 200: one attempt that
    works."""
    lab.arp(0, HMC, GATEWAY)
    passed(lab, 1, BASIC, http.basic("hmc", "not-a-secret"))


@scenario(site=SITE)
def proxy_digest(lab):
    """The same with a digest: the password is not in it."""
    lab.arp(0, HMC, GATEWAY)
    passed(lab, 1, DIGEST, ANSWERED)


@scenario(finds=("proxy-denied",), site=SITE)
def proxy_denied(lab):
    """407 to each CONNECT, again and again: the console has no credentials, or they are not taken."""
    lab.arp(0, HMC, GATEWAY)
    for n in range(4):
        refused(lab, 1 + 30 * n, **BASIC)


@scenario(site=SITE)
def proxy_asked_again(lab):
    """407, and a second later 200 on a connection of its own, twice: the console had to be asked."""
    for at in (1, 61):
        refused(lab, at, **DIGEST)
        passed(lab, at + 1)


@scenario(finds=("proxy-denied",), site=SITE)
def proxy_forbidden(lab):
    """403 to each CONNECT: the proxy does not let the console to IBM."""
    lab.arp(0, HMC, GATEWAY)
    for n in range(3):
        refused(lab, 1 + 30 * n, status=403, body=b"<html>Access denied by policy</html>")


@scenario(site="proxy-site.yaml")
def proxy_both_legs(lab):
    """The proxy on the link: the console's CONNECT, and the proxy's own connection to IBM that carries the same TLS."""
    lab.arp(0, PROXY_HERE, GATEWAY)
    lab.arp(0.5, HMC, PROXY_HERE)
    passed(lab, 1, proxy=PROXY_HERE)
    conn = link(lab, look_up(lab, 1.002, PROXY_HERE, ESUPPORT), PROXY_HERE, ESUPPORT, 443)
    tls.fetch(conn, ESUPPORT.name, 840, (430,), **IBM)
