"""RTP and RTCP (RFC 3550, 3551; comfort noise RFC 3389): media of a call, with numbers that count up."""

import struct

from .ntp import stamp

G729, COMFORT_NOISE = 18, 13
RATE = 8000
G729_FRAME, G729_PERIOD = 10, 0.010   # bytes and seconds
EF = 46                               # DSCP of voice (RFC 4594)


class Stream:
    """What one end sends: its own SSRC, sequence and clock; RTCP from the next port."""

    def __init__(self, lab, src, sport, dst, dport, kind=G729, period=0.06):
        self.lab, self.src, self.sport, self.dst, self.dport = lab, src, sport, dst, dport
        self.kind, self.period = kind, period
        self.ssrc, self.sequence, self.start = lab.number(32), lab.number(15), lab.number(31)
        self.count = self.octets = 0
        self.began = None

    def clock(self, t):
        self.began = t if self.began is None else self.began
        return (self.start + round((t - self.began) * RATE)) & 0xFFFFFFFF

    def packet(self, t, payload, kind=None, marker=False):
        self.sequence = (self.sequence + 1) & 0xFFFF
        kind = self.kind if kind is None else kind
        head = struct.pack("!BBHII", 0x80, marker << 7 | kind, self.sequence, self.clock(t), self.ssrc)
        self.count, self.octets = self.count + 1, self.octets + len(payload)
        late = self.lab.number(8) / 256 * 0.0008
        self.lab.udp(t + late, self.src, self.dst, self.sport, self.dport, head + payload, dscp=EF)

    def talk(self, t, seconds):
        """Speech (G.729: 10 bytes every 10 ms) from t on. Returns the time after it."""
        size = round(self.period / G729_PERIOD) * G729_FRAME
        for n in range(round(seconds / self.period)):
            self.packet(t + n * self.period, self.lab.bytes(size), marker=n == 0)
        return t + seconds

    def speak(self, t, seconds, burst=0.72, pause=1.28):
        """Speech with silence suppression (G.729 annex B): bursts, each followed by a description of the silence."""
        begin = t
        while t < begin + seconds:
            t = self.talk(t, burst)
            self.packet(t, self.lab.bytes(2))
            t += pause
        return t

    def noise(self, t, seconds, every=0.5):
        """Silence: one comfort noise packet now and then."""
        for n in range(round(seconds / every)):
            self.packet(t + n * every, b"\x4e", COMFORT_NOISE)
        return t + seconds

    def report(self, t, other=None, lost=0):
        """A sender report with a block on the other stream, if it is heard, and the name."""
        block = b""
        if other and other.count:
            block = struct.pack("!IIIIII", other.ssrc, lost, other.sequence, 12, 0, 0)
        body = struct.pack("!IQIII", self.ssrc, stamp(self.lab, t), self.clock(t), self.count, self.octets) + block
        name = self.src.v4.encode()
        item = b"\1" + bytes([len(name)]) + name + b"\0"
        chunk = struct.pack("!I", self.ssrc) + item + b"\0" * (-len(item) % 4)
        packets = [(0x80 | (1 if block else 0), 200, body), (0x81, 202, chunk)]
        self.lab.udp(t, self.src, self.dst, self.sport + 1, self.dport + 1,
                     b"".join(struct.pack("!BBH", first, kind, len(data) // 4) + data for first, kind, data in packets))


def converse(one, other, t, seconds, reports=True):
    """Both talk; each reports on the other at the end. Returns the time after it."""
    one.talk(t, seconds)
    other.talk(t + 0.013, seconds)
    if reports:
        one.report(t + seconds, other)
        other.report(t + seconds + 0.02, one)
    return t + seconds + 0.03
