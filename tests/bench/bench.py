#!/usr/bin/env python3
"""Plumbline beside other readers of captures: the same file, runs interleaved, medians, one Markdown table.

Compared are libpcap's bare loop, softflowd, ndpiReader and `plumbline audit` on one thread and on as many as it takes by
itself (its classifier, which is nDPI too, is a process beside them in both). Below the table: memory. A tool that is not installed is left out
and named; without plumbline or softflowd, the pair that matters, the benchmark is skipped (77).
"""

import argparse
import os
import shutil
import socket
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True
from common import JUDGED, Run, machine, memory, mix, packets_in, skip  # noqa: E402


class Tool:
    def __init__(self, name, command, good=(0,)):
        self.name, self.command, self.good, self.runs = name, command, good, []

    def run(self, measure):
        done = Run(measure, self.command)
        if done.status not in self.good:
            sys.exit(f"{self.name}: exit status {done.status}: {done.complaint}")
        return done

    def median(self, what):
        return statistics.median(getattr(run, what) for run in self.runs)

    def spread(self, what):
        values = [getattr(run, what) for run in self.runs]
        return f"{min(values):.3f}-{max(values):.3f}"


def tools(options, capture, scratch, port):
    """What is compared, in the table's order; softflowd exports to a socket of ours, as it must export somewhere."""
    softflowd = ["softflowd", "-6", "-m", "200000", "-r", capture, "-n", f"127.0.0.1:{port}", "-d",
                 "-p", f"{scratch}/pid", "-c", "none"]     # with a control socket it waits for a caller
    found = [Tool("libpcap loop", [options.loop, capture])]
    absent = []
    for name, command in (("softflowd -6 -m 200000", softflowd), ("ndpiReader -q", ["ndpiReader", "-q", "-i", capture])):
        if path := shutil.which(command[0], path=os.environ.get("PATH", "") + ":/usr/sbin"):
            found.append(Tool(name, [path, *command[1:]]))
        else:
            absent.append(command[0])
    if options.plumbline:
        found.append(Tool("plumbline audit --threads 1", [options.plumbline, "audit", "--threads", "1", capture], JUDGED))
        found.append(Tool("plumbline audit", [options.plumbline, "audit", capture], JUDGED))
    else:
        absent.append("plumbline")
    return found, absent


def table(found, packets, rounds):
    loop, base = (next(tool for tool in found if tool.name.startswith(name)) for name in ("libpcap", "softflowd"))
    yield f"| medians of {rounds} | wall s | from-to | CPU s | ns/packet | peak MB | × libpcap loop | × softflowd |"
    yield "|---|---|---|---|---|---|---|---|"
    for tool in found:
        wall = tool.median("wall")
        yield (f"| {tool.name} | {wall:.3f} | {tool.spread('wall')} | {tool.median('cpu'):.3f} | "
               f"{wall * 1e9 / packets:.0f} | {tool.median('peak'):.1f} | {wall / loop.median('wall'):.2f} | "
               f"{wall / base.median('wall'):.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", required=True)
    parser.add_argument("--loop", required=True)
    parser.add_argument("--plumbline")
    parser.add_argument("--empty", required=True, help="a capture of a few packets: what a run takes by itself")
    parser.add_argument("--cache", default=".")
    parser.add_argument("--corpus")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--partial", action="store_true", help="run also where plumbline or softflowd is missing")
    options = parser.parse_args()
    capture = mix(options.cache, options.corpus)
    with tempfile.TemporaryDirectory() as scratch, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        found, absent = tools(options, capture, scratch, sink.getsockname()[1])
        if "softflowd" in absent or "plumbline" in absent and not options.partial:
            skip(f"not here: {', '.join(absent)}")
        for tool in found:      # once unmeasured: the file comes into the page cache
            tool.run(options.measure)
        for _ in range(options.rounds):
            for tool in found:
                tool.runs.append(tool.run(options.measure))
    packets = packets_in(capture)
    print(f"{machine()}; {packets} packets, {os.path.getsize(capture) / 1e6:.0f} MB\n")
    print("\n".join(table(found, packets, options.rounds)))
    if options.plumbline:
        least = Tool("", [options.plumbline, "audit", options.empty], JUDGED).run(options.measure)
        print("\n" + memory(options.plumbline, capture, found[-1].median("peak"), least.peak))
    if absent:
        print(f"\nNot here: {', '.join(absent)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
