#!/usr/bin/env python3
"""Holds an audit of every sample capture against what INDEX.md promises, and of every variant against doubt.

A capture: the findings due are there, the forbidden are not, the flows have their outcomes. A variant that only changes
how the packets are written gives the same findings and outcomes. A variant that shows less gives no accusation that the
whole capture does not give, at most a weaker one; a capture of the stations' side alone accuses nobody of silence.

Two audits run at a time. A code that this program does not explain is not asked of it, and a site of profiles that are
not there is left out; both are said.

usage: check_audit.py PLUMBLINE [--whole] [NAME…]      --whole: no variants
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import make  # noqa: E402
from lib.net import GATEWAY  # noqa: E402
from lib.variants import applies  # noqa: E402
from lib.wire import mac_bytes  # noqa: E402
from scenarios import ACCUSING, scenarios  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PROFILES = HERE.parent / "profiles"
ENVIRONMENT = {**os.environ, "TZ": "UTC", "PLUMBLINE_PROFILES": str(PROFILES)}
WORKERS = 2
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
                          capture_output=True, text=True, errors="replace", timeout=60, env=ENVIRONMENT)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    findings = {record["code"] for record in records
                if record["type"] == "finding" and record.get("state") != "cleared"}
    flows = sorted((record for record in records if record["type"] == "flow" and record.get("transport") == "tcp"
                    and PORTS & set(record["ports"])), key=lambda record: record["id"])
    return Audit(done.returncode, findings, tuple(flow["outcome"] for flow in flows), done.stderr.strip())


def unknown_codes(plumbline):
    """Codes that samples speak of and this program does not know."""
    codes = {code for scenario in scenarios.values() for code in (*scenario.finds, *scenario.never)}
    return {code for code in codes if subprocess.run([plumbline, "explain", code], capture_output=True,
                                                     env=ENVIRONMENT).returncode}


def missing_profiles(site):
    """Profiles that the site's devices hold and that no file describes."""
    held = re.findall(r"profiles: \[([^]]*)\]", (HERE / site).read_text())
    return {name for names in held for name in re.split(r",\s*", names)
            if name and not (PROFILES / f"{name}.yaml").is_file()}


def faults_of_capture(scenario, seen, unknown):
    yield from (f"does not find {code}" for code in scenario.finds if code not in seen.findings | unknown)
    yield from (f"finds {code}" for code in scenario.never if code in seen.findings)
    if scenario.outcomes and scenario.outcomes != seen.outcomes:
        yield f"outcomes {', '.join(seen.outcomes)}; due are {', '.join(scenario.outcomes)}"


def on_link(frames):
    """Stations talk with each other here: both directions pass the point, whatever the gateway's side shows."""
    maker = mac_bytes(GATEWAY.mac)[:3]
    return any(maker not in (frame.data[:3], frame.data[6:9]) and not frame.data[0] & 1 for frame in frames)


def faults_of_variant(kind, whole, seen, one_sided):
    """one_sided: nothing but what passes the gateway can be answered."""
    if kind in SAME:
        if (seen.findings ^ whole.findings) - {"capture-defect"}:
            yield f"finds {', '.join(sorted(seen.findings)) or 'nothing'} where the capture shows " \
                  f"{', '.join(sorted(whole.findings)) or 'nothing'}"
        if seen.outcomes != whole.outcomes:
            yield f"outcomes {', '.join(seen.outcomes)}; the capture's are {', '.join(whole.outcomes)}"
    for code in sorted(seen.findings.intersection(ACCUSING)):
        if kind == "oneway-client" and one_sided and code in SILENCE:
            yield f"finds {code} though only one side was seen"
        elif code not in whole.findings and not WEAKER.get(code, set()) & whole.findings:
            yield f"finds {code}, which the whole capture does not show"


def check(plumbline, scenario, unknown, folder, whole_only):
    """Lines that say what is wrong with this capture or one of its variants."""
    whole = audit(plumbline, HERE / f"{scenario.name}.pcap", scenario.site)
    if whole.status not in JUDGED:
        return [f"{scenario.name}: exit status {whole.status}: {whole.complaint}"]
    wrong = [f"{scenario.name}: {fault}" for fault in faults_of_capture(scenario, whole, unknown)]
    if whole_only:
        return wrong
    frames = make.frames_of(scenario)
    one_sided = not on_link(frames)
    scratch = os.path.join(folder, f"{scenario.name}.pcap")
    for kind in filter(lambda kind: applies(kind, frames), make.VARIANTS):
        pathlib.Path(scratch).write_bytes(make.varied(kind, frames))
        seen = audit(plumbline, scratch, scenario.site)
        if seen.status not in JUDGED:
            wrong.append(f"{scenario.name}, {kind}: exit status {seen.status}: {seen.complaint}")
        else:
            wrong += [f"{scenario.name}, {kind}: {fault}" for fault in faults_of_variant(kind, whole, seen, one_sided)]
    return wrong


def main(plumbline, *names):
    whole_only = "--whole" in names
    names = [name for name in names if name != "--whole"]
    chosen = [scenario for scenario in scenarios.values()
              if (not names or scenario.name in names)]
    unknown = unknown_codes(plumbline)
    absent = {scenario.name: missing for scenario in chosen if (missing := missing_profiles(scenario.site))}
    chosen = [scenario for scenario in chosen if scenario.name not in absent]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        wrong = [line for lines in pool.map(lambda scenario: check(plumbline, scenario, unknown, folder, whole_only), chosen)
                 for line in lines]
    if unknown:
        print("skipped, not known to this program:", ", ".join(sorted(unknown)))
    if absent:
        print("skipped, no profile", ", ".join(sorted(set().union(*absent.values()))) + ":", ", ".join(absent))
    variants = 0 if whole_only else len(make.VARIANTS)
    print("\n".join(wrong) or f"{len(chosen)} captures, {variants} variants each where they apply: as promised")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
