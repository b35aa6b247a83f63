"""Spectralink Versity: a phone's day, and each of its services with a fault of its own."""

from lib import dns, http, ldap, mqtt, ntp, opaque, ssh, syslog, tls
from lib.net import GATEWAY, PHONE, internet
from lib.tcp import ANDROID, CLIENT, LINUX, SERVER, Connection
from . import ACCUSING, scenario
from .common import MTALK, join, push_session, resolve
from .stations import AMIE, DIRECTORY, LOGGING, NTP, SAM, UPDATES, https, link, ping, silent

VERSITY = "versity-site.yaml"
CHECK = internet("connectivitycheck.gstatic.com", "142.250.74.35", ttl=116, turn=0.014)
WWW = internet("www.google.com", "142.250.74.100", ttl=116, turn=0.014)
PUBLIC_SAM = internet("sam-public", "203.0.113.20", ttl=50, turn=0.03)
NAME = "versity-9640"
ACCUSING_BUT_SCOPE = tuple(code for code in ACCUSING if code != "scope-violation")


def validate(lab, t, phone=PHONE, resolver=GATEWAY):
    """Android's check of the network: generate_204 over HTTP and over HTTPS. Returns the time of the end."""
    at = resolve(lab, t, CHECK, phone, resolver) + 0.002
    http.get(link(lab, at, phone, CHECK, 80), CHECK.name, "/generate_204", 204, close=False).close(SERVER)
    at = resolve(lab, t + 0.01, WWW, phone, resolver) + 0.002
    return https(lab, at, phone, WWW, WWW.name, request=180, answers=(90,))


def heartbeat(lab, t, phone=PHONE, sam=SAM, **options):
    """The phone asks SAM whether there is something to do. Returns the time of the end."""
    return https(lab, t, phone, sam, request=340, answers=(210,), **options)


def trigger(lab, t, phone=PHONE, sam=SAM, answered=True):
    """SAM asks the phone to come at once. Returns the time it has asked."""
    conn = Connection(lab, sam, phone, 9090, t, client_stack=LINUX, server_stack=ANDROID)
    if not answered:
        conn.syn(t, t + 1, t + 3, t + 7)
        return t + 7
    opaque.talk(conn.open(), 48, 16).close(CLIENT)
    return conn.now


def telemetry(lab, t, phone=PHONE, gateway=AMIE, pings=1):
    """The phone's battery and radio over MQTT inside TLS."""
    conn = link(lab, t, phone, gateway, 8883).open()
    mqtt.sealed(tls.open_13(conn, ""), NAME, pings)
    return conn.now


def directory(lab, t, phone=PHONE, server=DIRECTORY):
    """A look-up in the directory after StartTLS: bind and search are inside. Returns the time of the end."""
    conn = link(lab, t, phone, server, 389).open()
    ldap.Client(conn).start_tls()
    session = tls.exchange(conn, "", 70, (14,), alpn=())
    session.send(CLIENT, 90, acked=False)
    conn.received(CLIENT)
    session.send(SERVER, 120)
    session.close()
    return conn.now


def update(lab, t, phone=PHONE, server=UPDATES):
    conn = link(lab, t, phone, server, 80)
    http.get(conn, server.v4, "/updates/versity96/latest.json", body=b'{"version":"1.9.0.2431","url":"v96-2431.zip"}',
             kind="application/json")
    return conn.now


@scenario(site=VERSITY)
def versity_day(lab):
    """A Versity phone comes to the network: lease, network check over HTTP and HTTPS, clock, push, SAM heartbeat,
    syslog."""
    t = validate(lab, join(lab, full=True)) + 0.1
    t = ntp.ask(lab, dns.resolve(lab, t, PHONE, GATEWAY, NTP.name, [NTP.v4]) + 0.003, PHONE, NTP)
    push_session(lab, MTALK, 5228, resolve(lab, t + 0.2, MTALK) + 0.003)
    syslog.send(lab, t + 2, PHONE, LOGGING, NAME, "wifi: associated, rssi -58")
    heartbeat(lab, t + 3)
    syslog.send(lab, t + 9, PHONE, LOGGING, NAME, "sam: configuration is current")


@scenario(site=VERSITY)
def versity_services(lab):
    """Its other services: telemetry over MQTTS, the directory after StartTLS, a trigger of SAM's on tcp/9090 that it
    follows at once, the update server."""
    lab.arp(0, PHONE, GATEWAY)
    t = directory(lab, telemetry(lab, 1) + 5)
    update(lab, heartbeat(lab, trigger(lab, t + 10) + 0.8) + 5)


@scenario(finds=("expectation-late",), site=VERSITY)
def versity_sam_late(lab):
    """SAM triggers the phone on tcp/9090 twice; it answers, and comes to SAM only after four minutes."""
    lab.arp(0, PHONE, GATEWAY)
    for at in (2, 402):
        heartbeat(lab, trigger(lab, at) + 240)


@scenario(finds=("port-blocked-silently",), site=VERSITY)
def versity_sam_trigger_blocked(lab):
    """Triggers of SAM on tcp/9090 are not answered, while the phone is awake and talks to the same server: a filter
    between the point and the phone."""
    lab.arp(0, PHONE, GATEWAY)
    for at in (1, 61):
        trigger(lab, at + 0.2, answered=False)
        for later in (0, 2.5, 6):
            heartbeat(lab, at + later)


@scenario(finds=("peer-unreachable",), site=VERSITY)
def versity_sam_trigger_asleep(lab):
    """Triggers of SAM on tcp/9090 are not answered by a phone that was last heard of minutes before and is heard of
    minutes after: asleep or filtered, nothing here tells which."""
    lab.arp(0, PHONE, GATEWAY)
    heartbeat(lab, 1)
    for at in (301, 361):
        trigger(lab, at, answered=False)
    heartbeat(lab, 901)


@scenario(finds=("scope-violation",), never=ACCUSING_BUT_SCOPE, site="versity-public-site.yaml")
def versity_sam_public(lab):
    """The site has SAM at an address on the Internet; the document wants it in the private network."""
    lab.arp(0, PHONE, GATEWAY)
    for at in (1, 61):
        heartbeat(lab, at, sam=PUBLIC_SAM)


@scenario(finds=("unexpected-application",), site=VERSITY)
def versity_ssh_on_443(lab):
    """tcp/443 to SAM, where HTTPS is declared, carries SSH."""
    lab.arp(0, PHONE, GATEWAY)
    for at in (1, 31):
        conn = ssh.session(link(lab, at, PHONE, SAM, 443).open(), client="SSH-2.0-JSCH-0.1.54", after=1)
        conn.close(CLIENT)


@scenario(finds=("cleartext-credentials",), site=VERSITY)
def versity_ldap_clear(lab):
    """The directory is asked on tcp/389 without TLS: a simple bind with a name and a password that all can read."""
    lab.arp(0, PHONE, GATEWAY)
    client = ldap.Client(link(lab, 1, PHONE, DIRECTORY, 389).open())
    client.bind("cn=versity,ou=services,dc=example,dc=net", "not-a-secret")
    client.search()
    client.unbind()


@scenario(site=VERSITY)
def versity_ldap_anonymous(lab):
    """The same without a name and a password: in clear, but no secret in it."""
    lab.arp(0, PHONE, GATEWAY)
    client = ldap.Client(link(lab, 1, PHONE, DIRECTORY, 389).open())
    client.bind()
    client.search()
    client.unbind()


@scenario(site=VERSITY)
def versity_ldaps(lab):
    """The directory on tcp/636, TLS from the first byte."""
    lab.arp(0, PHONE, GATEWAY)
    https(lab, 1, PHONE, DIRECTORY, port=636, request=80, answers=(14, 120), alpn=())


@scenario(finds=("cleartext-credentials", "unexpected-application"), site=VERSITY)
def versity_mqtt_clear(lab):
    """tcp/8883 to the AMIE gateway carries MQTT without TLS, name and password in its CONNECT."""
    lab.arp(0, PHONE, GATEWAY)
    mqtt.clear(link(lab, 1, PHONE, AMIE, 8883).open(), NAME, "versity", "not-a-secret")


@scenario(finds=("port-blocked-silently",), site=VERSITY)
def versity_mqtts_blocked(lab):
    """tcp/8883 to the AMIE gateway is silent in two attempts, while the same host answers the phone's ping."""
    lab.arp(0, PHONE, GATEWAY)
    for at in (1, 61):
        ping(lab, at - 0.5, PHONE, AMIE)
        silent(lab, at, PHONE, AMIE, 8883)
    ping(lab, 80, PHONE, AMIE)
