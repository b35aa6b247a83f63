"""IBM HMC over the Internet VPN: IKE and ESP, behind a NAT or not, and its ways to fail."""

from lib import ntp
from lib.ike import Tunnel
from lib.net import GATEWAY
from . import scenario
from .hmc import ibm
from .stations import HMC, NTP, look_up

VPN = "hmc-vpn-site.yaml"
SERVER = ibm("vpn", "129.42.160.16")
SECOND = ibm("vpn-2", "207.25.252.196")


def tunnel(lab, t, nat=False, server=SERVER, host=HMC, **suite):
    """Main and quick mode. Returns the tunnel and the time it is up."""
    up = Tunnel(lab, host, server, nat, **suite)
    return up, up.quick_mode(up.main_mode(t)) + 0.1


@scenario(finds=("traffic-in-tunnel", "weak-crypto"), site=VPN)
def hmc_vpn(lab):
    """Main mode with a pre-shared key, 3DES and MD5 as the document has it, quick mode, ESP both ways. Both are below
    today's minimum. What is inside cannot be seen, so call home outside of it is not missed."""
    lab.arp(0, HMC, GATEWAY)
    up, t = tunnel(lab, 1)
    up.traffic(t, 30)


@scenario(finds=("traffic-in-tunnel", "weak-crypto"), site=VPN)
def hmc_vpn_nat(lab):
    """The same behind a NAT: from the fifth message on udp/4500, ESP inside UDP, keep-alives every 20 s."""
    lab.arp(0, HMC, GATEWAY)
    up, t = tunnel(lab, 1, nat=True)
    up.traffic(t, 60, every=4)


@scenario(finds=("peer-unreachable", "weak-crypto"), site=VPN)
def hmc_vpn_silent(lab):
    """The first message of main mode is repeated to both servers and never answered; the console's clock works."""
    lab.arp(0, HMC, GATEWAY)
    for at in (0.5, 75):
        ntp.ask(lab, look_up(lab, at, HMC, NTP), HMC, NTP)
    for start, server in ((1, SERVER), (71, SECOND)):
        up = Tunnel(lab, HMC, server)
        for at in (0, 10, 30):
            up.open_association(start + at)


@scenario(never=("port-blocked-silently", "port-rejected", "peer-unreachable", "service-refused", "one-way-media",
                 "forbidden-flow", "scope-violation"), site=VPN)
def hmc_vpn_refused(lab):
    """The server wants none of the proposals and says so (notification 14): a setting, no filter."""
    lab.arp(0, HMC, GATEWAY)
    for start in (1, 61):
        up = Tunnel(lab, HMC, SERVER)
        up.refuse(up.answer(up.open_association(start), 0))


@scenario(finds=("port-blocked-silently",), never=("peer-unreachable", "service-refused", "required-missing"), site=VPN)
def hmc_vpn_esp_blocked(lab):
    """IKE completes, and no ESP comes back: protocol 50 is dropped where udp/500 passes."""
    lab.arp(0, HMC, GATEWAY)
    for at in (1, 121):
        up, t = tunnel(lab, at)
        up.traffic(t, 40, answered=False)
    ntp.ask(lab, look_up(lab, 400, HMC, NTP), HMC, NTP)
