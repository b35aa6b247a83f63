#!/usr/bin/env python3
"""Writes the sample captures of this folder and INDEX.md: the same bytes in every run, with the standard library alone.

  make.py                            write every capture and INDEX.md beside this program
  make.py --check                    change nothing; fail where a file on disk is not what would be written
  make.py --variant V NAME OUT       one capture as a worse observation point shows it
  make.py --variants                 list them
  make.py --expect                   a table for tests: name, site file, findings due, findings forbidden, outcomes
"""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from lib import pcap  # noqa: E402
from lib.net import Lab  # noqa: E402
from lib.variants import VARIANTS  # noqa: E402
from scenarios import DOUBTED, scenarios  # noqa: E402


def frames_of(scenario):
    lab = Lab(scenario.name)
    scenario.build(lab)
    return lab.sorted()


def index(sizes):
    """INDEX.md: what each capture shows and what an audit must, and must not, find in it."""
    lines = ["# Sample captures", "",
             "Written by `make.py`, which also writes this page; do not edit either by hand. The observation point is "
             "a span port between access point and gateway unless a line says otherwise; each begins on Monday "
             "2026-09-21, 07:30 UTC. Audit it with the site file of its line. Outcomes are those of the TCP flows to "
             "ports 443 and 5228, in order of their first packets. Protocols whose formats are not public carry noise. "
             "`check_audit.py` holds an audit against this page.", "",
             f"\"The rest\" is what of these it must not find: {code(DOUBTED)}.", "",
             "| capture | frames, bytes | shows | outcomes | must find | must not find | site |",
             "|---|---|---|---|---|---|---|"]
    for scenario in scenarios.values():
        count, size = sizes[scenario.name]
        cells = [f"{scenario.name}.pcap", f"{count}, {size}", scenario.shows, ", ".join(scenario.outcomes) or "-",
                 code(scenario.finds), forbidden(scenario), f"`{scenario.site}`"]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "## Variants", "",
              "`make.py --variant V NAME OUT.pcap` writes a capture as a worse observation point shows it. No finding "
              "that accuses somebody may appear in a variant that is not in the capture itself.", "",
              "| variant | what it is |", "|---|---|"]
    lines += [f"| {name} | {what} |" for name, (what, _, _) in VARIANTS.items()]
    return "\n".join(lines) + "\n"


def forbidden(scenario):
    """The usual list is said once, above the table."""
    usual = {name for name in DOUBTED if name not in scenario.finds}
    return "the rest" if set(scenario.never) == usual else code(scenario.never)


def code(names):
    return " ".join(f"`{name}`" for name in names) or "-"


def files():
    """Every file this program writes: name and bytes."""
    out, sizes = {}, {}
    for scenario in scenarios.values():
        frames = frames_of(scenario)
        data = pcap.encode(frames)
        out[f"{scenario.name}.pcap"] = data
        sizes[scenario.name] = len(frames), len(data)
    out["INDEX.md"] = index(sizes).encode()
    return out


def check(wanted):
    """Names of files on disk that differ, are missing, or that nobody writes."""
    wrong = [name for name, data in wanted.items()
             if not (HERE / name).is_file() or (HERE / name).read_bytes() != data]
    return wrong + [path.name for path in sorted(HERE.glob("*.pcap")) if path.name not in wanted]


def varied(kind, frames):
    """A file of the frames as the variant shows them."""
    _, change, layout = VARIANTS[kind]
    return pcap.encode(change(frames), layout)


def expectations():
    for scenario in scenarios.values():
        print(scenario.name, scenario.site, ",".join(scenario.finds) or "-", ",".join(scenario.never) or "-",
              ",".join(scenario.outcomes) or "-", sep="\t")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true")
    what.add_argument("--variant", nargs=3, metavar=("V", "NAME", "OUT"))
    what.add_argument("--variants", action="store_true")
    what.add_argument("--expect", action="store_true")
    options = parser.parse_args()
    if options.variants:
        print("\n".join(f"{name}\t{what}" for name, (what, _, _) in VARIANTS.items()))
    elif options.expect:
        expectations()
    elif options.variant:
        kind, name, out = options.variant
        if kind not in VARIANTS or name not in scenarios:
            parser.error(f"no variant {kind}" if kind not in VARIANTS else f"no capture {name}")
        pathlib.Path(out).write_bytes(varied(kind, frames_of(scenarios[name])))
    elif options.check:
        wrong = check(files())
        for name in wrong:
            print(f"pcaps/{name}: not what make.py writes", file=sys.stderr)
        return 1 if wrong else 0
    else:
        for name, data in files().items():
            (HERE / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
