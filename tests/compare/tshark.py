"""What tshark says of a capture: one run with every field that is compared, kept in a cache.

The cache holds tshark's lines as they came, gzip-compressed, under a hash of the capture's bytes, tshark's version and
the command: it never has to be emptied to be right.
"""
import gzip
import hashlib
import os
import pathlib
import subprocess
import tempfile

# No names are looked up, conversations are put in order, RTP is looked for wherever UDP is.
OPTIONS = ["-n", "-o", "tcp.reassemble_out_of_order:TRUE", "--enable-heuristic", "rtp_udp", "--enable-heuristic", "rtcp_udp"]
SEPARATOR = "\x1f"  # between the occurrences of a field: no value has it

FIELDS = """frame.number frame.protocols frame.time_epoch frame.cap_len frame.len _ws.malformed
 ip.src ip.dst ip.proto ip.frag_offset ip.flags.mf ip.id ip.len ip.reassembled_in
 ipv6.src ipv6.dst ipv6.nxt ipv6.fraghdr.nxt ipv6.fraghdr.offset ipv6.fraghdr.more ipv6.fraghdr.ident
 ipv6.reassembled.in
 tcp.srcport tcp.dstport tcp.stream tcp.len tcp.flags.syn tcp.analysis.retransmission tcp.analysis.keep_alive
 udp.srcport udp.dstport udp.stream udp.length
 icmp.type icmp.code icmp.ident icmpv6.type icmpv6.code icmpv6.echo.identifier
 tls.handshake.type tls.handshake.extensions_server_name
 dns.id dns.flags.response dns.flags.rcode dns.flags.opcode dns.count.queries dns.count.answers dns.qry.name
 dns.qry.type dns.resp.name dns.resp.type dns.cname dns.a dns.aaaa
 http.request.method http.request.uri http.host http.response.code
 sip.Method sip.Status-Code sip.Call-ID sip.CSeq.method
 rtp.ssrc rtp.seq rtp.p_type""".split()


class Unreadable(Exception):
    """tshark reads nothing of the file."""


class Row(dict):
    """One frame: each field's occurrences, in order."""

    def one(self, field):
        return self[field][0] if self[field] else ""

    def number(self, field):
        return int(self.one(field) or "0", 0)

    def true(self, field):
        return self.one(field) in ("1", "True")


def version():
    return subprocess.run(["tshark", "--version"], capture_output=True, check=True).stdout.split(b"\n")[0].decode()


def arguments(options):
    out = [*OPTIONS, *options, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=" + SEPARATOR]
    for field in FIELDS:
        out += ["-e", field]
    return out


class Oracle:
    def __init__(self, cache, *options):
        self.arguments = arguments(options)
        self.cache = pathlib.Path(cache)
        self.cache.mkdir(parents=True, exist_ok=True)
        self.salt = "\n".join([version(), *self.arguments]).encode()

    def place_of(self, path):
        return self.cache / (hashlib.sha256(self.salt + pathlib.Path(path).read_bytes()).hexdigest()[:40] + ".gz")

    def lines(self, path):
        """tshark's output for the capture, from the cache where it is there."""
        place = self.place_of(path)
        try:
            return gzip.decompress(place.read_bytes())
        except (OSError, EOFError):
            pass
        done = subprocess.run(["tshark", "-r", path, *self.arguments], capture_output=True, check=False,
                              env={**os.environ, "TZ": "UTC", "LC_ALL": "C"})
        if b"aren't valid" in done.stderr:
            raise SystemExit(done.stderr.decode())
        with tempfile.NamedTemporaryFile(dir=self.cache, delete=False) as scratch:
            scratch.write(gzip.compress(done.stdout, 6, mtime=0))
        os.replace(scratch.name, place)
        return done.stdout

    def rows(self, path):
        """Every frame, in order."""
        for line in self.lines(path).decode("utf-8", "replace").split("\n"):
            values = line.split("\t")
            if len(values) == len(FIELDS):
                yield Row((field, value.split(SEPARATOR) if value else []) for field, value in zip(FIELDS, values))
