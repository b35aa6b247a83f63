#!/usr/bin/env python3
"""Where plumbline's time goes, by stage: callgrind's instructions, spread over the measured CPU time of a plain run.

A stage is a folder of the source tree. What it spends in libraries and in base/ is charged to it: the inclusive cost of
every call that leaves its folder for one of those. Also: peak memory for each flow.
"""

import argparse
import collections
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import JUDGED, Run, machine, memory, mix, packets_in, skip  # noqa: E402

STAGES = (("analyzer/capture/", "reader"), ("analyzer/packet/", "decode"), ("analyzer/sensor/", "sensor"),
          ("dissectors/", "dissectors"), ("analyzer/classify/", "classifier"), ("analyzer/judge/", "judge"),
          ("analyzer/profile/", "match"), ("analyzer/record/", "record"), ("analyzer/report/", "report"),
          ("analyzer/cli/", "command line"), ("analyzer/main.c", "command line"))
OTHER = "start-up, libraries by themselves"
COST = re.compile(r"^(?:0x[0-9a-f]+|\d+)(?: \d+)? (\d+)$")


def stage_of(path):
    """The stage a source file belongs to; None for base/ and for what is not ours."""
    return next((stage for folder, stage in STAGES if folder in path), None)


class Profile:
    """A callgrind file written without string and position compression: instructions by stage."""

    def __init__(self, lines):
        self.own = collections.Counter()
        self.file = self.callee_file = ""
        call = False
        for line in lines:
            if cost := COST.match(line):
                self.spend(int(cost.group(1)), call)
                call = False
            elif line.startswith("calls="):
                call = True
            else:
                self.name(line.rstrip("\n"))

    def name(self, line):
        key, _, value = line.partition("=")
        if key == "fl":
            self.file = self.callee_file = value
        elif key == "fn":
            self.callee_file = self.file
        elif key in ("cfl", "cfi"):
            self.callee_file = value

    def spend(self, cost, call):
        stage = stage_of(self.file)
        if not call:
            self.own[stage] += cost
        elif stage and not stage_of(self.callee_file):
            self.own[stage] += cost
            self.own[None] -= cost
        if call:
            self.callee_file = self.file


def callgrind(plumbline, capture, scratch):
    out = os.path.join(scratch, "callgrind.out")
    command = ["valgrind", "--tool=callgrind", "--compress-strings=no", "--compress-pos=no",
               f"--callgrind-out-file={out}", plumbline, "audit", "--threads", "1", capture]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    if done.returncode not in JUDGED or not os.path.isfile(out):
        sys.exit(f"valgrind: exit status {done.returncode}\n{done.stderr[-2000:]}")
    with open(out, errors="replace") as lines:
        return Profile(lines).own


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", required=True)
    parser.add_argument("--plumbline")
    parser.add_argument("--empty", required=True, help="a capture of a few packets: what a run costs by itself")
    parser.add_argument("--cache", default=".")
    parser.add_argument("--corpus")
    options = parser.parse_args()
    if not options.plumbline:
        skip("plumbline is not built here")
    if not shutil.which("valgrind"):
        skip("valgrind is not installed")
    capture = mix(options.cache, options.corpus)
    packets = packets_in(capture)
    plain = [Run(options.measure, [options.plumbline, "audit", capture]) for _ in range(3)]
    nothing = Run(options.measure, [options.plumbline, "audit", options.empty])
    if bad := next((run for run in (*plain, nothing) if run.status not in JUDGED), None):
        sys.exit(f"plumbline audit: exit status {bad.status}: {bad.complaint}")
    with tempfile.TemporaryDirectory() as scratch:
        own = callgrind(options.plumbline, capture, scratch)
    total, cpu = sum(own.values()), statistics.median(run.cpu for run in plain)
    print(f"{machine()}; {packets} packets, {cpu * 1e9 / packets:.0f} ns CPU a packet, {total / packets:.0f} instructions\n")
    print("| stage | instructions/packet | share | ns/packet |\n|---|---|---|---|")
    for stage, cost in own.most_common():
        share = cost / total
        print(f"| {stage or OTHER} | {cost / packets:.0f} | {share:.1%} | {share * cpu * 1e9 / packets:.0f} |")
    print("\n" + memory(options.plumbline, capture, statistics.median(run.peak for run in plain), nothing.peak))
    return 0


if __name__ == "__main__":
    sys.exit(main())
