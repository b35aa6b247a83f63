"""Reads classic pcap and pcapng files into frames, and writes frames as every form there is of them.

pcap: draft-ietf-opsawg-pcap; pcapng: draft-ietf-opsawg-pcapng. This is no reader for files that lie.
"""
import gzip
import pathlib
import struct
import subprocess
from dataclasses import dataclass

from lib.pcap import MAGIC_MICRO, MAGIC_NANO, Frame

SECTION, INTERFACE, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 3, 6
ORDER_MARK = 0x1A2B3C4D
OPTION_END, OPTION_TSRESOL = 0, 9
SNAPLEN = 262144


@dataclass(frozen=True)
class Capture:
    """Frames of one link type, in the order of the file."""

    link: int
    frames: tuple
    nano: bool  # some time is no whole microsecond


def capture_of(link, frames):
    return Capture(link, tuple(frames), any(frame.time % 1000 for frame in frames))


# ---- reading ----

def read(path):
    data = pathlib.Path(path).read_bytes()
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        return read_pcapng(data)
    return read_pcap(data)


def read_pcap(data):
    order = next(o for o in "<>" if struct.unpack(o + "I", data[:4])[0] in (MAGIC_MICRO, MAGIC_NANO))
    magic, _, _, _, _, _, link = struct.unpack(order + "IHHiIII", data[:24])
    unit = 1 if magic == MAGIC_NANO else 1000
    frames, at = [], 24
    while at + 16 <= len(data):
        seconds, part, captured, wire = struct.unpack_from(order + "IIII", data, at)
        frames.append(Frame(seconds * 10**9 + part * unit, data[at + 16:at + 16 + captured], wire))
        at += 16 + captured
    return capture_of(link & 0xFFFF, frames)


def resolution_of(options, order):
    """Ticks a second, by the interface's options."""
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from(order + "HH", options, at)
        if code == OPTION_TSRESOL:
            exponent = options[at + 4]
            return 2 ** (exponent & 0x7F) if exponent & 0x80 else 10 ** exponent
        at += 4 + (size + 3 & ~3)
    return 10**6


def read_pcapng(data):
    order, interfaces, frames, at = "<", [], [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if struct.unpack_from("<I", data, at + 8)[0] == ORDER_MARK else ">"
            interfaces = []
        kind, size = struct.unpack_from(order + "II", data, at)
        body = data[at + 8:at + size - 4]
        if kind == INTERFACE:
            interfaces.append((struct.unpack_from(order + "H", body)[0], resolution_of(body[8:], order)))
        elif kind == ENHANCED:
            interface, high, low, captured, wire = struct.unpack_from(order + "IIIII", body)
            link, ticks = interfaces[interface]
            frames.append((link, Frame((high << 32 | low) * 10**9 // ticks, body[20:20 + captured], wire)))
        at += size
    links = {link for link, _ in frames}
    if len(links) != 1:
        raise ValueError("several link types")
    return capture_of(links.pop(), [frame for _, frame in frames])


# ---- writing ----

def pcap(capture, order="<", nano=None):
    nano = capture.nano if nano is None else nano
    unit = 1 if nano else 1000
    out = [struct.pack(order + "IHHiIII", MAGIC_NANO if nano else MAGIC_MICRO, 2, 4, 0, 0, SNAPLEN, capture.link)]
    for frame in capture.frames:
        seconds, rest = divmod(frame.time, 10**9)
        out.append(struct.pack(order + "IIII", seconds, rest // unit, len(frame.data), frame.wire) + frame.data)
    return b"".join(out)


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(capture, order="<", nano=True):
    """A section with a block that nobody knows, and every packet in an enhanced block."""
    options = struct.pack(order + "HHB3xHH", OPTION_TSRESOL, 1, 9 if nano else 6, OPTION_END, 0)
    unit = 1 if nano else 1000
    out = [block(order, SECTION, struct.pack(order + "IHHq", ORDER_MARK, 1, 0, -1)),
           block(order, INTERFACE, struct.pack(order + "HHI", capture.link, 0, SNAPLEN) + options),
           block(order, 0x0BAD0BAD, b"somebody's own")]
    for frame in capture.frames:
        ticks = frame.time // unit
        head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame.data), frame.wire)
        out.append(block(order, ENHANCED, head + frame.data))
    return b"".join(out)


def gzipped(data):
    return gzip.compress(data, 6, mtime=0)


def zstandard(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
