"""Third parties on the link as audited devices: the SAM server and the AMIE gateway."""

from dataclasses import replace

from lib import mqtt, ssh
from lib.net import GATEWAY, PHONE, Host, internet
from lib.tcp import CLIENT
from . import ACCUSING, scenario
from .stations import LAPTOP, STRANGER, https, link, named_https
from .versity import NAME, heartbeat, telemetry, trigger

SERVERS = "servers-site.yaml"
SAM_HERE = Host("sam", "10.0.0.20", "00:50:56:00:10:20", turn=0.0005)
AMIE_HERE = Host("amie", "10.0.0.50", "00:50:56:00:10:50", turn=0.0005)
FAR_PHONE = replace(PHONE, v4="10.2.0.5", mac=GATEWAY.mac, ttl=63, router=True)
CLOUD = internet("analytics.example.com", "203.0.113.150", ttl=51, turn=0.033)


@scenario(site=SERVERS)
def sam_day(lab):
    """The SAM server: a phone's heartbeats, a trigger that is followed at once, and its administrator's browser and
    shell."""
    lab.arp(0, SAM_HERE, GATEWAY)
    t = heartbeat(lab, 1, FAR_PHONE, SAM_HERE)
    t = heartbeat(lab, trigger(lab, t + 5, FAR_PHONE, SAM_HERE) + 0.7, FAR_PHONE, SAM_HERE)
    t = https(lab, t + 5, LAPTOP, SAM_HERE)
    ssh.session(link(lab, t + 1, LAPTOP, SAM_HERE, 22).open()).close(CLIENT)


@scenario(finds=("forbidden-flow",), never=("port-blocked-silently", "peer-unreachable", "service-refused"),
          site=SERVERS)
def sam_exposed(lab):
    """Somebody on the Internet reaches the SAM server on tcp/443, twice, and is answered."""
    lab.arp(0, SAM_HERE, GATEWAY)
    heartbeat(lab, 1, FAR_PHONE, SAM_HERE)
    for at in (10, 40):
        https(lab, at, STRANGER, SAM_HERE)


@scenario(never=ACCUSING, site=SERVERS)
def amie_day(lab):
    """The AMIE gateway: a phone's telemetry over MQTTS, and the gateway's own way to its cloud, of which no document
    says more."""
    lab.arp(0, AMIE_HERE, GATEWAY)
    t = telemetry(lab, 1, FAR_PHONE, AMIE_HERE, pings=2)
    named_https(lab, t + 2, AMIE_HERE, CLOUD)


@scenario(finds=("cleartext-credentials",), never=("port-blocked-silently", "peer-unreachable", "service-refused"),
          site=SERVERS)
def amie_clear(lab):
    """A phone logs in at the AMIE gateway on tcp/8883 without TLS: name and password in clear."""
    lab.arp(0, AMIE_HERE, GATEWAY)
    mqtt.clear(link(lab, 1, FAR_PHONE, AMIE_HERE, 8883).open(), NAME, "versity", "not-a-secret")
