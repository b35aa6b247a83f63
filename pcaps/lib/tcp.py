"""One TCP connection as the observation point sees it (RFC 9293, 7323 timestamps, 6298 repeats).

Every method writes packets and moves `now`, the time of the last of them. A side's answer follows one turn of its host
later. Nothing is acknowledged that was not sent, so a scenario says what happens and the numbers come right.
"""

from dataclasses import dataclass, field, replace

from . import wire
from .net import Host
from .wire import ACK, FIN, PSH, RST, SYN

CLIENT, SERVER = 0, 1


@dataclass
class Stack:
    """What one end's TCP shows of itself."""

    window: int          # in its SYN, unscaled
    scale: int
    mss: int
    timestamps: bool = True

    def options(self, stamps):
        return wire.tcp_options(self.mss, True, stamps if self.timestamps else None, self.scale)


ANDROID = Stack(65535, 9, 1460)
WINDOWS = Stack(64240, 8, 1460, timestamps=False)
GOOGLE = Stack(65535, 8, 1412)
LINUX = Stack(65160, 7, 1460)


@dataclass
class Side:
    host: Host
    port: int
    stack: Stack
    isn: int
    clock: int           # timestamp value at time zero, ms
    ipid: int
    next: int = 0        # next sequence number to send
    acked: int = 0       # next sequence number expected from the other side
    echo: int = 0        # last timestamp received
    sent: list = field(default_factory=list)


class Connection:
    def __init__(self, lab, client, server, port, t, family=4, client_stack=None, server_stack=GOOGLE):
        self.lab, self.family, self.now = lab, family, t
        client_stack = client_stack or (WINDOWS if client.windows else ANDROID)
        self.sides = [self.side(client, lab.port(client), client_stack), self.side(server, port, server_stack)]
        self.stamps = client_stack.timestamps and server_stack.timestamps

    def side(self, host, port, stack):
        isn = self.lab.number(32)
        if self.family == 6:
            stack = replace(stack, mss=stack.mss - 20)
        return Side(host, port, stack, isn, self.lab.number(30), self.lab.number(16), next=isn)

    # one packet

    def packet(self, who, t, flags, payload=b"", seq=None, ack=None, options=None, window=None, ttl=None, ipid=None):
        """A packet of `who` at t; the bytes of its IP packet are returned. Numbers default to the state."""
        me, peer = self.sides[who], self.sides[1 - who]
        seq = me.next if seq is None else seq
        if ack is None:
            ack = me.acked if flags & ACK else 0
        if options is None:
            options = wire.tcp_options(timestamps=(self.tick(me, t), me.echo)) if self.stamps else b""
        if window is None:
            window = min(me.stack.window, 65535) if flags & SYN else (me.stack.window * 2 >> me.stack.scale)
        if ipid is None:
            me.ipid = (me.ipid + 1) & 0xFFFF
            ipid = me.ipid
        body = wire.tcp(me.host.address(self.family), peer.host.address(self.family), me.port, peer.port, seq, ack,
                        flags, window, options, payload)
        self.now = t
        return self.lab.ip(t, me.host, peer.host, wire.PROTO_TCP, body, self.family, ttl=ttl, ipid=ipid)

    @staticmethod
    def tick(side, t):
        return (side.clock + round(t * 1000)) & 0xFFFFFFFF

    def heard(self, who, t):
        """What `who` sent at t has reached the other side: it will acknowledge it and echo its time."""
        me, peer = self.sides[who], self.sides[1 - who]
        peer.acked, peer.echo = me.next, self.tick(me, t)

    # coming up, or not

    def syn(self, *times):
        """The SYN and its repeats: the same sequence number, a new timestamp. The last packet's bytes are returned."""
        me = self.sides[CLIENT]
        packet = b""
        for t in times:
            packet = self.packet(CLIENT, t, SYN, seq=me.isn, options=me.stack.options((self.tick(me, t), 0)))
        me.next = (me.isn + 1) & 0xFFFFFFFF
        return packet

    def syn_ack(self, t=None):
        """First or repeated, as if nothing but the SYN had arrived; IP ID 0, as Linux answers a SYN."""
        me = self.sides[SERVER]
        if me.next == me.isn:
            self.heard(CLIENT, self.now)
        t = self.now + self.lab.wait(me.host) if t is None else t
        stamps = (self.tick(me, t), me.echo) if self.stamps else None
        options = wire.tcp_options(me.stack.mss, True, stamps, me.stack.scale)
        self.packet(SERVER, t, SYN | ACK, seq=me.isn, ack=self.sides[CLIENT].isn + 1, options=options, ipid=0)
        me.next = (me.isn + 1) & 0xFFFFFFFF

    def established(self, t=None):
        """The client's ACK of the SYN-ACK."""
        self.heard(SERVER, self.now)
        self.ack(CLIENT, t)

    def open(self, t=None):
        self.syn(self.now if t is None else t)
        self.syn_ack()
        self.established()
        return self

    def refused(self, t, window=0):
        """RST, ACK of the server's own stack: its TTL, its round trip."""
        self.reset_syn(t, self.sides[SERVER].host.ttl, window)

    def reset_syn(self, t, ttl, window=0):
        """RST, ACK with sequence 0 that acknowledges the SYN, from whoever has this TTL; Linux: IP ID 0, no options."""
        self.packet(SERVER, t, RST | ACK, seq=0, ack=self.sides[CLIENT].isn + 1, options=b"", window=window,
                    ttl=ttl, ipid=0)

    # talking

    def ack(self, who, t=None):
        me = self.sides[who]
        self.packet(who, self.now + self.lab.wait(me.host) if t is None else t, ACK)

    def send(self, who, payload, t=None, acked=True, segment=None):
        """Payload in segments of the path's size; the other side acknowledges the last unless told otherwise."""
        me, peer = self.sides[who], self.sides[1 - who]
        t = self.now + self.lab.wait(me.host) if t is None else t
        size = segment or min(me.stack.mss, peer.stack.mss) - (12 if self.stamps else 0)
        for at in range(0, len(payload), size):
            part = payload[at:at + size]
            flags = ACK | (PSH if at + size >= len(payload) else 0)
            self.packet(who, t, flags, part)
            me.sent.append((me.next, part))
            me.next = (me.next + len(part)) & 0xFFFFFFFF
            t += 0.000012
        if acked:
            self.heard(who, self.now)
            self.ack(1 - who)
        return self

    def received(self, who):
        """The other side has what `who` sent; its next packet will say so."""
        self.heard(who, self.now)

    def repeat(self, who, *times):
        """Retransmissions of the last segment that `who` sent."""
        seq, part = self.sides[who].sent[-1]
        for t in times:
            self.packet(who, t, ACK | PSH, part, seq=seq)

    # going down

    def reset(self, who, t=None, ttl=None, forged=False):
        """forged: as a Linux firewall writes it, without options and with IP ID 0."""
        me = self.sides[who]
        t = self.now + self.lab.wait(me.host) if t is None else t
        self.packet(who, t, RST | ACK, options=b"" if forged else None, window=0, ttl=ttl, ipid=0 if forged else None)

    def fin(self, who, t=None):
        me = self.sides[who]
        self.packet(who, self.now + self.lab.wait(me.host) if t is None else t, FIN | ACK)
        me.next = (me.next + 1) & 0xFFFFFFFF

    def close(self, who=CLIENT, t=None):
        """FIN, FIN, ACK."""
        self.fin(who, t)
        self.heard(who, self.now)
        self.fin(1 - who)
        self.heard(1 - who, self.now)
        self.ack(who)

    @classmethod
    def midstream(cls, lab, client, server, port, t, **stacks):
        """A connection that came up before the capture began."""
        self = cls(lab, client, server, port, t, **stacks)
        for side, peer in (self.sides, reversed(self.sides)):
            side.next = (side.isn + 1000 + lab.number(16)) & 0xFFFFFFFF
        for who in (CLIENT, SERVER):
            self.heard(who, t - 60)
        return self
