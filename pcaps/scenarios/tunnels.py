"""Tunnels beside a phone that seems to do nothing: what is inside cannot be seen, so absence says nothing."""

from lib import tunnel
from lib.net import GATEWAY, PHONE, Host, internet
from . import scenario
from .common import installations, join
from .hmc_vpn import tunnel as vpn
from .stations import inside

POINT = Host("access-point", "10.0.0.2", "00:0b:86:00:10:02", turn=0.0006)
CONTROLLER = inside("controller", "10.1.0.2")
CONCENTRATOR = internet("vpn.example.com", "203.0.113.5", ttl=50, turn=0.03)
SPAN = 5400
SPARSE = 170      # seconds: less than a UDP flow may be idle


@scenario(finds=("traffic-in-tunnel",), never=("required-missing", "port-blocked-silently", "peer-unreachable",
                                               "service-refused", "dns-failure"))
def tunnel_ipsec(lab):
    """A push phone with a VPN: IKE, then an hour and a half of ESP in udp/4500 and nothing else. Push may be inside."""
    t = join(lab)
    up, t = vpn(lab, t + 1, True, CONCENTRATOR, PHONE, encryption=7, digest=4, group=14, key_bits=128)
    for n in range(SPAN // SPARSE):
        up.esp(t + n * SPARSE, 0, 32)
        up.esp(t + n * SPARSE + 0.04, 1, 32)
    lab.arp(t + SPAN + 1, GATEWAY, PHONE)


@scenario(finds=("traffic-in-tunnel",), never=("required-missing", "port-blocked-silently", "peer-unreachable",
                                               "service-refused", "dns-failure"))
def tunnel_capwap(lab):
    """An access point tunnels stations to its controller inside DTLS. Of the phone, one lease and one exchange are
    seen outside; whatever else it does in an hour and a half is inside."""
    installations(lab, join(lab) + 3)
    capwap = tunnel.Capwap(lab, POINT, CONTROLLER)
    capwap.traffic(5, SPAN, SPARSE)
    installations(lab, SPAN + 10)


@scenario(finds=("traffic-in-tunnel",), never=("required-missing", "port-blocked-silently", "peer-unreachable",
                                               "service-refused", "dns-failure"))
def tunnel_gre(lab):
    """The same with GRE between access point and controller, and ESP inside it."""
    installations(lab, join(lab) + 3)
    tunnel.gre_traffic(lab, 5, (POINT, CONTROLLER), ("172.16.0.2", "172.16.0.1"), SPAN, SPARSE)
    installations(lab, SPAN + 10)
