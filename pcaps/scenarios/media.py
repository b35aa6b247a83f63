"""Calls of a Versity phone: SIP, and media that is there both ways, or ought not to be, or ought to be."""

from lib import rtp, sip
from lib.net import GATEWAY, PHONE
from lib.tcp import CLIENT
from . import scenario
from .stations import CALLS, MEDIA, link
from .versity import VERSITY, directory


def registered(lab, t=1, challenge=False):
    """The phone is known to its call server. Returns it, and the time of the last response."""
    lab.arp(t - 1, PHONE, GATEWAY)
    phone = sip.Phone(lab, PHONE, CALLS)
    return phone, phone.register(t, challenge=challenge)


def both_ways(phone, t, seconds):
    """A call with media both ways. Returns the time of the end."""
    call = phone.call(media=MEDIA)
    t = call.invite(t)
    return call.bye(rtp.converse(call.uplink(), call.downlink(), t, seconds) + 0.5)


def one_way(phone, t, seconds, to="1002"):
    """A call whose answer says sendrecv; only the phone's media passes. Returns the time of the end."""
    call = phone.call(to, media=MEDIA)
    t = call.invite(t)
    up = call.uplink()
    t = up.speak(t, seconds)
    up.report(t)
    return call.bye(t + 1)


@scenario(site=VERSITY)
def call_healthy(lab):
    """Registration with a digest, a call, G.729 both ways between the phone's udp/2222 and a port over 4000, reports on
    udp/2223, and the end of the call."""
    phone, t = registered(lab, challenge=True)
    both_ways(phone, t + 3, 3)


@scenario(site=VERSITY)
def call_over_tcp(lab):
    """The same over SIP on tcp/5060."""
    lab.arp(0, PHONE, GATEWAY)
    phone = sip.Phone(lab, PHONE, CALLS, connection=link(lab, 1, PHONE, CALLS, 5060).open())
    both_ways(phone, phone.register(1.1) + 3, 2)


@scenario(finds=("one-way-media",), site=VERSITY)
def call_one_way(lab):
    """Both sides say sendrecv, and only what the phone says passes: no packet and no report comes back, while the
    signalling does."""
    phone, t = registered(lab)
    one_way(phone, t + 3, 16)


@scenario(site=VERSITY)
def call_held(lab):
    """Media both ways, then the phone puts the other on hold (sendonly, recvonly) and plays music: one way, as said."""
    phone, t = registered(lab)
    call = phone.call(media=MEDIA)
    t = call.invite(t + 3)
    up, down = call.uplink(), call.downlink()
    t = rtp.converse(up, down, t, 0.9, reports=False)
    t = call.invite(t, "sendonly", "recvonly", again=True)
    t = up.speak(t, 12)
    up.report(t)
    call.bye(t + 1)


@scenario(site=VERSITY)
def call_listening(lab):
    """An announcement: the phone offers recvonly, the answer is sendonly, and media comes one way, as said."""
    phone, t = registered(lab)
    call = phone.call("7000", media=MEDIA)
    t = call.invite(t + 3, "recvonly", "sendonly", ring=0.1)
    down = call.downlink()
    t = down.speak(t, 16)
    down.report(t)
    call.bye(t + 1)


@scenario(site=VERSITY)
def call_muted(lab):
    """Media both ways; then the phone's user mutes: it sends reports only, the other side goes on talking."""
    phone, t = registered(lab)
    call = phone.call(media=MEDIA)
    t = call.invite(t + 3)
    up, down = call.uplink(), call.downlink()
    t = rtp.converse(up, down, t, 1.2)
    end = down.speak(t, 12)
    for at in (t + 5, end):
        up.report(at, down)
    call.bye(end + 1)


@scenario(site=VERSITY)
def call_comfort_noise(lab):
    """The phone's user listens: its media is one comfort noise packet a second, the other side talks."""
    phone, t = registered(lab)
    call = phone.call(media=MEDIA, noise=True)
    t = call.invite(t + 3)
    up, down = call.uplink(), call.downlink()
    up.noise(t, 14, every=1)
    t = down.speak(t + 0.01, 14)
    up.report(t, down)
    down.report(t + 0.02, up)
    call.bye(t + 1)


@scenario(site=VERSITY)
def call_early_media(lab):
    """Before the answer the other side plays its ringing tone (183 with SDP): one way, until the phone may talk."""
    phone, t = registered(lab)
    call = phone.call(media=MEDIA)
    progress, t = call.invite(t + 3, early=True, ring=14)
    down = call.downlink()
    down.speak(progress + 0.02, 13)
    call.bye(rtp.converse(call.uplink(), down, t, 0.9) + 0.5)


@scenario(finds=("peer-unreachable",), site=VERSITY)
def sip_unanswered(lab):
    """REGISTER is repeated as RFC 3261 has it and never answered, twice; the phone's directory answers."""
    lab.arp(0, PHONE, GATEWAY)
    directory(lab, 0.5)
    phone = sip.Phone(lab, PHONE, CALLS)
    for at in (5, 65):
        register = phone.message(f"REGISTER sip:{sip.DOMAIN} SIP/2.0", "REGISTER", phone.user,
                                 f"r{lab.number(32):08x}@{PHONE.v4}", 1, f"{lab.number(32):08x}",
                                 Contact=f"<sip:{phone.user}@{PHONE.v4}:5060>", Expires=3600)
        for later in (0, 0.5, 1.5, 3.5, 7.5, 11.5):
            phone.pass_on(at + later, CLIENT, register)
    directory(lab, 300)


def registrations(lab, spoil):
    """REGISTER in two fragments, repeated and never answered, twice; `spoil` says which packets of each are seen. The
    phone's directory answers."""
    lab.arp(0, PHONE, GATEWAY)
    directory(lab, 0.5)
    phone = sip.Phone(lab, PHONE, CALLS)
    for at in (5, 65):
        register = phone.message(f"REGISTER sip:{sip.DOMAIN} SIP/2.0", "REGISTER", phone.user,
                                 f"r{lab.number(32):08x}@{PHONE.v4}", 1, f"{lab.number(32):08x}",
                                 Contact=f"<sip:{phone.user}@{PHONE.v4}:5060>", Expires=3600)
        for later in (0, 1.5, 7.5):
            parts = lab.fragments(PHONE, CALLS, 5060, 5060, register, 316, sip.CS3)
            lab.pass_packets(at + later, PHONE, CALLS, spoil([packet for _, packet in parts]))
    directory(lab, 300)


@scenario(site=VERSITY)
def call_in_fragments(lab):
    """Registration and a call whose larger messages come in fragments, as through a tunnel: they are read as if they had
    come whole, and the media that they announce is declared."""
    lab.arp(0, PHONE, GATEWAY)
    phone = sip.Phone(lab, PHONE, CALLS, mtu=396)
    both_ways(phone, phone.register(1, challenge=False) + 3, 0.6)


@scenario(site=VERSITY)
def sip_fragment_missing(lab):
    """Of every REGISTER the second fragment is not there. Whether the server ever got it whole is not known, so its
    silence proves nothing."""
    registrations(lab, lambda parts: parts[:1])


@scenario(site=VERSITY)
def sip_fragment_overlap(lab):
    """The first fragment of every REGISTER comes twice with different content: hosts throw such datagrams away (RFC
    5722), so nobody knows what was asked, and the silence proves nothing."""
    registrations(lab, lambda parts: [parts[0], parts[0][:-1] + b"!", parts[1]])
