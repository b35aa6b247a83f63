"""AirWatch: a phone that enrols, and one that is kept from it."""

from lib import http
from lib.net import GATEWAY, PHONE, internet
from . import scenario
from .common import MTALK, push_session, resolve
from .stations import link, look_up, named_https, silent

AIRWATCH = "airwatch-site.yaml"
AGENT = internet("awagent.com", "199.106.140.20", ttl=49, turn=0.047)
PORTAL = internet("cn500.airwatchportals.com", "205.139.50.30", ttl=50, turn=0.052)
DEVICES = internet("ds500.airwatchportals.com", "63.128.72.14", ttl=50, turn=0.051)


@scenario(site=AIRWATCH)
def airwatch_enrolment(lab):
    """The agent is fetched, the phone enrols over HTTPS, asks its server over HTTP, and is told by push of more."""
    lab.arp(0, PHONE, GATEWAY)
    t = named_https(lab, 1, PHONE, AGENT, answers=(900,))
    t = named_https(lab, t + 2, PHONE, PORTAL)
    push_session(lab, MTALK, 5228, resolve(lab, t + 1, MTALK) + 0.003)
    conn = link(lab, look_up(lab, t + 3, PHONE, DEVICES), PHONE, DEVICES, 80)
    http.get(conn, DEVICES.name, "/DeviceServices/status", body=b"<status>ok</status>", kind="text/xml")
    named_https(lab, conn.now + 1, PHONE, PORTAL)


@scenario(finds=("port-blocked-silently",), site=AIRWATCH)
def airwatch_blocked(lab):
    """tcp/443 to the portal is silent, three times, while the same address answers on tcp/80."""
    lab.arp(0, PHONE, GATEWAY)
    for at in (1, 61, 121):
        conn = link(lab, look_up(lab, at, PHONE, PORTAL), PHONE, PORTAL, 80)
        http.get(conn, PORTAL.name, "/DeviceManagement", 302, Location=f"https://{PORTAL.name}/DeviceManagement")
        silent(lab, conn.now + 0.1, PHONE, PORTAL, 443)
