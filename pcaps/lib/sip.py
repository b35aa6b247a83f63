"""SIP (RFC 3261) with SDP (RFC 4566, offers and answers RFC 3264) over UDP or TCP: registration and calls of one
phone.
"""

from . import rtp
from .tcp import CLIENT, SERVER

PHONE_MEDIA = 2222
REASONS = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 401: "Unauthorized", 403: "Forbidden"}
DOMAIN = "example.net"
CS3 = 24   # DSCP of call signalling (RFC 4594)


def sdp(address, port, session, direction="sendrecv", noise=False):
    kinds = f"{rtp.G729} {rtp.COMFORT_NOISE}" if noise else f"{rtp.G729}"
    lines = ["v=0", f"o=- {session} 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0",
             f"m=audio {port} RTP/AVP {kinds}", "a=rtpmap:18 G729/8000", "a=ptime:60", f"a={direction}"]
    if noise:
        lines.insert(7, "a=rtpmap:13 CN/8000")
    return "\r\n".join(lines).encode() + b"\r\n"


class Phone:
    """A phone and its call server. Over TCP all messages share one connection, which must be up."""

    def __init__(self, lab, host, server, user="1001", connection=None, port=5060, mtu=1500):
        self.lab, self.host, self.server, self.user = lab, host, server, user
        self.connection, self.port, self.mtu = connection, port, mtu
        self.transport = "TCP" if connection else "UDP"
        self.tag, self.calls = f"{lab.number(32):08x}", 0
        self.sequence = 1

    def pass_on(self, t, who, data):
        """One message past the observation point. Returns its time."""
        if self.connection:
            self.connection.send(who, data, t)
            return self.connection.now
        ends = (self.host, self.server) if who == CLIENT else (self.server, self.host)
        if len(data) + 28 > self.mtu:
            packets = [packet for _, packet in self.lab.fragments(*ends, self.port, self.port, data, self.mtu, CS3)]
            self.lab.pass_packets(t, *ends, packets)
            return t + (len(packets) - 1) * 0.0001
        self.lab.udp(t, *ends, self.port, self.port, data, dscp=CS3)
        return t

    def answered(self, t):
        """When the server's next message passes after one of the phone's at t."""
        return t + self.lab.wait(self.server)

    def message(self, first, method, to, call, sequence, branch, ours=True, body=b"", **fields):
        """Our requests and the responses to them share From, Call-ID and the topmost Via."""
        user = f"<sip:{self.user}@{DOMAIN}>;tag={self.tag}"
        other = f"<sip:{to}@{DOMAIN}>" + ("" if first.startswith(("INVITE", "REGISTER")) or " 100 " in first else
                                          f";tag={call[:6]}")
        via = f"{self.host.v4 if ours else self.server.v4}:{self.port}"
        said = {"Via": f"SIP/2.0/{self.transport} {via};branch=z9hG4bK{branch}", "Max-Forwards": None, "From": user,
                "To": other, "Call-ID": call, "CSeq": f"{sequence} {method}"}
        if not ours:
            said["From"], said["To"] = other, user
        if not first.startswith("SIP/2.0"):
            said["Max-Forwards"] = 70
        said |= {name.replace("_", "-"): value for name, value in fields.items()}
        if body:
            said["Content-Type"] = "application/sdp"
        lines = [first, *(f"{name}: {value}" for name, value in said.items() if value is not None),
                 f"Content-Length: {len(body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def register(self, t, status=200, challenge=True):
        """REGISTER, a challenge to it, and again with digest credentials. Returns the time of the last response."""
        call = f"r{self.lab.number(32):08x}@{self.host.v4}"
        contact = f"<sip:{self.user}@{self.host.v4}:{self.port};transport={self.transport.lower()}>"
        nonce = f"{self.lab.number(48):012x}"
        digest = (f'Digest username="{self.user}", realm="{DOMAIN}", nonce="{nonce}", uri="sip:{DOMAIN}", '
                  f'response="{self.lab.bytes(16).hex()}", algorithm=MD5')
        for credentials, code in ((None, 401), (digest, status)) if challenge else ((None, status),):
            branch = f"{self.lab.number(32):08x}"
            t = self.pass_on(t, CLIENT, self.message(f"REGISTER sip:{DOMAIN} SIP/2.0", "REGISTER", self.user, call,
                                                     self.sequence, branch, Contact=contact, Expires=3600,
                                                     Authorization=credentials))
            fields = {"WWW_Authenticate": f'Digest realm="{DOMAIN}", nonce="{nonce}", algorithm=MD5'} if code == 401 \
                else {"Contact": contact + ";expires=3600"} if code == 200 else {}
            t = self.pass_on(self.answered(t), SERVER, self.message(f"SIP/2.0 {code} {REASONS[code]}", "REGISTER",
                                                                    self.user, call, self.sequence, branch, **fields))
            self.sequence += 1
            t += self.lab.wait(self.host)
        return t

    def call(self, to="1002", **options):
        return Call(self, to, **options)


class Call:
    """A call that the phone makes through its server; media with the server's address or another gateway's."""

    def __init__(self, phone, to, media=None, media_port=None, noise=False):
        self.phone, self.lab, self.to, self.noise = phone, phone.lab, to, noise
        self.media = media or phone.server
        self.media_port = media_port or 16384 + 2 * phone.lab.number(10)
        self.id = f"{self.lab.number(48):012x}@{phone.host.v4}"
        self.sequence = 100

    def uplink(self, **options):
        return rtp.Stream(self.lab, self.phone.host, PHONE_MEDIA, self.media, self.media_port, **options)

    def downlink(self, **options):
        return rtp.Stream(self.lab, self.media, self.media_port, self.phone.host, PHONE_MEDIA, **options)

    def request(self, t, method, branch, body=b"", **fields):
        return self.phone.pass_on(t, CLIENT, self.phone.message(
            f"{method} sip:{self.to}@{DOMAIN} SIP/2.0", method, self.to, self.id, self.sequence, branch, body=body,
            Contact=f"<sip:{self.phone.user}@{self.phone.host.v4}>" if method == "INVITE" else None, **fields))

    def response(self, t, status, branch, method="INVITE", body=b""):
        return self.phone.pass_on(t, SERVER, self.phone.message(
            f"SIP/2.0 {status} {REASONS[status]}", method, self.to, self.id, self.sequence, branch, body=body,
            Contact=f"<sip:{self.to}@{self.phone.server.v4}>" if status == 200 and method == "INVITE" else None))

    def invite(self, t, ours="sendrecv", theirs="sendrecv", ring=1.2, early=False, again=False):
        """INVITE to ACK. Returns the time media may flow; with `early`, the time of the 183 as well."""
        self.sequence += 1
        branch = f"{self.lab.number(32):08x}"
        lab, phone = self.lab, self.phone
        session = lab.number(24)
        answer = sdp(self.media.v4, self.media_port, session + 1, theirs, self.noise)
        offer = sdp(phone.host.v4, PHONE_MEDIA, session, ours, self.noise)
        t = phone.answered(self.request(t, "INVITE", branch, offer))
        t = self.response(t, 100, branch)
        progress = None
        if not again:
            progress = t = self.response(t + 0.03, 183 if early else 180, branch, body=answer if early else b"")
        t = self.response(t + (0.02 if again else ring), 200, branch, body=answer)
        t = self.request(t + lab.wait(phone.host), "ACK", f"{lab.number(32):08x}") + 0.01
        return (progress, t) if early else t

    def bye(self, t):
        self.sequence += 1
        branch = f"{self.lab.number(32):08x}"
        t = self.phone.answered(self.request(t, "BYE", branch))
        return self.response(t, 200, branch, "BYE")
