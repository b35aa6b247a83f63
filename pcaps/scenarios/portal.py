"""Networks that want a login first: Android's check answered by somebody else, and what looks alike."""

from lib import dns, http
from lib.net import GATEWAY, PHONE
from lib.tcp import SERVER
from . import scenario
from .common import join
from .stations import link
from .versity import CHECK

PORTAL = "http://portal.hotel.example/login?next=http%3A%2F%2Fconnectivitycheck.gstatic.com%2Fgenerate_204"
PAGE = (b"<html><head><title>Welcome</title></head><body><form action=/login method=post>Room and name</form></body>"
        b"</html>")


def probes(lab, status, body=b"", times=(0, 30), **answer):
    """The phone comes to the network and checks it; the answer is this one, each time."""
    t = join(lab)
    for at in times:
        asked = dns.resolve(lab, t + at, PHONE, GATEWAY, CHECK.name, [CHECK.v4]) + 0.002
        conn = link(lab, asked, PHONE, CHECK, 80)
        http.get(conn, CHECK.name, "/generate_204", status, body, close=False, **answer).close(SERVER)


@scenario(finds=("captive-portal",))
def portal_redirect(lab):
    """generate_204 is answered with 302 to a login page."""
    probes(lab, 302, Location=PORTAL)


@scenario(finds=("captive-portal",))
def portal_page(lab):
    """generate_204 is answered with 200 and a page: a login in the place of what was asked."""
    probes(lab, 200, PAGE)


@scenario()
def portal_none(lab):
    """generate_204 is answered with 204: the way to the Internet is open."""
    probes(lab, 204)


@scenario()
def portal_empty(lab):
    """generate_204 is answered with 200 and no body: a proxy that is broken, and no portal."""
    probes(lab, 200)
