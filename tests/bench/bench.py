#!/usr/bin/env python3
"""Plumbline beside other readers of captures: the same file, runs interleaved, medians, one Markdown table.

Compared are libpcap's bare loop, softflowd, ndpiReader and `plumbline audit` on one thread and on as many as it takes by
itself (its classifier, which is nDPI too, is a process beside them in both), and that without its classifier.

A virtual machine's host takes its processors away now and then; a run in which it did says more about the host than about
the tool, the more so the more processors the tool uses. So rounds go on until each tool has enough runs that next to
nothing was taken from. Those count, however long they took; lines below the table say what all of them gave.

Below the table: memory. A tool that is not installed is left out and named; without plumbline or softflowd, the pair that
matters, the benchmark is skipped (77).
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


LOOP, BASE, AUDIT = "libpcap loop", "softflowd -6 -m 200000", "plumbline audit"
UNDISTURBED = 0.02      # of a run's time; what the host takes is told in hundredths of a second


class Tool:
    def __init__(self, name, command, good=(0,)):
        self.name, self.command, self.good = name, command, good
        self.all, self.runs = [], []    # those that count

    def run(self, measure):
        done = Run(measure, self.command)
        if done.status not in self.good:
            sys.exit(f"{self.name}: exit status {done.status}: {done.complaint}")
        return done

    def choose(self, least):
        """Which runs count. False where too few are undisturbed: then the least disturbed ones do."""
        self.runs = [run for run in self.all if run.disturbed <= UNDISTURBED]
        enough = len(self.runs) >= least
        if not enough:
            self.runs = sorted(self.all, key=lambda run: run.disturbed)[:least]
        return enough

    def median(self, what):
        return statistics.median(getattr(run, what) for run in self.runs)

    def spread(self, what):
        values = [getattr(run, what) for run in self.runs]
        return f"{min(values):.3f}-{max(values):.3f}"


def tools(options, capture, scratch, port):
    """What is compared, in the table's order; softflowd exports to a socket of ours, as it must export somewhere."""
    softflowd = ["softflowd", "-6", "-m", "200000", "-r", capture, "-n", f"127.0.0.1:{port}", "-d",
                 "-p", f"{scratch}/pid", "-c", "none"]     # with a control socket it waits for a caller
    found = [Tool(LOOP, [options.loop, capture])]
    absent = []
    for name, command in ((BASE, softflowd), ("ndpiReader -q", ["ndpiReader", "-q", "-i", capture])):
        if path := shutil.which(command[0], path=os.environ.get("PATH", "") + ":/usr/sbin"):
            found.append(Tool(name, [path, *command[1:]]))
        else:
            absent.append(command[0])
    if options.plumbline:
        found.append(Tool("plumbline audit --threads 1", [options.plumbline, "audit", "--threads", "1", capture], JUDGED))
        found.append(Tool(AUDIT, [options.plumbline, "audit", capture], JUDGED))
        if options.unclassified:
            found.append(Tool("plumbline audit, without nDPI", [options.unclassified, capture], JUDGED))
    else:
        absent.append("plumbline")
    return found, absent


def named(found, name):
    return next(tool for tool in found if tool.name == name)


def measure_all(found, options):
    """Rounds of one run each, until all tools have enough that count."""
    for tool in found:      # once unmeasured: the file comes into the page cache
        tool.run(options.measure)
    for _ in range(options.most):
        for tool in found:
            tool.all.append(tool.run(options.measure))
        if all([tool.choose(options.rounds) for tool in found]):
            break


def disturbances(found):
    """What was taken from the runs that count, and what the others would have changed."""
    worst = max(run.disturbed for tool in found for run in tool.runs)
    yield (f"{len(found[0].all)} rounds; of the runs that count the host took {worst * 100:.0f} % at most. "
           "Medians of all runs:")
    base = statistics.median(run.wall for run in named(found, BASE).all)
    for tool in found:
        wall = statistics.median(run.wall for run in tool.all)
        yield f"- {tool.name}: {wall:.3f} s, {wall / base:.2f} × softflowd"


def table(found, packets):
    loop, base = named(found, LOOP), named(found, BASE)
    yield "| medians | runs | wall s | from-to | CPU s | ns/packet | peak MB | × libpcap loop | × softflowd |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for tool in found:
        wall = tool.median("wall")
        yield (f"| {tool.name} | {len(tool.runs)} | {wall:.3f} | {tool.spread('wall')} | {tool.median('cpu'):.3f} | "
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
    parser.add_argument("--unclassified", help="plumbline audit without a classifier")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each tool that count")
    parser.add_argument("--most", type=int, default=49, help="rounds at most, to have so many undisturbed")
    parser.add_argument("--partial", action="store_true", help="run also where plumbline or softflowd is missing")
    options = parser.parse_args()
    capture = mix(options.cache, options.corpus)
    with tempfile.TemporaryDirectory() as scratch, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        found, absent = tools(options, capture, scratch, sink.getsockname()[1])
        if "softflowd" in absent or "plumbline" in absent and not options.partial:
            skip(f"not here: {', '.join(absent)}")
        measure_all(found, options)
    packets = packets_in(capture)
    print(f"{machine()}; {packets} packets, {os.path.getsize(capture) / 1e6:.0f} MB\n")
    print("\n".join([*table(found, packets), "", *disturbances(found)]))
    if options.plumbline:
        least = Tool("", [options.plumbline, "audit", options.empty], JUDGED).run(options.measure)
        print("\n" + memory(options.plumbline, capture, named(found, AUDIT).median("peak"), least.peak))
    if absent:
        print(f"\nNot here: {', '.join(absent)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
