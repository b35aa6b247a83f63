#!/usr/bin/env python3
"""Compares what the dissectors say of SIP, SDP, RTP, RTCP, STUN, NTP, IKE, ESP and L2TP with what tshark says.

    media_oracle.py MEDIA_DUMP DISSECT_DUMP [CAPTURE...]      (the corpus: $PLUMBLINE_CORPUS)

Datagrams flow by flow, SIP over TCP stream by stream. Every flow that we label is looked at from tshark's side and the
other way round. Differences that stay are listed in EXPLAINED with their reason; any other difference, or an explanation
that fits nothing any more, fails. Exit status: 0 agreed, 1 not, 77 skipped.
"""
import collections
import ipaddress
import os
import re
import shutil
import subprocess
import sys

import dissect_oracle

CAPTURES = """CESNET_ipfixprobe/sip.pcap OISF_suricata-verify/detect-bypass-udp/input.pcap
 OISF_suricata-verify/sip-options-method/input.pcap OISF_suricata-verify/sip-pattern-matching/sip.pcap
 OISF_suricata-verify/sip-tcp-method/sip-tcp.pcap OISF_suricata-verify/sip-tcp-pattern-matching/sip.pcap
 debian_wireshark/sip.pcapng irontec_sngrep/ipip.pcap ntop_nDPI/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap
 ntop_nDPI/sip.pcap ntop_nDPI/rtp.pcapng ntop_nDPI/http_on_sip_port.pcap ntop_nDPI/stun_dtls_rtp.pcapng
 ntop_nDPI/stun_dtls_unidirectional_client.pcap ntop_nDPI/stun_dtls_unidirectional_server.pcap
 ntop_nDPI/wa_voice.pcap ntop_nDPI/wa_video.pcap ntop_nDPI/telegram_videocall.pcapng ntop_nDPI/webex.pcap
 ntop_nDPI/geforcenow.pcapng ntop_nDPI/i3d.pcap ntop_nDPI/NTPv2.pcap ntop_nDPI/NTPv3.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/Asterisk_ZFONE_XLITE.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/DTMFsipinfo.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/MagicJack+_short_call.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/h263-over-rtp.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/metasploit-sip-invite-spoof.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/sip-rtp-dvi4.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/sip-rtp-g711.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/sip-rtp-g729a.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/sip-rtp-opus.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/sip-rtp-speex.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/sip-rtp_only.pcap
 seladb_PcapPlusPlus/Packet++Test/PacketExamples/sip_not_sdp.pcap
 seladb_PcapPlusPlus/Packet++Test/PacketExamples/sip_reqs.pcap
 seladb_PcapPlusPlus/Packet++Test/PacketExamples/sip_resp.pcap
 seladb_PcapPlusPlus/Packet++Test/PacketExamples/Ntp.pcap sipcapture_heplify/src/decoder/testdata/ipip0.pcap
 zeek_zeek/sip/invalid-content-length.pcap zeek_zeek/sip/wireshark.pcap zeek_zeek/ntp/NTP-digest.pcap
 zeek_zeek/ntp/NTP_sync.pcap zeek_zeek/ntp/misordered-ntp.pcap the-tcpdump-group_tcpdump/ntp-control.pcap
 the-tcpdump-group_tcpdump/ntp-time.pcap the-tcpdump-group_tcpdump/ntp.pcap debian_wireshark/ntp.pcap
 corelight_zeek-spicy-ipsec/ipsec-ikev1-isakmp-aggressive-mode.pcap corelight_zeek-spicy-ipsec/ipsec.cap
 corelight_zeek-spicy-ipsec/ipsec_client.pcap debian_wireshark/ikev1-bug-12610.pcapng
 debian_wireshark/ikev1-bug-12620.pcapng debian_wireshark/ikev1-certs.pcap
 debian_wireshark/ikev2-decrypt-aes128ccm12-2.pcap debian_wireshark/ikev2-decrypt-aes128ccm12.pcap
 debian_wireshark/ikev2-decrypt-aes256gcm8.pcap
 libreswan_libreswan/testing/pluto/replay-authip-01/weirdike-eastwest.pcap-ike.pcap
 the-tcpdump-group_tcpdump/ikev2four.pcap the-tcpdump-group_tcpdump/isakmp4500.pcap
 the-tcpdump-group_tcpdump/isakmp-various-oobr.pcap cisco_mercury/unit_tests/pcaps/emix.pcap
 LibtraceTeam_libprotoident/test/lpi_test.erf.gz ntop_nDPI/lru_ipv6_caches.pcapng""".split()

FAX = "T.38 was agreed upon, but the sender goes on with G.711 for a while: tshark reads it as agreed"
MALFORMED = "its length is larger than any datagram"
EXPLAINED = {
    ("ntop_nDPI/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap", "rtp:packets"): FAX,
    ("ntop_nDPI/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap", "label:RTP:extra"): FAX,
    ("odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap", "rtp:packets"): FAX,
    ("odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap", "label:RTP:extra"): FAX,
    ("ntop_nDPI/wa_video.pcap", "rtp:packets"):
        "three senders on one side: two are told apart, one lost its first packet before it had a place",
    ("ntop_nDPI/lru_ipv6_caches.pcapng", "label:RTCP:extra"):
        "SRTCP: its index counts up behind the encrypted part; tshark knows it only where SDP announced it",
    ("the-tcpdump-group_tcpdump/isakmp-various-oobr.pcap", "ike:missing"): MALFORMED,
    ("the-tcpdump-group_tcpdump/isakmp-various-oobr.pcap", "label:IKE:missing"): MALFORMED,
}

# at least so much must have been compared
LEAST = {"sip": 500, "sip in tcp": 9, "sdp media": 140, "rtp streams": 50, "rtp packets": 15000, "label RTCP": 3,
         "label STUN": 30, "ntp": 140, "ntp answers": 11, "ike": 200, "ike encryption": 30, "ike life": 14,
         "ike notify": 19, "label ESP": 2}

FIELDS = """frame.number frame.protocols frame.cap_len frame.len udp.stream udp.srcport udp.dstport udp.length
 udp.payload _ws.malformed ip.src ipv6.src sip.Method sip.Status-Code sip.Call-ID sip.CSeq.method
 sip.Via.sent-by.address sip.Via.sent-by.port sip.Via.branch sip.contact.host sip.contact.port
 sdp.connection_info.address sdp.media.media sdp.media.port sdp.media.proto rtp.ssrc rtp.seq rtp.p_type rtcp.pt
 rtcp.senderssrc ntp.flags.mode ntp.stratum isakmp.ispi isakmp.rspi isakmp.version isakmp.exchangetype
 isakmp.messageid isakmp.flag_r isakmp.flag_e isakmp.notify.msgtype isakmp.ike.attr.encryption_algorithm
 isakmp.ike.attr.hash_algorithm isakmp.ike.attr.authentication_method isakmp.ike.attr.group_description
 isakmp.ike.attr.life_duration isakmp.ike.attr.key_length isakmp.tf.id.encr isakmp.tf.id.prf isakmp.tf.id.integ
 isakmp.tf.id.dh isakmp.ike2.attr.key_length esp.spi l2tp.type stun.type
 tcp.stream tcp.srcport tcp.dstport tcp.seq_raw tcp.len tcp.flags.syn tcp.flags.ack tcp.payload""".split()

SEEN = collections.Counter()


# What tshark takes for media where nothing announced it.
HEURISTICS = ("--enable-heuristic", "rtp_udp", "--enable-heuristic", "rtcp_udp")


class Row(dissect_oracle.Row):
    def has(self, protocol):
        return protocol in self["frame.protocols"].split(":")


class Flow:
    def __init__(self, tag, row):
        self.tag = tag
        self.first = row.one("ip.src") or row.one("ipv6.src"), row.one("udp.srcport")
        self.ports = row.one("udp.srcport"), row.one("udp.dstport")
        self.rows = []
        self.ike = 0

    def side(self, row):
        return 0 if (row.one("ip.src") or row.one("ipv6.src"), row.one("udp.srcport")) == self.first else 1

    def line(self, row):
        return (f"{self.tag} {row.number('frame.number')} {self.side(row)} {self.ports[0]} {self.ports[1]} "
                f"{row.one('udp.payload').replace(':', '') or '-'} {row.number('udp.length') - 8}")

    def labels(self, said):
        found = set()
        for row in self.rows:
            for line in said[(self.tag, row.number("frame.number"))]:
                m = re.match(r"\d label (\S+)", line)
                if m:
                    found.add(m.group(1))
        return found


def dump(program, lines):
    run = subprocess.run([program], input=("\n".join(lines) + "\n").encode(), stdout=subprocess.PIPE)
    said = collections.defaultdict(list)
    for line in run.stdout.decode("latin-1").split("\n"):
        flow, _, rest = line.partition(" ")
        frame, _, rest = rest.partition(" ")
        if rest:
            said[(int(flow), int(frame))].append(rest)
    if run.returncode:
        print(f"{program} ended with {run.returncode}")
        sys.exit(1)
    return said


def values(line):
    return dict(re.findall(r"([\w-]+)=(\S*)", line))


def address(text):
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return "::"


# ---- SIP and SDP ----

def sip_of_tshark(row):
    """None where it is no message by itself, or one that tshark could not read."""
    if not row.has("sip") or len(row.list("sip.Call-ID")) > 1:
        return None
    if not row.one("sip.Method") and not row.one("sip.Status-Code"):
        return None
    branch = row.one("sip.Via.branch")
    hosts, ports = row.list("sip.Via.sent-by.address"), row.list("sip.Via.sent-by.port")
    port = ports[0] if ports and len(hosts) == len(ports) else ""
    return {
        "status": row.one("sip.Status-Code") or "0",
        "method": row.one("sip.CSeq.method") if row.one("sip.Status-Code") else row.one("sip.Method"),
        "call": row.one("sip.Call-ID"), "branch": branch,
        "via": address(hosts[0] if hosts else "") + "#" + port,
    }


def compare_sip(row, said, again):
    theirs = None if again else sip_of_tshark(row)
    line = next((s for s in said if " sip re" in s), None)
    if not theirs:
        if line and (again or not row.has("sip")):
            yield "sip:extra", row["frame.protocols"], line
        return
    SEEN["sip"] += 1
    if not line:
        yield "sip:missing", str(theirs), str(said)
        return
    ours = values(line)
    if theirs["via"].endswith("#"):
        ours["via"] = ours["via"].partition("#")[0] + "#"
    for key, value in theirs.items():
        if dissect_oracle.readable(value) != dissect_oracle.readable(ours[key]):
            yield "sip:" + key, value, ours[key]


def sdp_of_tshark(row):
    """Media with their addresses: one c= for all, or one for each medium."""
    ports, medias = row.list("sdp.media.port"), row.list("sdp.media.media")
    hosts = row.list("sdp.connection_info.address")
    if not ports:
        return []
    if len(hosts) == len(ports) + 1:
        hosts = hosts[1:]
    if len(hosts) == 1:
        hosts *= len(ports)
    if len(hosts) != len(ports) or len(medias) != len(ports):
        return None
    return [f"{m}={address(h)}#{p}" for m, h, p in zip(medias, hosts, ports) if p != "0"]


def compare_sdp(row, said, known):
    theirs = sdp_of_tshark(row)
    if theirs is None or not row.has("sip"):
        return
    ours = [values(s) for s in said if " endpoint SIP" in s]
    ours = [f"{v['media']}={v['at'].split('-')[0]}" for v in ours]
    for t in theirs:
        SEEN["sdp media"] += 1
        media, _, place = t.partition("=")
        known.add((row.one("sip.Call-ID"), place))
        if t not in ours and (row.one("sip.Call-ID"), t) not in known:
            yield "sdp:missing", t, str(ours)
        known.add((row.one("sip.Call-ID"), t))
    for o in ours:
        media, _, place = o.partition("=")
        host, _, port = place.rpartition("#")
        if o not in theirs and f"{media}={host}#{int(port) - 1}" not in theirs:
            yield "sdp:extra", str(theirs), o


# ---- NTP, IKE, L2TP, STUN ----

def compare_ntp(flow, row, said, labels):
    if not row.has("ntp") or "|" in row["ntp.flags.mode"]:
        return
    SEEN["ntp"] += 1
    if "NTP" not in labels:
        yield "ntp:missing", row["frame.protocols"], str(labels)
    if row.one("ntp.flags.mode") == "4":
        SEEN["ntp answers"] += 1
        replies = [s.split()[2] for s in said if re.match(r"\d reply", s)]
        if replies != [row.one("ntp.stratum")]:
            yield "ntp:stratum", row.one("ntp.stratum"), str(replies)


IKE_FACTS = 32  # of a flow

V1 = (("isakmp.ike.attr.encryption_algorithm", "encryption"), ("isakmp.ike.attr.hash_algorithm", "hash"),
      ("isakmp.ike.attr.authentication_method", "auth"), ("isakmp.ike.attr.group_description", "group"),
      ("isakmp.ike.attr.life_duration", "life"), ("isakmp.ike.attr.key_length", "bits"))
V2 = (("isakmp.tf.id.encr", "encryption"), ("isakmp.tf.id.prf", "hash"), ("isakmp.tf.id.integ", "auth"),
      ("isakmp.tf.id.dh", "group"), ("isakmp.ike2.attr.key_length", "bits"))


def compare_ike(flow, row, said):
    if not row.one("isakmp.ispi") or "|" in row["isakmp.ispi"] or row["_ws.malformed"]:
        return
    SEEN["ike"] += 1
    flow.ike += 1
    if flow.ike > IKE_FACTS:
        return
    line = next((s for s in said if " ike v" in s), None)
    if not line:
        yield "ike:missing", row.one("isakmp.exchangetype"), str(said)
        return
    f = values(line)
    version = row.number("isakmp.version") >> 4
    theirs = {"exchange": str(row.number("isakmp.exchangetype")), "id": str(row.number("isakmp.messageid")),
              "ispi": str(int(row.one("isakmp.ispi").replace(":", ""), 16)),
              "rspi": str(int(row.one("isakmp.rspi").replace(":", ""), 16))}
    for field, name in V1 if version == 1 else V2:
        if name == "bits" and row.one("isakmp.tf.id.encr") == "3":
            continue  # 3DES has no key length, tshark shows that of a later transform
        if row.one(field):
            SEEN["ike " + name] += 1
            theirs[name] = str(row.number(field))
    if row.one("isakmp.notify.msgtype"):
        types = [int(v, 0) for v in row.list("isakmp.notify.msgtype")]
        theirs["notify"] = str(next((t for t in types if t < 16384), types[0]))
        SEEN["ike notify"] += 1
    for key, value in theirs.items():
        if f[key] != value:
            yield "ike:" + key, value, f[key]
    if version == 2 and (" response" in line) != (row.one("isakmp.flag_r") in ("1", "True")):
        yield "ike:response", row.one("isakmp.flag_r"), line


# ---- RTP ----

def streams_of_tshark(flow):
    """Packets of each RTP stream, by side and SSRC."""
    count = collections.Counter()
    for row in flow.rows:
        for ssrc in row.list("rtp.ssrc"):
            count[(flow.side(row), int(ssrc, 0))] += 1
    return count


def lost_of(flow, side, ssrc):
    """Expected less distinct, from the sequence numbers that tshark read: no jumps, at most one wrap a time."""
    highest, seen = None, set()
    for row in flow.rows:
        if flow.side(row) != side:
            continue
        for s, q in zip(row.list("rtp.ssrc"), row.list("rtp.seq")):
            if int(s, 0) != ssrc:
                continue
            q = int(q)
            if highest is None:
                highest = 65536 + q
            x = highest + ((q - highest + 32768) & 0xffff) - 32768
            highest = max(highest, x)
            seen.add(x)
    return max(seen) - min(seen) + 1 - len(seen)


def compare_rtp(flow, said):
    theirs = streams_of_tshark(flow)
    for line in said[(flow.tag, 0)]:
        m = re.match(r"(\d) rtp ", line)
        if not m:
            continue
        f = values(line)
        key = int(m.group(1)), int(f["ssrc"])
        SEEN["rtp streams"] += 1
        SEEN["rtp packets"] += int(f["packets"])
        if theirs.get(key, 0) != int(f["packets"]):
            yield "rtp:packets", f"{theirs.get(key, 0)} of {dict(theirs)}", line
            continue
        if lost_of(flow, *key) != int(f["lost"]):
            yield "rtp:lost", str(lost_of(flow, *key)), line


OURS = {"SIP": ("sip",), "RTP": ("rtp", "srtp", "rtpevent", "zrtp"), "RTCP": ("rtcp", "srtcp"),
        "NTP": ("ntp",), "IKE": ("isakmp",), "ESP": ("esp",), "L2TP": ("l2tp",),
        "STUN": ("stun", "classicstun")}


def is_enough(flow, label):
    """Does tshark show so much that we ought to label? Its heuristics take single datagrams for RTP."""
    if label == "RTP":
        return max(streams_of_tshark(flow).values(), default=0) >= 4
    if label == "RTCP":
        reports = collections.Counter((flow.side(r), r.one("rtcp.senderssrc")) for r in flow.rows
                                      if r.one("rtcp.pt") in ("200", "201"))
        return max(reports.values(), default=0) >= 2
    return True


def compare_labels(flow, labels):
    protocols = set(":".join(r["frame.protocols"] for r in flow.rows).split(":"))
    for label, theirs in OURS.items():
        if label in labels:
            SEEN["label " + label] += 1
            if not protocols & set(theirs):
                yield f"label:{label}:extra", str(sorted(protocols)), f"{flow.ports} of {len(flow.rows)}"
        elif protocols & set(theirs) and is_enough(flow, label):
            yield f"label:{label}:missing", str(sorted(protocols)), f"{flow.ports} of {len(flow.rows)}"


def compare_streams(program, rows):
    """SIP over TCP: every message that tshark reads, in order."""
    streams, theirs = {}, collections.defaultdict(list)
    for row in rows:
        tag = row.number("tcp.stream")
        if tag not in streams:
            streams[tag] = dissect_oracle.Stream(tag, row)
        streams[tag].add(row)
        if row.has("sip"):
            methods, states = row.list("sip.Method"), row.list("sip.Status-Code")
            theirs[tag] += methods + states
    lines = []
    for s in streams.values():
        s.drain(0, True)
        s.drain(1, True)
        lines += s.lines
    said = dissect_oracle.dump(program, lines)
    for tag in streams:
        ours = []
        for line in said[tag]:
            m = re.match(r"\d sip (request|response) status=(\d+) method=(\S*)", line)
            if m:
                ours.append(m.group(2) if m.group(1) == "response" else m.group(3))
        SEEN["sip in tcp"] += len(theirs[tag])
        if sorted(ours) != sorted(theirs[tag]):
            yield f"stream {tag}", "sip:stream", str(theirs[tag]), str(ours)


def compare(media_dump, dissect_dump, corpus, name):
    flows, lines, tcp = {}, [], []
    for row in dissect_oracle.tshark(os.path.join(corpus, name), FIELDS, HEURISTICS, Row):
        if row["tcp.stream"] and "|" not in row["tcp.srcport"]:
            tcp.append(row)
        if not row["udp.payload"] or "|" in row["udp.stream"] or "|" in row["udp.payload"] or "|" in row["ip.src"]:
            continue
        tag = row.number("udp.stream")
        if tag not in flows:
            flows[tag] = Flow(tag, row)
        flows[tag].rows.append(row)
        lines.append(flows[tag].line(row))
    said = dump(media_dump, lines)
    known = set()
    for flow in flows.values():
        labels = flow.labels(said)
        before = set()
        for row in flow.rows:
            frame = row.number("frame.number")
            mine = said[(flow.tag, frame)]
            again = (flow.side(row), row["udp.payload"]) in before
            before.add((flow.side(row), row["udp.payload"]))
            for d in (*compare_sip(row, mine, again), *compare_sdp(row, mine, known),
                      *compare_ntp(flow, row, mine, labels), *compare_ike(flow, row, mine)):
                yield (name, f"frame {frame}") + d
        where = f"flow {flow.tag} from frame {flow.rows[0].number('frame.number')}"
        for d in (*compare_rtp(flow, said), *compare_labels(flow, labels)):
            yield (name, where) + d
    if any(row.has("sip") for row in tcp):
        for d in compare_streams(dissect_dump, tcp):
            yield (name,) + d


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 1
    media_dump, dissect_dump, captures = sys.argv[1], sys.argv[2], sys.argv[3:] or CAPTURES
    corpus = os.environ.get("PLUMBLINE_CORPUS", "")
    if not shutil.which("tshark") or not os.path.isdir(corpus):
        print("skipped: tshark or the corpus is not there")
        return 77
    bad = 0
    for name in captures:
        for name, where, what, theirs, ours in compare(media_dump, dissect_dump, corpus, name):
            if (name, what) in EXPLAINED:
                EXPLAINED[(name, what)] = None
                continue
            bad += 1
            print(f"{name}: {where}: {what}: tshark {theirs[:300]}, we {ours[:300]}")
    if not sys.argv[3:]:
        for key, reason in EXPLAINED.items():
            if reason:
                bad += 1
                print(f"{key}: explained, but not seen: {reason}")
        for what, least in LEAST.items():
            if SEEN[what] < least:
                bad += 1
                print(f"only {SEEN[what]} of {what} compared, {least} expected")
    print(", ".join(f"{k} {n}" for k, n in sorted(SEEN.items())))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
