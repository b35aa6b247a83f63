"""One attempt to reach push, the same in every link header and every tunnel that is read: it must be found in each."""

from dataclasses import replace

from lib import inside, links
from lib.net import GATEWAY, PHONE
from . import ACCUSING, scenario
from .common import MTALK, connection, join, resolve, unanswered

FOUND = "peer-unreachable"
NEVER = tuple(code for code in ACCUSING if code != FOUND)
TEREDO_PHONE = replace(PHONE, v6="2001:0:cb00:7105:0:3fff:f5ff:fffd")

LINKS = {
    "null": (links.null, "BSD loopback (0)."),
    "ppp": (links.ppp, "PPP (9), its protocol field in one byte."),
    "ppp_hdlc": (links.ppp_hdlc, "PPP in HDLC-like framing (50)."),
    "raw": (links.raw_either, "Raw IP (101)."),
    "cisco_hdlc": (links.cisco_hdlc, "Cisco HDLC (104)."),
    "80211": (lambda frames: links.wlan(frames, GATEWAY.mac), "802.11 as it is (105)."),
    "loop": (links.loop, "OpenBSD loopback (108)."),
    "sll": (lambda frames: links.cooked(frames, 1), "Linux cooked capture (113)."),
    "prism": (lambda frames: links.prism(frames[2:], GATEWAY.mac), "802.11 behind a Prism header (119)."),
    "radiotap": (lambda frames: links.radiotap(frames, GATEWAY.mac), "802.11 behind radiotap (127), with check "
                 "sequences; a beacon and acknowledgments between, two requests in one A-MSDU, one frame protected."),
    "avs": (lambda frames: links.avs(frames, GATEWAY.mac), "802.11 behind an AVS header (163)."),
    "ppi": (lambda frames: links.ppi(frames, GATEWAY.mac), "802.11 with QoS behind PPI (192)."),
    "raw4": (links.raw, "Raw IPv4 (228)."),
    "sll2": (lambda frames: links.cooked(frames, 2), "Linux cooked capture, version 2 (276)."),
    "mpls": (links.mpls, "Ethernet, two MPLS labels."),
    "pseudo_wire": (links.pseudo_wire, "Ethernet in an MPLS pseudo-wire with control word."),
    "pppoe": (links.pppoe, "Ethernet, PPPoE."),
    "macsec": (links.macsec, "Ethernet, MACsec for integrity alone."),
}
TUNNELS = {
    "ipip": (inside.ipip, "IPv4 in IPv4."),
    "4in6": (inside.ip4_in_ip6, "IPv4 in IPv6."),
    "gre": (inside.gre, "GRE with checksum, key and sequence number."),
    "nvgre": (inside.nvgre, "NVGRE."),
    "pptp": (inside.pptp, "PPTP: GRE version 1 and PPP."),
    "erspan1": (inside.erspan_i, "ERSPAN type I."),
    "erspan2": (inside.erspan_ii, "ERSPAN type II."),
    "erspan3": (inside.erspan_iii, "ERSPAN type III with its subheader."),
    "etherip": (inside.etherip, "EtherIP."),
    "vxlan": (inside.vxlan, "VXLAN."),
    "vxlan_gpe": (inside.vxlan_gpe, "VXLAN-GPE, IPv4 next."),
    "geneve": (inside.geneve, "Geneve with an option."),
    "gtpu": (inside.gtpu, "GTP-U with sequence numbers and an extension header."),
    "l2tp": (inside.l2tp, "L2TPv2 and PPP."),
    "capwap": (inside.capwap, "CAPWAP with 802.11 frames, the long ones in two parts; a keep-alive."),
    "capwap_8023": (inside.capwap_ethernet, "CAPWAP with 802.3 frames."),
}
TUNNELS_V6 = {
    "6in4": (inside.ip6_in_ip4, "IPv6 in IPv4."),
    "6in6": (inside.ip6_in_ip6, "IPv6 in IPv6."),
    "teredo": (inside.teredo, "Teredo, the server's side with its indications."),
}


def attempt(lab):
    t = resolve(lab, join(lab), MTALK) + 0.003
    unanswered(lab, MTALK, t)
    unanswered(lab, MTALK, t + 75)


def attempt_v6(lab, phone):
    for at in (1, 76):
        connection(lab, MTALK, 5228, at, phone, family=6).syn(*(at + step for step in (0, 1, 3, 7, 15)))


def register(name, build, shows, finds, never, outcomes):
    build.__name__, build.__doc__ = name, shows
    scenario(finds=finds, never=never, outcomes=outcomes)(build)


def linked(name, change, shows):
    def build(lab):
        attempt(lab)
        lab.frames = change(lab.sorted())
    register(f"link_{name}", build, f"Push silent at one address, seen on another link: {shows}", (FOUND,), NEVER,
             ("no-reply", "no-reply"))


def tunnelled(name, change, shows):
    def build(lab):
        attempt(lab)
        lab.frames = change(lab.sorted(), GATEWAY.mac)
    register(f"inside_{name}", build, f"The same inside a tunnel: {shows}", (FOUND,), NEVER, ("no-reply", "no-reply"))


def tunnelled_v6(name, change, shows):
    def build(lab):
        attempt_v6(lab, TEREDO_PHONE if name == "teredo" else PHONE)
        lab.frames = change(lab.sorted(), GATEWAY.mac)
    register(f"inside_{name}", build, f"The same over IPv6 inside a tunnel: {shows}", (), ACCUSING,
             ("inconclusive", "inconclusive"))


for table, make in ((LINKS, linked), (TUNNELS, tunnelled), (TUNNELS_V6, tunnelled_v6)):
    for short, (how, what) in table.items():
        make(short, how, what)
