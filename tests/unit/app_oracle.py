#!/usr/bin/env python3
"""Compares what the dissectors of web, file, directory, messaging and shell protocols say with what tshark says.

    app_oracle.py DISSECT_DUMP [CAPTURE...]      (the corpus: $PLUMBLINE_CORPUS)

Stream by stream, over real captures: HTTP requests with their answers, replies and data ports of FTP, results of LDAP
binds, answers of MQTT, banners of SSH and MySQL; and every label, which must not be another than tshark's. Differences
that stay are listed in EXPLAINED with their reason; any other difference, or an explanation that fits nothing any more,
fails. Exit status: 0 agreed, 1 not, 77 skipped.
"""
import collections
import os
import shutil
import sys

import dissect_oracle as base

CAPTURES = """CESNET_ipfixprobe/http.pcap CESNET_ipfixprobe/mqtt.pcap
 OISF_suricata-verify/bug-130/input.pcap OISF_suricata-verify/filestore-ftp-active-mode/ftp-active-mode.pcap
 OISF_suricata-verify/http-connect/http-connect-fail/input.pcap
 OISF_suricata-verify/http-connect/http-connect-fragmented/input.pcap
 OISF_suricata-verify/http-connect/http-connect-simple/input.pcap
 OISF_suricata-verify/http-connect/http-connect-tls/input.pcap OISF_suricata-verify/http-multiple100/input.pcap
 OISF_suricata-verify/http-post-file/input.pcap OISF_suricata-verify/ldap-starttls/input.pcap
 OISF_suricata-verify/ldap-udp/cldap.pcap OISF_suricata-verify/ldap-unsolicited/ldap.pcap
 OISF_suricata-verify/mqtt-connect-rules-2/mqtt5_pub_jpeg_connack134.pcap
 OISF_suricata-verify/mqtt31-sub-userpass/input.pcap OISF_suricata-verify/mqtt31-pub-qos1/input.pcap
 OISF_suricata-verify/mqtt311-unsub-userpass/input.pcap OISF_suricata-verify/mqtt5-pub-userpass/input.pcap
 OISF_suricata-verify/output-eve-anomaly-02/input.pcap OISF_suricata-verify/ssh-banner-only/input.pcap
 OISF_suricata-verify/websocket-compressed/example_websocket.pcap
 andypitcher_IoT_Sentinel/EdimaxPlug1101W/Setup-C-2-STA.pcap arkime_arkime/http-xff.pcap arkime_arkime/mysql-tls.pcap
 arkime_arkime/ssh2.pcap cisco_joy/kali-password-attack_hydra.pcap cisco_joy/sample.pcap
 ntop_nDPI/bt-http.pcapng ntop_nDPI/ftp-start-tls.pcap ntop_nDPI/http_connect.pcap ntop_nDPI/http_on_sip_port.pcap
 ntop_nDPI/http_starting_with_reply.pcapng ntop_nDPI/mysql.pcapng ntop_nDPI/ssh.pcap ntop_nDPI/syslog.pcap
 ntop_nDPI/weibo.pcap ntop_nDPI/kerberos.pcap seladb_PcapPlusPlus/Packet++Test/PacketExamples/Ftp.pcap
 seladb_PcapPlusPlus/Packet++Test/PacketExamples/ldap.pcapng
 seladb_PcapPlusPlus/Pcap++Test/PcapExamples/650HttpResponses.pcap
 seladb_PcapPlusPlus/Pcap++Test/PcapExamples/one_tcp_stream_fin_rst_close_packet.pcap
 zeek_zeek/fake-syslog-with-padding.pcap zeek_zeek/ftp/ftp-auth-tls.pcap zeek_zeek/http/get-to-ssh-server.pcap
 zeek_zeek/http/methods.pcap zeek_zeek/ldap/aduser1.pcap zeek_zeek/ldap/ctu-60387-63723-ldap.pcap
 zeek_zeek/mqtt.pcap zeek_zeek/mysql/mysql8-navicat-login-failed.pcap zeek_zeek/mysql/plain-amazon-rds.pcap
 zeek_zeek/mysql/tls-13-amazon-rds.pcap zeek_zeek/websocket/wstunnel-http.pcap""".split()

EXPLAINED = {
    ("OISF_suricata-verify/output-eve-anomaly-02/input.pcap", "label:HTTP"): "a request to an SSH server: HTTP it is",
    ("zeek_zeek/http/get-to-ssh-server.pcap", "label:HTTP"): "a request to an SSH server: HTTP it is",
    ("ntop_nDPI/http_on_sip_port.pcap", "label:HTTP"): "tshark goes by the port",
    ("zeek_zeek/fake-syslog-with-padding.pcap", "missing:syslog"): "tshark goes by the port: no PRI",
    ("zeek_zeek/http/methods.pcap", "http:requests"): "request lines that end in \"HTTP/1.\" or have no target",
}

# at least so much must have been compared
LEAST = {"http requests": 70, "http answers": 400, "http connect": 8, "handovers": 10, "ftp replies": 15,
         "ftp endpoints": 1, "ldap binds": 10, "mqtt answers": 10, "mqtt passwords": 5, "ssh banners": 18,
         "mysql greetings": 6,
         "label syslog": 70, "label CLDAP": 2}

FIELDS = """frame.number frame.protocols udp.srcport udp.dstport udp.length udp.payload tcp.stream tcp.srcport
 tcp.dstport tcp.seq_raw tcp.len tcp.flags.syn tcp.flags.ack tcp.payload frame.cap_len frame.len
 http.request.method http.request.uri http.host http.response.code
 ftp.response.code ftp.passive.ip ftp.passive.port ftp.epsv.port ftp.active.cip ftp.active.port
 ssh.protocol mysql.version mysql.error_code ldap.protocolOp ldap.resultCode ldap.authentication
 mqtt.conack.val mqtt.connack.reason_code mqtt.conflag.passwd mqtt.conflag.uname""".split()

# What tshark calls the flows that we label so.
NAMES = {
    "HTTP": {"http", "ocsp", "websocket"}, "FTP": {"ftp"}, "SSH": {"ssh"}, "MySQL": {"mysql"},
    "syslog": {"syslog", "rsh"}, "LDAP": {"ldap"}, "CLDAP": {"cldap"}, "MQTT": {"mqtt"},
}
SEEN = collections.Counter()


def protocols(row):
    """What tshark found directly in TCP or UDP."""
    stack = row.one("frame.protocols").split(":")
    for carrier in ("tcp", "udp"):
        if carrier in stack:
            at = len(stack) - 1 - stack[::-1].index(carrier)
            return set(stack[at + 1:]) - {"data", "_ws.malformed", "vssmonitoring"}
    return set()


class Said:
    """What tshark said of one stream."""

    def __init__(self):
        self.protocols = set()
        self.requests, self.statuses, self.ftp, self.endpoints, self.ssh = [], [], [], [], []
        self.mysql, self.errors, self.binds, self.auths, self.acks, self.passwords = [], [], [], [], [], []

    def add(self, row, side):
        self.protocols |= protocols(row)
        hosts = row.list("http.host")
        for method, uri in zip(row.list("http.request.method"), row.list("http.request.uri")):
            self.requests.append((method, path_of(method, uri), hosts.pop(0) if hosts else ""))
        self.statuses += [int(c) for c in row.list("http.response.code") if int(c) >= 200 or int(c) == 101]
        self.ftp += row.list("ftp.response.code")
        self.endpoints += [f"{a}#{p}" for a, p in zip(row.list("ftp.passive.ip"), row.list("ftp.passive.port"))]
        self.endpoints += [f"{a}#{p}" for a, p in zip(row.list("ftp.active.cip"), row.list("ftp.active.port"))]
        self.endpoints += [f"::#{p}" for p in row.list("ftp.epsv.port")]
        self.ssh += [(side, p) for p in row.list("ssh.protocol")]
        self.mysql += row.list("mysql.version")
        self.errors += row.list("mysql.error_code")
        results, kinds = row.list("ldap.resultCode"), row.list("ldap.protocolOp")
        if len([k for k in kinds if k in ("1", "5", "24")]) == len(results):
            pairs = zip([k for k in kinds if k in ("1", "5", "24")], results)
            self.binds += [int(c) for k, c in pairs if k == "1"]
        self.auths += row.list("ldap.authentication")
        self.acks += row.list("mqtt.conack.val") + row.list("mqtt.connack.reason_code")
        self.passwords += [p for p in row.list("mqtt.conflag.passwd") if p in ("1", "True")]


def path_of(method, uri):
    if method == "CONNECT":
        return ""
    for scheme in ("http://", "https://", "ftp://"):
        if uri.lower().startswith(scheme):
            rest = uri[len(scheme):].split("?")[0]
            uri = rest[rest.index("/"):] if "/" in rest else ""
    return base.readable(uri.split("?")[0].encode("utf-8", "replace")[:128].decode("latin-1"))


def is_part(few, many):
    rest = iter(many)
    return all(any(m == f for m in rest) for f in few)


def facts(said, word):
    return [base.fields_of(s.split(" ", 2)[2]) for s in said if s[2:].startswith(word + " ")]


def marks(said, word):
    return [int(s.split()[2]) for s in said if s[2:].startswith(word + " ")]


def until_handover(theirs, said):
    """tshark reads on what we hand over to the inner protocol."""
    if any(" handover at " in s for s in said):
        asked = sum(1 for o in facts(said, "http") if o["method"])
        theirs.requests, theirs.statuses = theirs.requests[:asked], theirs.statuses[:len(marks(said, "reply"))]
        if "234" in theirs.ftp:
            theirs.ftp, theirs.endpoints = theirs.ftp[:theirs.ftp.index("234") + 1], []
        SEEN["handovers"] += 1


def compare_http(theirs, said):
    ours = facts(said, "http")
    asked = [o for o in ours if o["method"]]
    SEEN["http requests"] += len(theirs.requests)
    SEEN["http connect"] += sum(1 for r in theirs.requests if r[0] == "CONNECT")
    SEEN["http answers"] += len(theirs.statuses)
    for (method, path, host), o in list(zip(theirs.requests, asked))[:4]:
        if (method, path) != (o["method"], base.readable(o["target"])):
            yield "http:request", f"{method} {path}", f"{o['method']} {o['target']}"
        if host and not o["target"] == "" and base.readable(host) != base.readable(o["host"]) and "://" not in host:
            yield "http:host", host, o["host"]
    if len(asked) < min(4, len(theirs.requests)):
        yield "http:requests", str(theirs.requests[:4]), str(ours)
    codes = marks(said, "reply")
    SEEN["http answers without their end"] += len(codes) - len(theirs.statuses)
    if len(codes) < 16 and not is_part(theirs.statuses, codes):  # tshark waits for the whole of a body
        yield "http:answers", str(theirs.statuses), str(codes)


def compare_ftp(theirs, said):
    codes, ours = [int(c) for c in theirs.ftp], marks(said, "reply")
    SEEN["ftp replies"] += len(codes)
    if set(ours) != set(codes):
        yield "ftp:replies", str(codes), str(ours)
    ends = [s.split(" at=")[1].split()[0] for s in said if s[2:].startswith("endpoint ")]
    SEEN["ftp endpoints"] += len(theirs.endpoints)
    if ends != theirs.endpoints:
        yield "ftp:endpoints", str(theirs.endpoints), str(ends)


def compare_banners(theirs, said):
    ours = [(int(s[0]), s.split(" text=")[1]) for s in said if s[2:].startswith("banner SSH")]
    SEEN["ssh banners"] += len(theirs.ssh)
    if sorted(ours) != sorted(set(theirs.ssh)):
        yield "ssh:banners", str(theirs.ssh), str(ours)
    ours = [s.split(" text=")[1] for s in said if s[2:].startswith("banner MySQL")]
    SEEN["mysql greetings"] += len(theirs.mysql)
    if theirs.mysql and ours != theirs.mysql[:1]:
        yield "mysql:greeting", str(theirs.mysql), str(ours)


def compare_ldap(theirs, said):
    ours = marks(said, "reply")
    SEEN["ldap binds"] += len(theirs.binds)
    if any(b not in ours for b in theirs.binds):
        yield "ldap:binds", str(theirs.binds), str(ours)
    simple = "0" in theirs.auths
    if any(" mechanism=simple" in s for s in said) and not simple:
        yield "ldap:simple", str(theirs.auths), str(said)


def compare_mqtt(theirs, said):
    codes = [int(a) for a in theirs.acks]
    SEEN["mqtt answers"] += len(codes)
    if marks(said, "reply") != codes[:1]:
        yield "mqtt:answer", str(codes), str(said)
    SEEN["mqtt passwords"] += len(theirs.passwords)
    if any(" mechanism=pass" in s for s in said) != bool(theirs.passwords):
        yield "mqtt:password", str(theirs.passwords), str(said)


def label_of(said):
    return next((s[2:].split()[1] for s in said if s[2:].startswith("label ")), None)


COMPARE = {"HTTP": (compare_http,), "FTP": (compare_ftp,), "SSH": (compare_banners,), "MySQL": (compare_banners,),
           "LDAP": (compare_ldap,), "MQTT": (compare_mqtt,)}


def compare_stream(theirs, said):
    label = label_of(said)
    if label not in NAMES:
        for name, names in NAMES.items():
            if names & theirs.protocols and not label:
                SEEN["only tshark: " + name] += 1
                yield "missing:" + name, str(sorted(theirs.protocols)), "no label"
        return
    SEEN["label " + label] += 1
    if not theirs.protocols:
        SEEN["only we: " + label] += 1
        return
    if not NAMES[label] & theirs.protocols:
        yield "label:" + label, str(sorted(theirs.protocols)), label
        return
    until_handover(theirs, said)
    for compare in COMPARE.get(label, ()):
        yield from compare(theirs, said)


def compare(program, corpus, name):
    streams, datagrams, lines = {}, {}, []
    for row in base.tshark(os.path.join(corpus, name), FIELDS):
        number = row.number("frame.number")
        if "|" in row["udp.srcport"] or "|" in row["tcp.srcport"] or (row["udp.srcport"] and row["tcp.srcport"]):
            continue
        if row["udp.payload"]:
            datagrams[number] = row
            lines.append(f"u {number} 0 {row.one('udp.srcport')} {row.one('udp.dstport')} "
                         f"{row.one('udp.payload').replace(':', '')} {row.number('udp.length') - 8}")
        elif row["tcp.stream"]:
            tag = row.number("tcp.stream")
            if tag not in streams:
                streams[tag] = base.Stream(tag, row)
                streams[tag].said, streams[tag].at = Said(), number
            streams[tag].add(row)
            streams[tag].said.add(row, streams[tag].side(row))
    said = base.dump(program, lines)
    for number, row in datagrams.items():
        theirs = Said()
        theirs.protocols = protocols(row)
        for difference in compare_stream(theirs, said[number]):
            yield (name, f"frame {number}") + difference
    lines = []
    for s in streams.values():
        s.drain(0, True)
        s.drain(1, True)
        lines += s.lines
    said = base.dump(program, lines)
    for tag, s in streams.items():
        for difference in compare_stream(s.said, said[tag]):
            yield (name, f"stream {tag} from {s.at}") + difference


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 1
    program, captures, corpus = sys.argv[1], sys.argv[2:] or CAPTURES, os.environ.get("PLUMBLINE_CORPUS", "")
    if not shutil.which("tshark") or not os.path.isdir(corpus):
        print("skipped: tshark or the corpus ($PLUMBLINE_CORPUS) is not there")
        return 77
    bad, explained = 0, set()
    for name in captures:
        for name, where, what, theirs, ours in compare(program, corpus, name):
            if (name, what) in EXPLAINED:
                explained.add((name, what))
                continue
            bad += 1
            print(f"{name}: {where}: {what}: tshark {theirs[:300]}, we {ours[:300]}")
    if not sys.argv[2:]:
        for key in EXPLAINED.keys() - explained:
            bad += 1
            print(f"{key}: explained, but not seen: {EXPLAINED[key]}")
        for what, least in LEAST.items():
            if SEEN[what] < least:
                bad += 1
                print(f"only {SEEN[what]} of {what} compared, {least} expected")
    print(", ".join(f"{k} {n}" for k, n in sorted(SEEN.items())))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
