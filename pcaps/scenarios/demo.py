"""One small site with everything in it: what the program shows of itself."""

from dataclasses import replace

from lib import dns, ntp, sip, syslog, tls
from lib.net import GATEWAY, PHONE, Host
from lib.tcp import LINUX
from . import cam, ipass, media, proxy, scenario, versity
from .common import ALT1, MTALK, PATIENCE, connection, join, push_session, resolve, unanswered
from .others import COLLECTOR
from .stations import CALLS, HMC, LAPTOP, LOGGING, NTP, https, inside, silent

RESOLVER = inside("resolver", "10.1.0.53")
WARD, MACHINES, CONTROL, GUESTS = (replace(GATEWAY, v4=f"10.{vlan}.0.1", vlan=vlan) for vlan in (20, 9, 30, 40))
EAST = replace(PHONE, v4="10.20.0.5", v6="", vlan=20)
WEST = Host("phone-west", "10.20.0.6", "00:90:7a:1a:2b:06", turn=0.003, vlan=20)
CONSOLE = replace(HMC, v4="10.9.0.5", vlan=9)
MANAGER, KVM_1, KVM_2, OPERATOR = (replace(host, v4=f"10.30.0.{last}", vlan=30) for host, last in (
    (cam.CAM_MANAGER, 10), (cam.CAM_DEVICE, 21), (cam.CAM_OTHER, 22), (cam.CAM_CLIENT, 40)))
GUEST = replace(LAPTOP, v4="10.40.0.7", vlan=40)
NETWORK = "10.30.0.255"


def east(lab):
    """A phone that has all it needs; something on it talks to a collector that nobody declared."""
    t = versity.validate(lab, join(lab, EAST, WARD, "versity-east", True, RESOLVER), EAST, RESOLVER)
    t = ntp.ask(lab, dns.resolve(lab, t + 0.1, EAST, RESOLVER, NTP.name, [NTP.v4]) + 0.003, EAST, NTP)
    push = push_session(lab, MTALK, 5228, resolve(lab, t + 0.2, MTALK, EAST, RESOLVER) + 0.003, EAST)
    syslog.send(lab, t + 2, EAST, LOGGING, "versity-east", "wifi: associated, rssi -58")
    versity.heartbeat(lab, t + 3, EAST)
    versity.telemetry(lab, t + 5, EAST)
    phone = sip.Phone(lab, EAST, CALLS)
    media.both_ways(phone, phone.register(t + 6, challenge=True) + 40, 1.8)
    https(lab, t + 90, EAST, versity.DIRECTORY, port=636, request=80, answers=(14, 120), alpn=())
    versity.heartbeat(lab, versity.trigger(lab, t + 200, EAST) + 0.8, EAST)
    for at in (300, 1200):
        asked = dns.resolve(lab, t + at, EAST, RESOLVER, COLLECTOR.name, [COLLECTOR.v4])
        conn = connection(lab, COLLECTOR, 443, asked + 0.003, EAST, server_stack=LINUX)
        tls.fetch(conn, COLLECTOR.name, answers=(96,))
    push.heartbeat(t + 900)
    push.push(t + 1000)


def west(lab):
    """A phone whose push is kept from tcp/5228, and whose caller does not hear the other side."""
    t = join(lab, WEST, WARD, "versity-west", True, RESOLVER, t=60)
    t = versity.validate(lab, t, WEST, RESOLVER)
    for server, at in ((MTALK, t + 0.4), (ALT1, t + 700)):
        asked = resolve(lab, at, server, WEST, RESOLVER) + 0.003
        unanswered(lab, server, asked, phone=WEST)
        push_session(lab, server, 443, asked + PATIENCE, WEST)
    versity.heartbeat(lab, t + 3, WEST)
    phone = sip.Phone(lab, WEST, CALLS, "1003")
    registered = phone.register(t + 30)
    for at in (60, 120):
        media.one_way(phone, registered + at, 12, "1001")
    versity.heartbeat(lab, versity.trigger(lab, t + 220, WEST) + 0.8, WEST)


def machine_room(lab):
    """A console whose proxy wants a password that it does not have."""
    lab.arp(20, CONSOLE, MACHINES)
    for n in range(4):
        proxy.refused(lab, 21 + 300 * n, CONSOLE, **proxy.BASIC)


def control_room(lab):
    """A manager with two devices: one as it should be, one that cannot be managed; its users' passwords in clear."""
    t = cam.manage(lab, cam.discover(lab, 100, KVM_1, MANAGER, NETWORK) + 1.5, KVM_1, MANAGER)
    lab.arp(t + 1, MANAGER, CONTROL)
    t = cam.authenticate(lab, t + 2, MANAGER, clear=True)
    lab.arp(t + 1, OPERATOR, MANAGER)
    t = https(lab, t + 1.1, OPERATOR, MANAGER)
    lab.arp(t + 1, OPERATOR, KVM_1)
    cam.view(lab, t + 1.1, OPERATOR, KVM_1)
    for at in (400, 1000):
        asked = cam.discover(lab, at, KVM_2, MANAGER, NETWORK) + 1
        lab.arp(asked, MANAGER, KVM_2)
        silent(lab, asked + 0.1, MANAGER, KVM_2, 443)


def guest(lab):
    """A laptop that meets a login page, logs in, and then has what it needs."""
    lab.arp(500, GUEST, GUESTS)
    at = {"host": GUEST, "resolver": RESOLVER}
    for start in (501, 521):
        ipass.web(lab, start, ipass.SNIFF, status=302, body=b"", Location=ipass.LOGIN, **at)
    t = ipass.web(lab, 600, ipass.SNIFF, **at)
    t = ipass.web(lab, t + 2, ipass.UPDATER, "/update", **at)
    ipass.named_https(lab, t + 2, GUEST, ipass.DOWNLOAD, RESOLVER)


@scenario(finds=("port-blocked-silently", "fallback-delay", "one-way-media", "proxy-denied", "cleartext-credentials",
                 "peer-unreachable", "captive-portal", "undeclared-destination"),
          never=("service-refused", "service-blocked", "dns-failure", "dns-rewritten", "forbidden-flow",
                 "scope-violation", "unexpected-application", "weak-crypto", "traffic-in-tunnel"),
          site="demo-site.yaml")
def demo(lab):
    """A trunk with four networks. East has all it needs, and talks to a collector that nobody declared. West's push is
    silent on tcp/5228, where East's works, and goes over tcp/443; in its calls nothing comes back. The console's proxy
    asks for a password again and again. The manager sends its own in clear, and cannot reach one of its two devices. A
    guest meets a login page."""
    for part in (east, west, machine_room, control_room, guest):
        part(lab)
