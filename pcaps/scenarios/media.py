"""Calls of a Versity phone: SIP, and media that is there both ways, or ought not to be, or ought to be."""

from lib import rtp, sip
from lib.net import GATEWAY, PHONE
from . import scenario
from .stations import CALLS, MEDIA, link
from .versity import VERSITY


def registered(lab, t=1, challenge=False):
    """The phone is known to its call server. Returns it, and the time of the last response."""
    lab.arp(t - 1, PHONE, GATEWAY)
    phone = sip.Phone(lab, PHONE, CALLS)
    return phone, phone.register(t, challenge=challenge)


def one_way(lab, phone, t, seconds, to="1002"):
    """A call whose answer says sendrecv; only the phone's media passes. Returns the time of the end."""
    call = phone.call(to, media=MEDIA)
    t = call.invite(t)
    up = call.uplink()
    up.report(up.talk(t, seconds))
    return call.bye(t + seconds + 1)


@scenario(site=VERSITY)
def call_healthy(lab):
    """Registration with a digest, a call, G.729 both ways between the phone's udp/2222 and a port over 4000, reports on
    udp/2223, and the end of the call."""
    phone, t = registered(lab, challenge=True)
    call = phone.call(media=MEDIA)
    t = call.invite(t + 3)
    call.bye(rtp.converse(call.uplink(), call.downlink(), t, 3) + 0.5)


@scenario(site=VERSITY)
def call_over_tcp(lab):
    """The same over SIP on tcp/5060."""
    lab.arp(0, PHONE, GATEWAY)
    phone = sip.Phone(lab, PHONE, CALLS, connection=link(lab, 1, PHONE, CALLS, 5060).open())
    call = phone.call(media=MEDIA)
    t = call.invite(phone.register(1.1) + 3)
    call.bye(rtp.converse(call.uplink(), call.downlink(), t, 2) + 0.5)


@scenario(finds=("one-way-media",), site=VERSITY)
def call_one_way(lab):
    """Both sides say sendrecv, and only what the phone says passes: no packet and no report comes back, while the
    signalling does."""
    phone, t = registered(lab)
    one_way(lab, phone, t + 3, 6.6)


@scenario(site=VERSITY)
def call_held(lab):
    """Media both ways, then the phone puts the other on hold (sendonly, recvonly) and plays music: one way, as said."""
    phone, t = registered(lab)
    call = phone.call(media=MEDIA)
    t = call.invite(t + 3)
    up, down = call.uplink(), call.downlink()
    t = rtp.converse(up, down, t, 0.9, reports=False)
    t = call.invite(t, "sendonly", "recvonly", again=True)
    up.report(up.talk(t, 4.2))
    call.bye(t + 5)


@scenario(site=VERSITY)
def call_listening(lab):
    """An announcement: the phone offers recvonly, the answer is sendonly, and media comes one way, as said."""
    phone, t = registered(lab)
    call = phone.call("7000", media=MEDIA)
    t = call.invite(t + 3, "recvonly", "sendonly", ring=0.1)
    down = call.downlink()
    down.report(down.talk(t, 6))
    call.bye(t + 6.5)


@scenario(site=VERSITY)
def call_muted(lab):
    """Media both ways; then the phone's user mutes: it sends reports only, the other side goes on talking."""
    phone, t = registered(lab)
    call = phone.call(media=MEDIA)
    t = call.invite(t + 3)
    up, down = call.uplink(), call.downlink()
    t = rtp.converse(up, down, t, 1.2)
    down.talk(t, 4.2)
    for at in (1.5, 4.2):
        up.report(t + at, down)
    call.bye(t + 5)


@scenario(site=VERSITY)
def call_comfort_noise(lab):
    """The phone's user listens: its media is one comfort noise packet every half second, the other side talks."""
    phone, t = registered(lab)
    call = phone.call(media=MEDIA, noise=True)
    t = call.invite(t + 3)
    up, down = call.uplink(), call.downlink()
    up.noise(t, 5)
    down.talk(t + 0.01, 5)
    up.report(t + 5, down)
    down.report(t + 5.02, up)
    call.bye(t + 5.5)


@scenario(site=VERSITY)
def call_early_media(lab):
    """Before the answer the other side plays its ringing tone (183 with SDP): one way, until the phone may talk."""
    phone, t = registered(lab)
    call = phone.call(media=MEDIA)
    progress, t = call.invite(t + 3, early=True, ring=4.2)
    down = call.downlink()
    down.talk(progress + 0.02, t - progress - 0.02)
    call.bye(rtp.converse(call.uplink(), down, t, 0.9) + 0.5)
