#!/usr/bin/env python3
"""TCP conversations of real captures as tshark counts them, against the sensor's flows.

sensor_oracle.py DUMP [FILE...]      (the corpus: $PLUMBLINE_CORPUS)

Packets and payload bytes must agree for every pair of ends (tshark has no duplicates: the sensor's are added). Repeats
are a matter of definition - tshark calls a late segment out of order or a repeat by its timing - so only their sum is
held, and only roughly. Exit status 77: nothing to compare with.
"""
import collections
import os
import shutil
import subprocess
import sys

FILES = [
    "cisco_mercury/unit_tests/pcaps/surfshark.pcap", "ntop_nDPI/ocs.pcap", "ntop_nDPI/android.pcap",
    "ntop_nDPI/KakaoTalk_chat.pcap", "ntop_nDPI/starcraft_battle.pcap", "ntop_nDPI/http_connect.pcap",
    "ntop_nDPI/wechat.pcap", "ntop_nDPI/ssh.pcap", "CESNET_ipfixprobe/http.pcap",
    "LibtraceTeam_libtrace/100_packets.pcap",
]
FIELDS = ["frame.number", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport", "tcp.len",
          "tcp.analysis.retransmission", "tcp.analysis.keep_alive", "icmp.type", "icmpv6.type", "tcp.flags.syn"]


def tshark(path):
    command = ["tshark", "-n", "-r", path, "-Y", "tcp", "-T", "fields", "-o", "ip.defragment:FALSE",
               "-o", "tcp.desegment_tcp_streams:FALSE"]
    for field in FIELDS:
        command += ["-e", field]
    flows = collections.defaultdict(lambda: [0, 0, 0])
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.decode()
    for line in out.splitlines():
        v = line.split("\t")
        if v[10] or v[11] or not v[3]:  # an ICMP error that quotes TCP
            continue
        ends = tuple(sorted([(v[1] or v[2], v[3]), (v[4] or v[5], v[6])]))
        flow = flows[ends]
        flow[0] += 1
        flow[1] += int(v[7] or 0)
        flow[2] += bool(v[8]) and not v[9] and v[12] != "1"  # repeated SYNs are counted by themselves
    return flows


def sensor(dump, path):
    flows = collections.defaultdict(lambda: [0, 0, 0, 0])
    for line in subprocess.run([dump, path], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines():
        v = line.split()
        if v[0] == "end":
            continue
        flow = flows[tuple(sorted([(v[0], v[1]), (v[2], v[3])]))]
        for i in range(4):
            flow[i] += int(v[4 + i])
    return flows


def compare(dump, path):
    theirs, ours = tshark(path), sensor(dump, path)
    wrong, repeats = 0, [0, 0]
    for ends in sorted(set(theirs) | set(ours)):
        t, o = theirs.get(ends, [0, 0, 0]), ours.get(ends, [0, 0, 0, 0])
        repeats[0] += t[2]
        repeats[1] += o[2] + o[3]
        if t[0] != o[0] + o[3] or (o[3] == 0 and t[1] != o[1]):
            wrong += 1
            print("# %s: tshark %s, sensor %s" % (ends, t, o))
    bad = wrong or abs(repeats[0] - repeats[1]) > 5 + max(repeats) // 5
    print("%s %s: %d conversations, %d differ, repeats %d and %d" %
          ("not ok" if bad else "ok", os.path.basename(path), len(theirs), wrong, repeats[0], repeats[1]))
    return not bad


def main():
    dump, corpus = sys.argv[1], os.environ.get("PLUMBLINE_CORPUS", "")
    files = sys.argv[2:] or [os.path.join(corpus, f) for f in FILES if corpus]
    files = [f for f in files if os.path.exists(f)]
    if not shutil.which("tshark") or not files:
        print("skipped: no tshark or no corpus ($PLUMBLINE_CORPUS)")
        return 77
    return 0 if all([compare(dump, f) for f in files]) else 1


if __name__ == "__main__":
    sys.exit(main())
