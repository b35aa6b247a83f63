#!/usr/bin/env python3
"""Holds an audit of every sample capture against what INDEX.md promises, and of every variant against doubt.

A capture: the findings due are there, the forbidden are not, the flows have their outcomes. A variant that only changes
how the packets are written gives the same findings and outcomes. A variant that shows less gives no accusation that the
whole capture does not give, at most a weaker one; a capture of the stations' side alone accuses nobody of silence.

usage: check_audit.py PLUMBLINE [NAME…]
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import make  # noqa: E402
from scenarios import ACCUSING, scenarios  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PORTS = {443, 5228}
JUDGED = (0, 1, 3)
SAME = ("duplicated", "duplicated-tagged", "tagged", "tagged-one-side", "nanoseconds", "big-endian")
SILENCE = {"port-blocked-silently", "peer-unreachable", "dns-failure", "required-missing"}
# What may be said where the contrast is not in the capture: the code, and those it may stand for.
WEAKER = {"peer-unreachable": {"port-blocked-silently", "service-blocked", "dns-rewritten", "dns-failure"},
          "service-refused": {"port-rejected"},
          "port-blocked-silently": {"service-blocked"}}

Audit = collections.namedtuple("Audit", "status findings outcomes complaint")


def audit(plumbline, capture, site):
    """The codes found and the outcomes of the TCP flows on the ports that matter, in order of their first packets."""
    done = subprocess.run([plumbline, "audit", "--format", "jsonl", "--site", str(HERE / site), str(capture)],
                          capture_output=True, text=True, errors="replace", timeout=60,
                          env={**os.environ, "TZ": "UTC", "PLUMBLINE_PROFILES": str(HERE.parent / "profiles")})
    records = [json.loads(line) for line in done.stdout.splitlines()]
    findings = {record["code"] for record in records
                if record["type"] == "finding" and record.get("state") != "cleared"}
    flows = sorted((record for record in records if record["type"] == "flow" and record.get("transport") == "tcp"
                    and PORTS & set(record["ports"])), key=lambda record: record["id"])
    return Audit(done.returncode, findings, tuple(flow["outcome"] for flow in flows), done.stderr.strip())


def faults_of_capture(scenario, seen):
    yield from (f"does not find {code}" for code in scenario.finds if code not in seen.findings)
    yield from (f"finds {code}" for code in scenario.never if code in seen.findings)
    if scenario.outcomes and scenario.outcomes != seen.outcomes:
        yield f"outcomes {', '.join(seen.outcomes)}; due are {', '.join(scenario.outcomes)}"


def faults_of_variant(kind, whole, seen):
    if kind in SAME:
        if (seen.findings ^ whole.findings) - {"capture-defect"}:
            yield f"finds {', '.join(sorted(seen.findings)) or 'nothing'} where the capture shows " \
                  f"{', '.join(sorted(whole.findings)) or 'nothing'}"
        if seen.outcomes != whole.outcomes:
            yield f"outcomes {', '.join(seen.outcomes)}; the capture's are {', '.join(whole.outcomes)}"
    for code in sorted(seen.findings.intersection(ACCUSING)):
        if kind == "oneway-client" and code in SILENCE:
            yield f"finds {code} though only one side was seen"
        elif code not in whole.findings and not WEAKER.get(code, set()) & whole.findings:
            yield f"finds {code}, which the whole capture does not show"


def check(plumbline, scenario, scratch):
    """Lines that say what is wrong with this capture or one of its variants."""
    whole = audit(plumbline, HERE / f"{scenario.name}.pcap", scenario.site)
    if whole.status not in JUDGED:
        return [f"{scenario.name}: exit status {whole.status}: {whole.complaint}"]
    wrong = [f"{scenario.name}: {fault}" for fault in faults_of_capture(scenario, whole)]
    for kind in make.VARIANTS:
        make.variant(kind, scenario.name, scratch)
        seen = audit(plumbline, scratch, scenario.site)
        if seen.status not in JUDGED:
            wrong.append(f"{scenario.name}, {kind}: exit status {seen.status}: {seen.complaint}")
        else:
            wrong += [f"{scenario.name}, {kind}: {fault}" for fault in faults_of_variant(kind, whole, seen)]
    return wrong


def main(plumbline, *names):
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for scenario in scenarios.values():
            if not names or scenario.name in names:
                wrong += check(plumbline, scenario, os.path.join(folder, "variant.pcap"))
    print("\n".join(wrong) or f"{len(names or scenarios)} captures, {len(make.VARIANTS)} variants each: as promised")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
