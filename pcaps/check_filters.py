#!/usr/bin/env python3
"""Holds the display filter of every finding in every sample capture against tshark.

tshark with a finding's filter returns every frame that the finding cites, and no frame of a conversation that is neither
of the finding's flows nor of a cited frame. An ICMP error belongs to the conversation that it quotes, what a tunnel
carries to the tunnel too.

usage: check_filters.py PLUMBLINE [NAME…]
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from scenarios import scenarios  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ENVIRONMENT = {**os.environ, "TZ": "UTC", "PLUMBLINE_PROFILES": str(HERE.parent / "profiles")}
WORKERS = 2
FIELDS = ("frame.number", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport",
          "udp.dstport")


def records_of(plumbline, scenario):
    done = subprocess.run([plumbline, "audit", "--format", "jsonl", "--flows", "--site", str(HERE / scenario.site),
                           str(HERE / f"{scenario.name}.pcap")],
                          capture_output=True, text=True, errors="replace", timeout=60, env=ENVIRONMENT)
    return [json.loads(line) for line in done.stdout.splitlines()]


def conversations(value):
    """(addresses, ports) of a frame at its outermost and innermost headers; which ports are whose is not asked."""
    def one(level, *fields):
        return next((value[field][level] for field in fields if value[field]), None)
    return {(frozenset({one(level, "ip.src", "ipv6.src"), one(level, "ip.dst", "ipv6.dst")}),
             frozenset({one(level, f"{l4}.srcport"), one(level, f"{l4}.dstport")} - {None}))
            for level in (0, -1) for l4 in ("tcp", "udp")}


def conversation_of(flow):
    return (frozenset(flow["ends"]), frozenset(str(port) for port in flow.get("ports", []) if port))


def filtered(capture, wanted):
    """The frames that the filter lets through: {number: conversations}."""
    arguments = [argument for field in FIELDS for argument in ("-e", field)]
    done = subprocess.run(["tshark", "-r", str(capture), "-Y", wanted, "-T", "fields", "-E", "occurrence=a", *arguments],
                          capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    if done.returncode:
        raise ValueError(f"tshark does not take the filter {wanted}: {done.stderr.strip().splitlines()[-1]}")
    seen = {}
    for line in done.stdout.splitlines():
        number, *texts = line.split("\t")
        value = {field: text.split(",") if text else [] for field, text in zip(FIELDS[1:], texts)}
        seen[int(number)] = conversations(value)
    return seen


def check(plumbline, scenario):
    """How many filters were held against tshark, and what is wrong with them."""
    records = records_of(plumbline, scenario)
    flows = {record["id"]: conversation_of(record) for record in records
             if record["type"] == "flow" and not record.get("logical")}
    wrong, held = [], 0
    for finding in (record for record in records if record["type"] == "finding"):
        cited = {frame["frame"] for frame in finding.get("frames", [])}
        own = {flows[flow] for flow in finding.get("flows", []) if flow in flows}
        seen = {}
        for each in finding.get("filter", []):
            held += 1
            try:
                seen.update(filtered(HERE / f"{scenario.name}.pcap", each["filter"]))
            except ValueError as fault:
                wrong.append(f"{scenario.name}: {finding['code']}: {fault}")
        if not finding.get("filter"):
            continue
        own = own.union(*(seen[frame] for frame in cited & set(seen)))
        if cited - set(seen):
            wrong.append(f"{scenario.name}: {finding['code']}: the filter misses the cited frames "
                         f"{', '.join(map(str, sorted(cited - set(seen))))}")
        strangers = {frame for frame, its in seen.items() if not its & own}
        if strangers:
            wrong.append(f"{scenario.name}: {finding['code']}: the filter also returns frames "
                         f"{', '.join(map(str, sorted(strangers)))}")
    return held, wrong


def main(plumbline, *names):
    if not shutil.which("tshark"):
        print("skipped: tshark is not installed")
        return 77
    chosen = [scenario for scenario in scenarios.values() if not names or scenario.name in names]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(lambda scenario: check(plumbline, scenario), chosen))
    for _, wrong in done:
        for line in wrong:
            print(line)
    print(f"{sum(held for held, _ in done)} filters of {len(chosen)} captures")
    return any(wrong for _, wrong in done) or not any(held for held, _ in done)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
