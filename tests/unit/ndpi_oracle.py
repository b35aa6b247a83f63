#!/usr/bin/env python3
"""The classifier's labels of real captures are those of ndpiReader.

ndpiReader sees up to 32 packets of every flow, set-up and all; our classifier is shown the first 8 with payload of flows
that no dissector knows. So a flow may have a label on one side only; ndpi_oracle.tsv names each capture, how many flows
have the same label, and those that differ with the reason; what is not in it fails.

usage: ndpi_oracle.py PLUMBLINE TABLE.tsv [--write]      (the corpus: $PLUMBLINE_CORPUS; without it: exit 77)
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

OURS = {"FTP_CONTROL": "FTP", "MDNS": "DNS", "LLMNR": "DNS", "DHCPV6": "DHCP", "IPSec": "IKE", "HTTP_Connect": "HTTP",
        "HTTP_Proxy": "HTTP"}
FLOW = re.compile(r"^\s+\d+\s+(TCP|UDP) (\S+) (?:<->|->) (\S+) .*?\[proto: [\d.]+/(\S+?)\].*?\[Confidence: ([^\]]+)\]")


def end(text):
    address, _, port = text.rpartition(":")
    return address.strip("[]"), int(port)


def theirs(capture):
    """Flow key to the set of labels."""
    out = subprocess.run(["ndpiReader", "-i", str(capture), "-v", "2"], capture_output=True, timeout=300)
    flows = collections.defaultdict(set)
    for line in out.stdout.decode(errors="replace").splitlines():
        found = FLOW.match(line)
        if found and found[5] == "DPI":
            master = found[4] if found[4] == "Z39.50" else found[4].split(".")[0]
            key = (found[1].lower(), *sorted((end(found[2]), end(found[3]))))
            flows[key].add(OURS.get(master, master))
    return flows


def ours(plumbline, capture):
    """Flow key to the set of the classifier's labels, and the keys of flows that a dissector knows."""
    out = subprocess.run([plumbline, "sense", str(capture)], capture_output=True, timeout=300)
    label, known = {}, set()
    flows, dissected = collections.defaultdict(set), set()
    for line in out.stdout.splitlines():
        record = json.loads(line)
        if record["type"] == "fact" and record["kind"] == "label" and record.get("source") == "classifier":
            label[record["flow"]] = record["application"]
        elif record["type"] == "fact" or record["type"] == "dns":
            known.add(record.get("flow"))
        elif record["type"] == "flow" and record.get("phase") == "close" and record.get("transport") in ("tcp", "udp"):
            key = (record["transport"], *sorted(zip(record["ends"], record["ports"])))
            if record["id"] in label:
                flows[key].add(label[record["id"]])
            elif record["id"] in known:
                dissected.add(key)
        elif record["type"] == "end" and any("classifier" in name for name in record.get("evicted", {})):
            flows["lost"].add("lost")
    return flows, dissected


def compare(plumbline, capture):
    """How many flows have the same label, and what differs, as text to a count."""
    flows, dissected = ours(plumbline, capture)
    reader = theirs(capture)
    same, different = 0, collections.Counter()
    for key in flows.keys() | reader.keys():
        mine, its = flows.get(key, set()), reader.get(key, set())
        if mine and mine == its:
            same += 1
        elif key not in dissected or mine:
            words = ["+".join(sorted(s)) or "nothing" for s in (mine, its)]
            different[f"{words[0]} here, {words[1]} there"] += 1
    return same, different


def main(plumbline, table, write):
    corpus = pathlib.Path(os.environ.get("PLUMBLINE_CORPUS", ""))
    if not (corpus / "MANIFEST.tsv").is_file() or not shutil.which("ndpiReader"):
        print("no corpus ($PLUMBLINE_CORPUS), or no ndpiReader: skipped")
        return 77
    expected, reasons, order = {}, {}, []
    for line in pathlib.Path(table).read_text().splitlines():
        if line.startswith("#") or not line:
            continue
        name, same, what, count, why = line.split("\t")
        if name not in expected:
            order.append(name)
            expected[name] = (int(same), collections.Counter())
        if what:
            expected[name][1][what] = int(count)
            reasons[name, what] = why
    failed = 0
    for name in order:
        found = compare(plumbline, corpus / name)
        if write:
            for what, count in sorted(found[1].items()) or [("", 0)]:
                print(name, found[0], what, count, reasons.get((name, what), ""), sep="\t")
        elif found != expected[name]:
            failed += 1
            print(f"{name}: {found[0]} the same, {dict(found[1])}; expected {expected[name][0]}, {dict(expected[name][1])}")
        elif any(not reasons[name, what].strip() for what in found[1]):
            failed += 1
            print(f"{name}: a difference without a reason")
    if not write:
        print(f"{len(order) - failed} of {len(order)} captures have ndpiReader's labels, or a reason why not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--write" in sys.argv))
