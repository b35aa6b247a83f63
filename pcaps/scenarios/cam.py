"""CAM (central management of KVM switches): manager and its twin, devices, a remote client, an administrator."""

from lib import dhcp, ldap, mysql, opaque, ssh, tls
from lib.net import GATEWAY
from lib.tcp import CLIENT, SERVER
from . import ACCUSING, scenario
from .stations import (CAM_ADMIN, CAM_CLIENT, CAM_DEVICE, CAM_MANAGER, CAM_OTHER, CAM_SECOND, DIRECTORY,
                       LINK_BROADCAST, STRANGER, https, link, ping, silent)

CAM = "cam-site.yaml"
SILENCE = ("port-blocked-silently", "peer-unreachable", "service-refused")


def discover(lab, t, device=CAM_DEVICE, manager=CAM_MANAGER, network=LINK_BROADCAST):
    """A device that boots asks all on udp/3080; the manager answers on it. Returns the time of the answer."""
    opaque.datagram(lab, t, device, opaque.everybody(network), 3080, 3080, 80)
    return opaque.datagram(lab, t + 0.03 + lab.wait(manager), manager, device, 3080, 3080, 72)


def manage(lab, t, device=CAM_DEVICE, manager=CAM_MANAGER):
    """The manager asks the device for its status over HTTPS. Returns the time of the end."""
    lab.arp(t - 0.01, manager, device)
    return https(lab, t, manager, device, alpn=())


def view(lab, t, client=CAM_CLIENT, device=CAM_DEVICE, port=900, turns=4):
    """A remote session: screen and keys, in a format that is not public. Returns the time of the end."""
    conn = link(lab, t, client, device, port).open()
    opaque.talk(conn, *(60, 500) * turns).close(CLIENT)
    return conn.now


def authenticate(lab, t, manager=CAM_MANAGER, server=DIRECTORY, clear=False):
    """A user's bind at the directory, in clear or after StartTLS. Returns the time of the end."""
    conn = link(lab, t, manager, server, 389).open()
    client = ldap.Client(conn)
    if clear:
        client.bind("cn=cam,ou=services,dc=example,dc=net", "not-a-secret")
        client.search("uid", "operator")
        client.unbind()
    else:
        client.start_tls()
        tls.exchange(conn, "", 80, (14,), alpn=()).close()
    return conn.now


@scenario(site=CAM)
def cam_boot(lab):
    """A device boots: lease, discovery on udp/3080 by broadcast, the manager's answer, HTTPS between them; then a
    client asks the manager and opens a session on tcp/900."""
    t = dhcp.Client(lab, CAM_DEVICE, GATEWAY, "kvm-10", "udhcp 1.20.2").discover(0)
    lab.arp(t + 0.02, CAM_DEVICE, GATEWAY)
    t = manage(lab, discover(lab, t + 0.5) + 1.5)
    t = https(lab, t + 1, CAM_DEVICE, CAM_MANAGER, alpn=())
    t = https(lab, t + 5, CAM_CLIENT, CAM_MANAGER)
    view(lab, t + 1)


@scenario(site=CAM)
def cam_manager_day(lab):
    """The manager: users at the directory after StartTLS, replication with its twin on tcp/3306, an administrator's
    shell and browser, ping."""
    lab.arp(0, CAM_MANAGER, GATEWAY)
    t = authenticate(lab, 1)
    lab.arp(t + 0.5, CAM_SECOND, CAM_MANAGER)
    mysql.replicate(link(lab, t + 1, CAM_SECOND, CAM_MANAGER, 3306).open())
    ping(lab, t + 2, CAM_MANAGER, CAM_SECOND)
    ssh.session(link(lab, t + 3, CAM_ADMIN, CAM_MANAGER, 22).open()).close(CLIENT)
    https(lab, t + 8, CAM_ADMIN, CAM_DEVICE)


@scenario(site=CAM)
def cam_fallback(lab):
    """udp/3080 is not answered by the device; the manager asks on udp/3081, and the device answers on udp/3080."""
    everybody = opaque.everybody(LINK_BROADCAST)
    for at in (0, 5):
        opaque.datagram(lab, at, CAM_MANAGER, everybody, 3080, 3080, 72)
    opaque.datagram(lab, 10, CAM_MANAGER, everybody, 3081, 3081, 72)
    opaque.datagram(lab, 10.04, CAM_DEVICE, CAM_MANAGER, 3080, 3080, 80)
    manage(lab, 12)


@scenario(finds=("expectation-late",), site=CAM)
def cam_managed_late(lab):
    """Discovery is answered at once, and HTTPS between the two comes only ten minutes later, twice."""
    for at in (0, 1200):
        manage(lab, discover(lab, at + 1) + 600)


@scenario(never=("unexpected-application", "forbidden-flow", "captive-portal", "weak-crypto", "cleartext-credentials"),
          finds=("peer-unreachable",), site=CAM)
def cam_management_blocked(lab):
    """Discovery works, and the manager's tcp/443 to the device is silent."""
    for at in (0, 60):
        asked = discover(lab, at + 1) + 1
        lab.arp(asked - 0.1, CAM_MANAGER, CAM_DEVICE)
        silent(lab, asked, CAM_MANAGER, CAM_DEVICE, 443)


@scenario(finds=("cleartext-credentials",), site=CAM)
def cam_ldap_clear(lab):
    """The manager binds at the directory on tcp/389 with a name and a password in clear."""
    lab.arp(0, CAM_MANAGER, GATEWAY)
    authenticate(lab, 1, clear=True)


@scenario(finds=("undeclared-inbound",), never=ACCUSING, site=CAM)
def cam_database_open(lab):
    """The manager's database, tcp/3306, greets a host that is no manager."""
    lab.arp(0, CAM_CLIENT, CAM_MANAGER)
    conn = link(lab, 1, CAM_CLIENT, CAM_MANAGER, 3306).open()
    conn.send(SERVER, mysql.greeting(lab))
    conn.close(CLIENT)


@scenario(finds=("undeclared-inbound",), never=SILENCE, site=CAM)
def cam_session_outside(lab):
    """Somebody on the Internet opens a session on tcp/900 of a device, and it answers."""
    lab.arp(0, GATEWAY, CAM_DEVICE)
    for at in (1, 31):
        view(lab, at, STRANGER, turns=1)


@scenario(never=SILENCE, finds=("unexpected-application",), site=CAM)
def cam_ssh_on_443(lab):
    """tcp/443 of a device carries SSH where HTTPS is declared."""
    lab.arp(0, CAM_MANAGER, CAM_OTHER)
    for at in (1, 31):
        ssh.session(link(lab, at, CAM_MANAGER, CAM_OTHER, 443).open(), after=1).close(CLIENT)


@scenario(never=SILENCE, finds=("unexpected-application",), site=CAM)
def cam_vnc_on_443(lab):
    """tcp/443 of a device carries a remote framebuffer (RFC 6143), which no dissector knows and the classifier does."""
    lab.arp(0, CAM_MANAGER, CAM_OTHER)
    for at in (1, 31):
        conn = link(lab, at, CAM_MANAGER, CAM_OTHER, 443).open()
        conn.send(SERVER, b"RFB 003.008\n")
        conn.send(CLIENT, b"RFB 003.008\n")
        conn.send(SERVER, b"\x01\x02")
        conn.send(CLIENT, b"\x02")
        conn.close(CLIENT)


@scenario(never=SILENCE + ("unexpected-application",), site=CAM)
def cam_guess_on_443(lab):
    """tcp/443 of a device carries what the classifier knows by its first four bytes (AJP): too little to accuse."""
    lab.arp(0, CAM_MANAGER, CAM_OTHER)
    for at in (1, 31):
        conn = link(lab, at, CAM_MANAGER, CAM_OTHER, 443).open()
        conn.send(CLIENT, b"\x12\x34\x00\x01\x0a")
        conn.send(SERVER, b"AB\x00\x01\x09")
        conn.close(CLIENT)
