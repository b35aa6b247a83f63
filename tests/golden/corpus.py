#!/usr/bin/env python3
"""Audits every capture of the corpus: no crash, no sanitizer report, every packet counted, every accusation explained.

Packets: as many as capinfos counted (the corpus' MANIFEST.tsv); the exceptions stand below with their reason. Findings:
corpus_findings.tsv lists each of severity medium or high with a word on why it is right; one that is not listed fails,
and so does a line whose finding is no longer made.

usage: corpus.py PLUMBLINE FINDINGS.tsv      (the corpus: $PLUMBLINE_CORPUS; without it: exit 77)
"""

import concurrent.futures
import csv
import json
import os
import pathlib
import subprocess
import sys

# Captures whose packets differ from capinfos' count, and why.
COUNTS = {
    "google_gopacket/pcapgo/tests/be/test102.pcapng":
        "its second section announces a length that ends inside a block: five packets are sound",
    "the-tcpdump-group_libpcap/filter/brcm-tag-stp.pcap":
        "capinfos does not know its link type and counts nothing; libpcap counts four",
}
# Files that are no capture we read, and the word by which the refusal must name the reason.
REFUSED = {".erf.gz": "gzip, and in it: not a pcap", ".bz2": "compressed (bzip2): unpack it first",
           ".xz": "compressed (xz): unpack it first", ".snoop": "snoop"}
REFUSED_FILES = {"the-tcpdump-group_libpcap/shb-option-too-long.pcapng": "two lengths that differ"}


def audit(plumbline, corpus, row):
    done = subprocess.run([plumbline, "audit", "--format", "jsonl", str(corpus / row["file"])], capture_output=True,
                          timeout=300)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    packets = [record.get("packets", 0) for record in records if record["type"] == "end"]
    findings = [record for record in records
                if record["type"] == "finding" and record["severity"] in ("medium", "high")]
    return row, done.returncode, done.stderr.decode(errors="replace"), packets, findings


def faults(row, status, complaint, packets):
    name = row["file"]
    word = next((REFUSED[end] for end in REFUSED if name.endswith(end)), None) or REFUSED_FILES.get(name)
    if status not in (0, 1, 2, 3):
        yield f"{name}: exit status {status}: {complaint.strip()[-400:]}"
    elif word:
        if status != 2 or word not in complaint or complaint.count("\n") != 1:
            yield f"{name}: due is one line that says \"{word}\" and exit status 2, not {status}: {complaint.strip()}"
    elif status == 2:
        yield f"{name}: refused: {complaint.strip()}"
    elif packets != [int(row["packets"])] and name not in COUNTS:
        yield f"{name}: {packets} packets, capinfos counts {row['packets']}"


def main(plumbline, table):
    corpus = pathlib.Path(os.environ.get("PLUMBLINE_CORPUS", ""))
    if not (corpus / "MANIFEST.tsv").is_file():
        print("no corpus ($PLUMBLINE_CORPUS): skipped")
        return 77
    rows = list(csv.DictReader(open(corpus / "MANIFEST.tsv"), delimiter="\t", quoting=csv.QUOTE_NONE))
    explained = {(line["file"], line["code"], line["device"], line["rule"]): line["why"]
                 for line in csv.DictReader(open(table), delimiter="\t", quoting=csv.QUOTE_NONE)}
    wrong, made = [], set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for row, *result, findings in pool.map(lambda r: audit(plumbline, corpus, r), rows):
            wrong += faults(row, *result)
            for finding in findings:
                key = (row["file"], finding["code"], finding.get("device", ""), finding.get("rule", ""))
                made.add(key)
                if not explained.get(key):
                    wrong.append(f"{row['file']}: not explained: {finding['code']}: {finding['message']}")
    wrong += [f"{key[0]}: {key[1]} is explained, but no longer found" for key in explained if key not in made]
    print("\n".join(wrong) or f"{len(rows)} captures, {len(made)} findings of medium and high: all explained")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
