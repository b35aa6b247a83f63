"""A capture as tshark reads it, in the terms of both: who talked with whom, and what was said."""
import collections
import ipaddress
import re

EXTENSIONS = ("ipv6.hopopts", "ipv6.dstopts", "ipv6.fraghdr", "ah")
# Names of tshark's for what stands directly in IP.
PROTOCOLS = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "icmpv6": "icmpv6", "igmp": "igmp", "esp": "esp", "gre": "gre",
             "ospf": "ospf", "pim": "pim", "vrrp": "vrrp", "sctp": "sctp", "udplite": "udplite"}
NUMBERS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah", 58: "icmpv6", 89: "ospf",
           103: "pim", 112: "vrrp", 132: "sctp"}
ERRORS = {"icmp": ("3", "4", "5", "11", "12"), "icmpv6": ("1", "2", "3", "4")}
ECHOES = {"icmp": ("0", "8"), "icmpv6": ("128", "129")}

Header = collections.namedtuple("Header", "protocol src sport dst dport")


class Talk:
    """All packets between two ends: a 5-tuple without direction."""

    def __init__(self):
        self.packets = self.duplicates = self.payload = self.repeats = self.first = self.last = 0
        self.carried = 0  # further packets, which carried something

    def add(self, frame, payload=0, repeat=False):
        self.first = min(self.first or frame, frame)
        self.last = max(self.last, frame)
        self.packets += 1
        self.payload += payload
        self.repeats += repeat


class Digest:
    """What is compared; a side may know more of some things than the other, those are in `open`."""

    def __init__(self):
        self.packets = 0
        self.talks = collections.defaultdict(Talk)     # ends: Talk
        self.sni = set()                               # (ends, name)
        self.dns = {}                                  # (client, server, …): addresses
        self.http = collections.defaultdict(list)      # ends: hosts of its requests
        self.sip = collections.defaultdict(list)       # ends: (Call-ID, method or status)
        self.rtp = collections.Counter()               # (Header, SSRC): packets
        self.icmp = collections.Counter()              # (source, type, code, Header): errors
        self.unplaced = collections.Counter()          # (protocol, address, address): packets of unknown ports
        self.cut = set()                               # ends of which something was not captured
        self.doubtful = set()                          # frames whose messages tshark's fields do not tell apart


def ends_of(header):
    """The 5-tuple of a header, the same for both directions."""
    a, b = sorted([(header.src, header.sport), (header.dst, header.dport)])
    return header.protocol, *a, *b


def pair_of(header):
    return header.protocol, *sorted([header.src, header.dst])


def address(text):
    """A mapped IPv4 address is an IPv4 address to us."""
    return text[7:] if text.startswith("::ffff:") and "." in text else text


def readable(text):
    """A text of either side, whatever is not printable as one question mark."""
    text = re.sub(r"\\x[0-9a-f]{2}", "\0", text)
    return re.sub(r"\?+", "?", "".join(c if " " <= c <= "~" and c != "\\" else "?" for c in text))


class Walk:
    """The headers of one frame, from the outside in."""

    def __init__(self, row):
        self.row, self.used = row, collections.Counter()
        self.headers, self.quote, self.icmp = [], None, None
        self.fragment = self.whole = False
        layers = row.one("frame.protocols").split(":")
        while layers:
            layers = self.step(layers)

    def take(self, field):
        values, n = self.row[field], self.used[field]
        self.used[field] += 1
        return values[n] if n < len(values) else ""

    def step(self, layers):
        name, rest = layers[0], layers[1:]
        if name not in ("ip", "ipv6"):
            return rest
        header, rest = self.take_ip(name, rest)
        self.whole = not self.fragment or bool(rest) and rest[0] == header.protocol
        if rest and rest[0] in ("tcp", "udp") and header.protocol == rest[0]:
            sport, dport = self.take(rest[0] + ".srcport"), self.take(rest[0] + ".dstport")
            if sport and dport:
                header = header._replace(sport=int(sport), dport=int(dport))
            rest = rest[1:]
        if self.icmp:
            self.quote = header
            return []
        if rest and rest[0] in ("icmp", "icmpv6") and header.protocol == rest[0]:
            header = self.take_icmp(header)
            rest = rest[1:]
        self.headers.append(header)
        return rest

    def take_ip(self, name, rest):
        src, dst = self.take(name + ".src"), self.take(name + ".dst")
        if name == "ip":
            number = self.take("ip.proto")
            offset, more = self.take("ip.frag_offset"), self.take("ip.flags.mf")
            self.fragment = offset not in ("", "0") or more in ("1", "True")
        else:
            number, self.fragment = self.take("ipv6.nxt"), False
        while rest and (rest[0] in EXTENSIONS or rest[0].startswith("ipv6.routing")):
            if rest[0] == "ipv6.fraghdr":
                number = self.take("ipv6.fraghdr.nxt")
                offset, more = self.take("ipv6.fraghdr.offset"), self.take("ipv6.fraghdr.more")
                self.fragment = offset not in ("", "0") or more in ("1", "True")
            rest = rest[1:]
        protocol = PROTOCOLS.get(rest[0]) if rest else None
        protocol = protocol or NUMBERS.get(int(number or 255), number)
        return Header(protocol, address(src), 0, address(dst), 0), rest

    def take_icmp(self, header):
        kind, code = self.take(header.protocol + ".type"), self.take(header.protocol + ".code")
        if kind in ECHOES[header.protocol]:
            number = self.take("icmp.ident" if header.protocol == "icmp" else "icmpv6.echo.identifier")
            return header._replace(sport=int(number or "0", 0), dport=int(number or "0", 0))
        if kind in ERRORS[header.protocol]:
            self.icmp = header.src, int(kind), int(code or 0)
        return header


# ---- what was said ----

def dns_answers(row):
    """Addresses of the question's name, found anew along its aliases in the records of the answer section."""
    kinds = {"1": list(row["dns.a"]), "28": list(row["dns.aaaa"]), "5": list(row["dns.cname"])}
    records = []
    for owner, kind in list(zip(row["dns.resp.name"], row["dns.resp.type"]))[:row.number("dns.count.answers")]:
        if kinds.get(kind):
            records.append((owner.lower(), kind, kinds[kind].pop(0)))
    name = row.one("dns.qry.name").lower()
    while True:
        alias = next((r for r in records if r[0] == name and r[1] == "5"), None)
        if not alias:
            return frozenset(str(ipaddress.ip_address(r[2])) for r in records if r[0] == name and r[1] != "5")
        records.remove(alias)
        name = alias[2].lower()


def add_dns(d, row, header, frame):
    if len(row["dns.id"]) != 1 or row["_ws.malformed"] or row.number("dns.flags.opcode"):
        d.doubtful.add(frame)
        return
    if not row.true("dns.flags.response"):
        return
    asked = row.number("dns.count.queries")
    name = "" if not asked or row.one("dns.qry.name") == "<Root>" else readable(row.one("dns.qry.name").lower())
    key = (header.dst, header.src, header.sport, header.protocol, name, row.number("dns.qry.type") if asked else 0,
           row.number("dns.flags.rcode"))
    d.dns.setdefault(key, []).append((frame, dns_answers(row) if asked else None))


def authority(uri):
    return uri.split("://", 1)[1].split("/")[0].split("?")[0]


def add_http(d, row, ends):
    hosts, uris, methods = list(row["http.host"]), row["http.request.uri"], row["http.request.method"]
    if len(methods) != len(hosts):
        hosts = hosts if len(methods) == 1 else [""] * len(methods)
    for method, uri, host in zip(methods, uris, hosts or [""] * len(methods)):
        if method == "CONNECT":
            host = uri
        elif "://" in uri.split("?")[0]:
            host = authority(uri)
        d.http[ends].append(readable(host))


def add_sip(d, row, ends):
    calls, words = row["sip.Call-ID"], row["sip.Method"] + row["sip.Status-Code"]
    if len(words) == 1:
        d.sip[ends].append((readable(calls[0]) if calls else "", words[0]))
    else:  # which belongs to which is not said
        d.sip[ends] += [(None, word) for word in words]


def add_messages(d, row, header, ends, frame):
    if row["dns.id"]:
        add_dns(d, row, header, frame)
    if "1" in row["tls.handshake.type"]:
        d.sni |= {(ends, readable(name)) for name in row["tls.handshake.extensions_server_name"]}
    if row["http.request.method"] and header.protocol == "tcp":
        add_http(d, row, ends)
    if row["sip.Method"] or row["sip.Status-Code"]:
        add_sip(d, row, ends)
    for ssrc in row["rtp.ssrc"]:
        d.rtp[(header, int(ssrc, 0))] += 1


def is_repeat(row):
    """Repeated SYNs are counted by themselves."""
    return bool(row["tcp.analysis.retransmission"]) and not row["tcp.analysis.keep_alive"] and \
        not row.true("tcp.flags.syn")


def add_packet(talk, row, header, frame):
    if header.protocol == "tcp" and row["tcp.len"]:
        talk.add(frame, int(row["tcp.len"][-1]), is_repeat(row))
    else:
        talk.add(frame)


def digest(rows):
    d, waiting = Digest(), collections.defaultdict(list)
    for row in rows:
        frame = d.packets = row.number("frame.number")
        walk = Walk(row)
        if not walk.headers:
            continue
        header = walk.headers[-1]
        if not walk.whole:
            whole = row.number("ip.reassembled_in") or row.number("ipv6.reassembled.in")
            waiting[whole].append((frame, header))
            continue
        ends = ends_of(header)
        if walk.quote:
            d.icmp[(*walk.icmp, walk.quote)] += 1
            continue
        if walk.icmp:  # an error that quotes nothing may be a packet of its own, or nobody's
            d.unplaced[pair_of(header)] += 1
            continue
        if row.number("frame.cap_len") < row.number("frame.len"):
            d.cut.add(ends)
        for earlier, _ in waiting.pop(frame, []):
            d.talks[ends].add(earlier)
        add_packet(d.talks[ends], row, header, frame)
        add_messages(d, row, header, ends, frame)
    for fragments in waiting.values():
        for _, header in fragments:
            d.unplaced[pair_of(header)] += 1
    return d
