#!/usr/bin/env python3
"""A capture cut off at every byte: as many packets as are whole, a word on where it ends, and never a crash.

    truncated.py PLUMBLINE

The smallest sample as pcap and as pcapng. tshark counts the packets of every so many of the pieces too.
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
PCAPS = HERE.parent.parent / "pcaps"
sys.path.insert(0, str(PCAPS))
import captures  # noqa: E402

NAMES = ("hmc-vpn-refused",)
TSHARK_EVERY = 97
ENVIRONMENT = {**os.environ, "PLUMBLINE_PROFILES": str(HERE.parent.parent / "profiles")}


def ends(data):
    """Where the header ends, and each further record; and after which of them there is one packet more."""
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        at, packets, out = 0, 0, []
        while at < len(data):
            kind, size = struct.unpack_from("<II", data, at)
            at += size
            packets += kind == captures.ENHANCED
            out.append((at, packets))
        return out
    at, packets, out = 24, 0, [(24, 0)]
    while at < len(data):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        packets += 1
        out.append((at, packets))
    return out


def due(data, length):
    """(packets, whether the piece ends where a record ends); None where its header is not whole."""
    whole = [(at, packets) for at, packets in ends(data) if at <= length]
    return (whole[-1][1], whole[-1][0] == length) if whole else None


def counted_by_tshark(path):
    done = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.number"], capture_output=True)
    return done.stdout.count(b"\n")


def fault(plumbline, data, length, path):
    """What is wrong with the audit of the first `length` bytes, or None."""
    path.write_bytes(data[:length])
    done = subprocess.run([plumbline, "audit", "--format", "jsonl", str(path)], capture_output=True, env=ENVIRONMENT,
                          timeout=60)
    said, wanted = done.stderr.decode(errors="replace"), due(data, length)
    if done.returncode not in (0, 1, 2, 3):
        return f"exit status {done.returncode}: {said[-300:]}"
    if wanted is None:
        return None if done.returncode == 2 and said.startswith("plumbline: ") else f"{done.returncode}: {said}"
    end = json.loads(done.stdout.splitlines()[-1])
    packets, sound = wanted
    if (end["packets"], end["complete"]) != (packets, sound):
        return f"{end['packets']} packets, complete {end['complete']}; due are {packets}, {sound}"
    if not sound and " at byte " not in end.get("reason", ""):
        return f"does not say where it ends: {end.get('reason')}"
    if length % TSHARK_EVERY == 0 and shutil.which("tshark") and counted_by_tshark(path) != packets:
        return f"tshark counts {counted_by_tshark(path)} packets, not {packets}"
    return None


def pieces():
    for name in NAMES:
        capture = captures.read(PCAPS / f"{name}.pcap")
        for form in (captures.pcap, captures.pcapng):
            data = form(capture)
            for length in range(len(data) + 1):
                yield name, form.__name__, data, length


def main(plumbline):
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        def check(numbered):
            number, (name, form, data, length) = numbered
            path = pathlib.Path(folder) / f"{number}.cap"
            wrong = fault(plumbline, data, length, path)
            path.unlink()
            return wrong and f"{name}, {form}, {length} of {len(data)} bytes: {wrong}"
        found = list(pool.map(check, enumerate(pieces())))
    wrong = [line for line in found if line]
    for line in wrong[:20]:
        print(line)
    print(f"{len(found)} pieces, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
