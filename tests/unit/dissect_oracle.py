#!/usr/bin/env python3
"""Compares what the dissectors say with what tshark says, over real captures.

    dissect_oracle.py DISSECT_DUMP [CAPTURE...]      (the corpus: $PLUMBLINE_CORPUS)

DNS and DHCP datagram by datagram, TLS hellos and certificates stream by stream. Differences that stay are listed in
EXPLAINED with their reason; any other difference, or an explanation that fits nothing any more, fails.
Exit status: 0 agreed, 1 not, 77 skipped.
"""
import collections
import ipaddress
import os
import re
import shutil
import subprocess
import sys

CAPTURES = """CESNET_ipfixprobe/dns.pcap CESNET_ipfixprobe/dnssd.pcap CESNET_ipfixprobe/mixed.pcap
 DNS-OARC_PacketQ/sample-rfc1035escape.pcap DNS-OARC_dnscap/src/test/frags.pcap
 OISF_suricata-verify/dns/dns-forward-pointer/input.pcap OISF_suricata-verify/dns/dns-z-bit/input.pcap
 OISF_suricata-verify/dns/bug-1158/input.pcap OISF_suricata-verify/tls/tls13-draft22/tls13_draft22.pcap
 OISF_suricata-verify/base64-decode-5885/input.pcap andypitcher_IoT_Sentinel/D-LinkSensor/Setup-C-8-STA.pcap
 andypitcher_IoT_Sentinel/EdimaxPlug1101W/Setup-C-4-STA.pcap andypitcher_IoT_Sentinel/WeMoLink/Setup-A-9-STA.pcap
 andypitcher_IoT_Sentinel/WeMoLink/Setup-A-11-STA.pcap andypitcher_IoT_Sentinel/WeMoSwitch/Setup-A-10-STA.pcap
 cisco_joy/dhcp.pcap cisco_joy/sample.pcap cisco_mercury/unit_tests/pcaps/mdns_capture.pcap
 cisco_mercury/unit_tests/pcaps/surfshark.pcap
 cloudflare_mitmengine/browsers/computer-Windows-XP-ie-6.0/handshake.pcap
 cloudflare_mitmengine/browsers/computer-Windows-7-firefox-41.0/handshake.pcap debian_wireshark/dhcp.pcapng
 LibtraceTeam_libprotoident/test/lpi_test.erf.gz ntop_nDPI/android.pcap ntop_nDPI/ocs.pcap
 ntop_nDPI/KakaoTalk_chat.pcap ntop_nDPI/starcraft_battle.pcap ntop_nDPI/quic-27.pcap
 seladb_PcapPlusPlus/Packet++Test/PacketExamples/PPPoESession.pcap""".split()

EXPLAINED = {
    ("DNS-OARC_PacketQ/sample-rfc1035escape.pcap", "dns:name"): "tshark writes a zero byte as \\000",
    ("OISF_suricata-verify/dns/dns-forward-pointer/input.pcap", "dns:missing"):
        "the name's pointer leads forwards: RFC 1035, 4.1.4 says a prior occurrence",
}

# at least so much must have been compared, and MCS found in the four push sessions of surfshark.pcap alone
LEAST = {"dns": 500, "dns addresses": 300, "dhcp": 30, "dhcpv6": 2, "tls client": 100, "tls server": 80, "tls cert": 20}
MCS = 4

FIELDS = """frame.number frame.protocols udp.srcport udp.dstport udp.length udp.payload tcp.stream tcp.srcport
 tcp.dstport tcp.seq_raw tcp.len tcp.flags.syn tcp.flags.ack tcp.payload dns.id dns.flags.response dns.flags.rcode
 dns.flags.opcode dns.qry.name dns.qry.type dns.count.queries dns.count.answers dns.resp.name dns.resp.type
 dns.cname dns.a dns.aaaa _ws.malformed
 dhcp.option.dhcp dhcp.id dhcp.ip.your dhcp.ip.client dhcp.hw.mac_addr dhcp.option.hostname
 dhcp.option.vendor_class_id dhcp.option.dhcp_server_id dhcp.option.router dhcp.option.domain_name_server
 dhcp.option.requested_ip_address dhcp.option.ip_address_lease_time dhcpv6.msgtype dhcpv6.xid dhcpv6.iaaddr.ip
 dhcpv6.dns_server dhcpv6.duidll.link_layer_addr dhcpv6.duidllt.link_layer_addr
 tls.handshake.type tls.handshake.version tls.handshake.extensions.supported_version
 tls.handshake.extensions_server_name tls.handshake.ciphersuite tls.handshake.extensions_alpn_str
 x509ce.dNSName frame.cap_len frame.len""".split()

SEEN = collections.Counter()


class Row(dict):
    def one(self, field):
        return self[field].split("|")[0]

    def list(self, field):
        return [v for v in self[field].split("|") if v]

    def number(self, field):
        return int(self.one(field) or "0", 0)


def tshark(path, fields, more=(), row=Row):
    """Every packet with payload, and every SYN, as one row of these fields; `more`: further options of tshark."""
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E",
               "aggregator=|", "-Y", "udp.payload || tcp.payload || tcp.flags.syn == 1", *more]
    for field in fields:
        command += ["-e", field]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, TZ="UTC"))
    if b"aren't valid" in run.stderr:
        sys.exit(run.stderr.decode())
    for line in run.stdout.decode("utf-8", "replace").split("\n"):
        values = line.split("\t")
        if len(values) == len(fields):
            yield row(zip(fields, values))


class Stream:
    """The two sides of one TCP stream in order: what is late is put back, what is missing is a gap."""

    def __init__(self, tag, row):
        self.tag = tag
        ports = row.one("tcp.srcport"), row.one("tcp.dstport")
        answer = row.one("tcp.flags.syn") in ("1", "True") and row.one("tcp.flags.ack") in ("1", "True")
        self.initiator = ports[1] if answer else ports[0]
        self.ports = (ports[1], ports[0]) if answer else ports
        self.next = [None, None]
        self.waiting = [[], []]
        self.lines = []

    def side(self, row):
        return 0 if row.one("tcp.srcport") == self.ports[0] else 1

    def add(self, row):
        side, seq = self.side(row), row.number("tcp.seq_raw")
        if row.one("tcp.flags.syn") in ("1", "True"):
            self.next[side] = (seq + 1) & 0xffffffff
            seq += 1
        n = row.number("tcp.len")
        if not n:
            return
        data = row.one("tcp.payload").replace(":", "")
        if self.next[side] is None:
            self.next[side] = seq
        self.waiting[side].append((seq, n, data))
        self.drain(side)

    def drain(self, side, all_of_it=False):
        moved = True
        while moved and self.waiting[side]:
            moved = False
            for segment in sorted(self.waiting[side], key=lambda s: self.ahead(side, s[0])):
                seq, n, data = segment
                ahead = self.ahead(side, seq)
                if ahead > 0 and not all_of_it:
                    break
                self.waiting[side].remove(segment)
                moved = True
                if ahead > 0:
                    self.lines.append(f"g {self.tag} {side} {ahead}")
                elif ahead < 0:
                    data, n = data[-ahead * 2:], n + ahead
                if n > 0:
                    self.next[side] = (seq + segment[1]) & 0xffffffff
                    self.lines.append(f"t {self.tag} {side} {self.ports[0]} {self.ports[1]} {data or '-'} {n}")
                break

    def ahead(self, side, seq):
        d = (seq - self.next[side]) & 0xffffffff
        return d - (1 << 32) if d > 1 << 31 else d


def dump(program, lines):
    run = subprocess.run([program], input=("\n".join(lines) + "\n").encode(), stdout=subprocess.PIPE)
    said = collections.defaultdict(list)
    for line in run.stdout.decode("latin-1").split("\n"):
        tag, _, rest = line.partition(" ")
        if rest:
            said[int(tag)].append(rest)
    if run.returncode:
        print(f"{program} ended with {run.returncode}")
        sys.exit(1)
    return said


def readable(text):
    """A name from either side, whatever is not printable as one question mark."""
    text = re.sub(r"\\x[0-9a-f]{2}", "\x00", text)
    return re.sub(r"\?+", "?", "".join(c if " " <= c <= "~" and c != "\\" else "?" for c in text))


def fields_of(line):
    return dict(re.findall(r"(\w+)=((?:\S| (?!\w+=|\w+$|ech$|retry$))*)", line))


def answers_of_tshark(row):
    """Chain and addresses of the question's name, found anew from the records of the answer section."""
    kinds = {"1": row.list("dns.a"), "28": row.list("dns.aaaa"), "5": row.list("dns.cname")}
    records = []
    owners_and_types = zip(row["dns.resp.name"].split("|"), row.list("dns.resp.type"))
    for owner, kind in list(owners_and_types)[:row.number("dns.count.answers")]:
        if kind in kinds and kinds[kind]:
            records.append((owner.lower(), kind, kinds[kind].pop(0)))
    name, chain = row.one("dns.qry.name").lower(), []
    while True:
        alias = next((r for r in records if r[0] == name and r[1] == "5"), None)
        if not alias:
            break
        records.remove(alias)
        name = alias[2].lower()
        chain.append(readable(name))
    return chain[:8], sorted(set(str(ipaddress.ip_address(r[2])) for r in records if r[0] == name and r[1] != "5"))


def dns_of_tshark(row):
    if not row["dns.id"] or "|" in row["dns.id"] or row["_ws.malformed"] or row.number("dns.flags.opcode"):
        return None
    chain, answers = answers_of_tshark(row)
    return {
        "id": str(row.number("dns.id")), "response": row.one("dns.flags.response") in ("1", "True"),
        "rcode": str(row.number("dns.flags.rcode")),
        "name": "" if row.one("dns.qry.name") == "<Root>" else readable(row.one("dns.qry.name").lower()),
        "type": str(row.number("dns.qry.type")), "chain": chain, "answers": answers,
    }


def compare_dns(row, said):
    theirs = dns_of_tshark(row)
    if not theirs or (not theirs["name"] and row.number("frame.cap_len") < row.number("frame.len")):
        return
    line = next((s for s in said if " dns " in s), None)
    SEEN["dns"] += 1
    if not line:
        yield "dns:missing", str(theirs), str(said)
        return
    f = fields_of(line)
    addresses = [a.split("/")[0] for a in f["answers"].split("+")[0].split(",") if a]
    ours = {
        "id": f["id"], "response": "dns response" in line, "rcode": f["rcode"], "type": f["type"],
        "name": readable(f["name"]),
        "chain": [readable(n) for n in f["chain"].split("+")[0].split(",") if n],
        "answers": sorted(set(str(ipaddress.ip_address(a)) for a in addresses)),
    }
    for key in theirs:
        if key in ("chain", "answers"):
            if not theirs["response"] or not row.number("dns.count.queries"):
                continue
            if "+" in f["answers"] or "+" in f["chain"]:
                SEEN["dns partial"] += 1
                if set(ours[key]) <= set(theirs[key]):
                    continue
            if key == "answers":
                SEEN["dns addresses"] += len(ours[key])
        if ours[key] != theirs[key]:
            yield "dns:" + key, str(theirs[key]), str(ours[key])


DHCP4 = (("dhcp.option.router", "routers"), ("dhcp.option.domain_name_server", "dns"))


def compare_dhcp(row, said):
    if "|" in row["dhcp.option.dhcp"] or "|" in row["dhcpv6.msgtype"] or row["_ws.malformed"]:
        return
    line = next((s for s in said if " dhcp v" in s), None)
    f = fields_of(line) if line else {}
    pairs = []
    if row["dhcp.option.dhcp"]:
        SEEN["dhcp"] += 1
        address = next((row.one(k) for k in ("dhcp.ip.your", "dhcp.ip.client", "dhcp.option.requested_ip_address")
                        if row.one(k) not in ("", "0.0.0.0")), "::")
        pairs = [("message", row.one("dhcp.option.dhcp")), ("xid", str(row.number("dhcp.id"))), ("address", address),
                 ("client", row.one("dhcp.hw.mac_addr") or "00:00:00:00:00:00"),
                 ("host", readable(row.one("dhcp.option.hostname"))),
                 ("class", readable(row.one("dhcp.option.vendor_class_id"))),
                 ("lease", str(row.number("dhcp.option.ip_address_lease_time"))),
                 ("server", row.one("dhcp.option.dhcp_server_id") or "::")]
        pairs += [(ours, ",".join(row.list(theirs)[:4])) for theirs, ours in DHCP4]
    elif row["dhcpv6.msgtype"]:
        SEEN["dhcpv6"] += 1
        macs = row.list("dhcpv6.duidllt.link_layer_addr") + row.list("dhcpv6.duidll.link_layer_addr")
        pairs = [("message", row.one("dhcpv6.msgtype")), ("xid", str(row.number("dhcpv6.xid"))),
                 ("address", row.one("dhcpv6.iaaddr.ip") or "::"), ("dns", ",".join(row.list("dhcpv6.dns_server")[:4]))]
        if f.get("client", "00:00:00:00:00:00") not in macs + ["00:00:00:00:00:00"]:
            pairs.append(("client", str(macs)))
    for key, theirs in pairs:
        ours = readable(f.get(key, "none"))
        if ours != theirs:
            yield "dhcp:" + key, theirs, ours


def grease(version):
    return version & 0x0f0f == 0x0a0a


def hellos_of_tshark(row, stream):
    """What tshark says of the hellos and certificates in this frame; adds to stream.client and stream.server."""
    types = row.list("tls.handshake.type")
    hellos = [t for t in types if t in ("1", "2")]
    if len(hellos) == 1:
        versions = [int(v, 0) for v in row.list("tls.handshake.extensions.supported_version")]
        versions = [0x0304 if v >> 8 == 0x7f else v for v in versions if not grease(v)]
        said = {
            "version": max(versions) if versions else row.number("tls.handshake.version"),
            "sni": readable(row.one("tls.handshake.extensions_server_name")),
            "alpn": [a for a in row.list("tls.handshake.extensions_alpn_str")],
        }
        if hellos == ["2"]:
            said["cipher"] = row.number("tls.handshake.ciphersuite")
            del said["sni"]
        (stream.server if hellos == ["2"] else stream.client).append(said)
    elif len(hellos) > 1:
        stream.several = True
    if "11" in types and row["x509ce.dNSName"]:
        stream.names = stream.names or row.list("x509ce.dNSName")


def compare_tls(stream, said):
    clients = [fields_of(s) for s in said if " client " in s]
    servers = [fields_of(s) for s in said if " server " in s]
    certs = [fields_of(s) for s in said if " cert " in s]
    if stream.several or (not said and (stream.client or stream.server)):
        SEEN["tls inside another protocol"] += not said
        return
    for kind, theirs, ours in (("client", stream.client[:1], clients), ("server", stream.server, servers)):
        SEEN["tls " + kind] += len(theirs)
        if len(theirs) < len(ours):  # tshark waits for a whole record, and for what is late
            SEEN["tls more"] += 1
            continue
        if len(theirs) != len(ours):
            yield f"tls:{kind}s", str(theirs), str(ours)
            continue
        for t, o in zip(theirs, ours):
            o = {"version": int(o["version"], 16), "sni": readable(o.get("sni", "")),
                 "cipher": int(o.get("cipher", "0"), 16),
                 "alpn": o["alpn"].split("+")[0].split(",") if o["alpn"] else []}
            for key in t:
                if key == "alpn" and kind == "client":
                    t[key] = t[key][:4]
                if t[key] != o[key]:
                    yield f"tls:{kind}:{key}", str(t[key]), str(o[key])
    if certs and stream.names is not None:
        SEEN["tls cert"] += 1
        ours = certs[0]["names"].split("+")[0]
        ours = ours.split(",") if ours else []
        if [readable(n) for n in stream.names[:len(ours)]] != ours:
            yield "tls:names", str(stream.names), str(ours)
    elif stream.names and not certs:
        yield "tls:cert", str(stream.names), "none"


def compare(program, corpus, name):
    rows, streams, lines = {}, {}, []
    for row in tshark(os.path.join(corpus, name), FIELDS):
        number = row.number("frame.number")
        if "|" in row["udp.srcport"] or "|" in row["tcp.srcport"] or (row["udp.srcport"] and row["tcp.srcport"]):
            continue
        if row["udp.payload"]:
            side = 1 if row.number("udp.srcport") in (53, 67, 547, 5353) else 0
            ports = (row.one("udp.srcport"), row.one("udp.dstport"))[::-1 if side else 1]
            lines.append(f"u {number} {side} {ports[0]} {ports[1]} {row.one('udp.payload').replace(':', '')} "
                         f"{row.number('udp.length') - 8}")
            rows[number] = row
        elif row["tcp.stream"]:
            tag = row.number("tcp.stream")
            if tag not in streams:
                s = streams[tag] = Stream(tag, row)
                s.client, s.server, s.names, s.several, s.at = [], [], None, False, number
            streams[tag].add(row)
            hellos_of_tshark(row, streams[tag])
    said = dump(program, lines)
    for number, row in rows.items():
        for difference in list(compare_dns(row, said[number])) + list(compare_dhcp(row, said[number])):
            yield (name, number) + difference
    lines = []
    for s in streams.values():
        s.drain(0, True)
        s.drain(1, True)
        lines += s.lines
    said = dump(program, lines)
    for tag, s in streams.items():
        if any(" login " in x for x in said[tag]):
            SEEN["mcs"] += 1
            if s.ports[1] != "5228":
                yield name, f"stream {tag} from {s.at}", "mcs", f"port {s.ports[1]}", str(s.client[:1])
        SEEN["tls done"] += sum(" done " in x for x in said[tag])
        for difference in compare_tls(s, said[tag]):
            yield (name, f"stream {tag} from {s.at}") + difference


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 1
    program, captures, corpus = sys.argv[1], sys.argv[2:] or CAPTURES, os.environ.get("PLUMBLINE_CORPUS", "")
    if not shutil.which("tshark") or not os.path.isdir(corpus):
        print("skipped: tshark or the corpus ($PLUMBLINE_CORPUS) is not there")
        return 77
    bad = 0
    for name in captures:
        for name, where, what, theirs, ours in compare(program, corpus, name):
            if (name, what) in EXPLAINED:
                EXPLAINED[(name, what)] = None
                continue
            bad += 1
            print(f"{name}: {where}: {what}: tshark {theirs[:300]}, we {ours[:300]}")
    if not sys.argv[2:]:
        for key, reason in EXPLAINED.items():
            if reason:
                bad += 1
                print(f"{key}: explained, but not seen: {reason}")
        for what, least in LEAST.items():
            if SEEN[what] < least:
                bad += 1
                print(f"only {SEEN[what]} of {what} compared, {least} expected")
        if SEEN["mcs"] != MCS:
            bad += 1
            print(f"{SEEN['mcs']} log-ins of MCS, {MCS} expected")
    print(", ".join(f"{k} {n}" for k, n in sorted(SEEN.items())))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
