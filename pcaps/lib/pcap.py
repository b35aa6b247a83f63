"""Classic pcap files of one link type (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds."""

import struct
from dataclasses import dataclass, replace

LINKTYPE_ETHERNET = 1
MAGIC_MICRO, MAGIC_NANO = 0xA1B2C3D4, 0xA1B23C4D


@dataclass(frozen=True)
class Frame:
    """One captured frame: time in ns since 1970 UTC, the bytes, the length on the wire, and the link type."""

    time: int
    data: bytes
    wire: int
    link: int = LINKTYPE_ETHERNET

    def at(self, time):
        return replace(self, time=time)

    def cut(self, snaplen):
        return replace(self, data=self.data[:snaplen])


@dataclass(frozen=True)
class Layout:
    """How the file is written; it says nothing about what is in it."""

    snaplen: int = 262144
    nano: bool = False
    order: str = "<"


def encode(frames, layout=Layout()):
    unit = 1 if layout.nano else 1000
    link = frames[0].link if frames else LINKTYPE_ETHERNET
    magic = MAGIC_NANO if layout.nano else MAGIC_MICRO
    out = [struct.pack(layout.order + "IHHiIII", magic, 2, 4, 0, 0, layout.snaplen, link)]
    for frame in frames:
        seconds, rest = divmod(frame.time, 10**9)
        out.append(struct.pack(layout.order + "IIII", seconds, rest // unit, len(frame.data), frame.wire) + frame.data)
    return b"".join(out)
