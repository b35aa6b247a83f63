"""Who is there beside the phone: the servers behind the gateway, consoles, laptops and switches on the link."""

import struct

from lib import dns, tcp, tls, wire
from lib.net import GATEWAY, Host, internet
from lib.tcp import LINUX


def inside(name, v4, turn=0.0012):
    """A server of the site's own, in another network behind the gateway."""
    return Host(name, v4, GATEWAY.mac, "", 63, turn, router=True)


SAM = inside("sam", "10.1.0.20")
LOGGING = inside("logging", "10.1.0.21")
UPDATES = inside("updates", "10.1.0.22")
CALLS = inside("calls", "10.1.0.30")
MEDIA = inside("media-gateway", "10.1.0.31")
DIRECTORY = inside("directory", "10.1.0.40")
AMIE = inside("amie", "10.1.0.50")
PROXY = inside("proxy", "10.1.0.8")
PROXY_PORT = 3128
NTP = internet("time.example.net", "192.0.2.123", ttl=52, turn=0.021)
STRANGER = internet("stranger", "198.51.100.23", ttl=47, turn=0.061)

HMC = Host("hmc", "10.0.0.40", "40:f2:e9:00:10:40", turn=0.0006)
HMC_TWIN = Host("hmc-2", "10.0.0.41", "40:f2:e9:00:10:41", turn=0.0006)
HMC_OTHER = Host("hmc-other", "10.0.0.42", "40:f2:e9:00:10:42", turn=0.0006)
LAPTOP = Host("laptop", "10.0.0.60", "3c:97:0e:11:22:60", ttl=128, windows=True)
ROAMSERVER = Host("roamserver", "10.0.0.70", "00:50:56:00:10:70", turn=0.0005)
CAM_MANAGER = Host("cam-manager", "10.0.0.100", "00:06:67:00:01:00", turn=0.0005)
CAM_SECOND = Host("cam-second", "10.0.0.101", "00:06:67:00:01:01", turn=0.0005)
CAM_DEVICE = Host("cam-device", "10.0.0.110", "00:06:67:00:02:10", turn=0.0009)
CAM_OTHER = Host("cam-device-2", "10.0.0.111", "00:06:67:00:02:11", turn=0.0009)
CAM_CLIENT = Host("cam-client", "10.0.0.120", "3c:97:0e:11:22:20", ttl=128, turn=0.001, windows=True)
CAM_ADMIN = Host("cam-admin", "10.0.0.121", "3c:97:0e:11:22:21", ttl=128, turn=0.001, windows=True)
LINK_BROADCAST = "10.0.0.255"


def link(lab, t, host, server, port, stack=LINUX):
    """A connection, not yet open, to a server that is no Google front end."""
    return tcp.Connection(lab, host, server, port, t, client_stack=None if host.windows else LINUX, server_stack=stack)


def look_up(lab, t, host, server, resolver=GATEWAY):
    """The host asks for the server's name. Returns the time it can connect."""
    return dns.resolve(lab, t, host, resolver, server.name, [server.v4]) + 0.002


def https(lab, t, host, server, name="", port=443, request=391, answers=(612,), **options):
    """TLS, one request, its answer, close. Without a name none is in the ClientHello. Returns the time of the end."""
    conn = link(lab, t, host, server, port)
    tls.fetch(conn, name, request, answers, **options)
    return conn.now


def named_https(lab, t, host, server, resolver=GATEWAY, **options):
    """The same after a look-up of the server's own name."""
    return https(lab, look_up(lab, t, host, server, resolver), host, server, server.name, **options)


def silent(lab, t, host, server, port, times=(0, 1, 3, 7, 15)):
    """SYNs that nobody answers. Returns the time of the last."""
    link(lab, t, host, server, port).syn(*(t + at for at in times))
    return t + times[-1]


def ping(lab, t, host, target):
    """ICMP echo (RFC 792) and its reply."""
    ident, data = lab.number(16), bytes(range(16, 72))
    for kind, src, dst, at in ((8, host, target, t), (0, target, host, t + lab.wait(target))):
        lab.ip(at, src, dst, wire.PROTO_ICMP, wire.icmp(kind, 0, struct.pack("!HH", ident, 1), data))
