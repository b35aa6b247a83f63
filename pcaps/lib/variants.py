"""The same capture as a worse observation point shows it. Frames in, frames out; nothing else is changed."""

import struct
from dataclasses import replace

from .net import GATEWAY
from .pcap import LINKTYPE_ETHERNET, Layout
from .wire import ETHERTYPE_VLAN, mac_bytes

YEAR = 365 * 86400 * 10**9
SNAPLENS = (54, 68, 96)


def from_gateway(frame):
    """Everything from beyond this link comes with a gateway's MAC; all gateways here share their maker's prefix."""
    return frame.data[6:9] == mac_bytes(GATEWAY.mac)[:3]


def one_way_client(frames):
    return [frame for frame in frames if not from_gateway(frame)]


def one_way_server(frames):
    return [frame for frame in frames if from_gateway(frame)]


def tag(frame, vlan=20):
    data = frame.data[:12] + struct.pack("!HH", ETHERTYPE_VLAN, vlan) + frame.data[12:]
    return replace(frame, data=data, wire=frame.wire + 4)


def tag_one_side(frames):
    return [tag(frame) if from_gateway(frame) else frame for frame in frames]


def by_time(frames):
    return sorted(frames, key=lambda frame: frame.time)


def duplicated(frames):
    """A span port of two ports shows each frame twice, the copy 8 to 95 µs later."""
    copies = [frame.at(frame.time + (8 + n * 37 % 88) * 1000) for n, frame in enumerate(frames)]
    return by_time([*frames, *copies])


def duplicated_tagged(frames):
    """The copy comes from a trunk: it carries a tag."""
    return by_time([*frames, *(tag(frame).at(frame.time + 30000) for frame in frames)])


def lossy(phase):
    """Every seventh frame is missing, from the phase on: over the seven phases every frame is lost once."""
    return lambda frames: [frame for n, frame in enumerate(frames) if n % 7 != phase]


def unchanged(frames):
    return frames


def cut(snaplen):
    return lambda frames: [frame.cut(snaplen) for frame in frames]


def later(frames):
    return [frame.at(frame.time + YEAR) for frame in frames]


# name: (what it is, frames to frames, how the file is written)
VARIANTS = {
    "oneway-client": ("only what stations on the link sent", one_way_client, Layout()),
    "oneway-server": ("only what came through the gateway", one_way_server, Layout()),
    "duplicated": ("every frame twice within 100 µs", duplicated, Layout()),
    "duplicated-tagged": ("every frame twice, the copy with a VLAN tag", duplicated_tagged, Layout()),
    "tagged": ("every frame with a VLAN tag", lambda frames: [tag(frame) for frame in frames], Layout()),
    "tagged-one-side": ("a VLAN tag on what the gateway sent", tag_one_side, Layout()),
    **{f"snap-{n}": (f"frames cut to {n} bytes", cut(n), Layout(snaplen=n)) for n in SNAPLENS},
    **{f"lossy-{n}": (f"every seventh frame missing, from frame {n + 1}", lossy(n), Layout()) for n in range(7)},
    "nanoseconds": ("nanosecond file format", unchanged, Layout(nano=True)),
    "big-endian": ("the other byte order", unchanged, Layout(order=">")),
    "year-later": ("the same a year later: address lists have aged", later, Layout()),
}
# Those that read or change an Ethernet header.
ETHERNET = ("oneway-client", "oneway-server", "duplicated-tagged", "tagged", "tagged-one-side")
VARIANTS["lossy"] = ("the same as lossy-6", lossy(6), Layout())


def applies(kind, frames):
    return kind not in ETHERNET or all(frame.link == LINKTYPE_ETHERNET for frame in frames)
