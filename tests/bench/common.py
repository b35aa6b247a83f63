"""What both benchmarks need: the mix, a measured run, a machine's name."""

import datetime
import json
import os
import pathlib
import platform
import shutil
import struct
import subprocess
import sys
import tempfile

SKIP = 77
JUDGED = (0, 1, 3)      # plumbline's exit statuses that mean: it did its work


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)


def mix(cache, corpus):
    """The capture to measure with: PLUMBLINE_MIX, or one built (it takes minutes) from PLUMBLINE_CORPUS and kept."""
    given = os.environ.get("PLUMBLINE_MIX")
    if given:
        return given if os.path.isfile(given) else skip(f"PLUMBLINE_MIX={given} is not a file")
    kept = pathlib.Path(cache) / "mix.pcap"
    if kept.is_file():
        return str(kept)
    corpus = pathlib.Path(os.environ.get("PLUMBLINE_CORPUS") or corpus or "/nonexistent")
    if not (corpus / "make_mix.sh").is_file():
        skip("no mix: set PLUMBLINE_MIX to a capture, or PLUMBLINE_CORPUS to the corpus it is built from")
    absent = [tool for tool in ("capinfos", "editcap", "mergecap", "tcprewrite") if not shutil.which(tool)]
    if absent:
        skip(f"to build the mix takes {', '.join(absent)}")
    return build(corpus, kept)


def build(corpus, kept):
    print(f"building {kept}: this takes some minutes", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
        part = pathlib.Path(scratch) / "mix.pcap"
        command = ["bash", str(corpus / "make_mix.sh"), str(corpus / "mix.tsv"), str(corpus), str(part)]
        done = subprocess.run(command, env={**os.environ, "TMP": scratch, "LC_ALL": "C"}, stdout=subprocess.DEVNULL)
        if done.returncode or not part.is_file():
            sys.exit(f"make_mix.sh failed with {done.returncode}")
        part.rename(kept)
    return str(kept)


def packets_in(capture):
    """Packets of a classic pcap file, by its record headers."""
    with open(capture, "rb") as file:
        head = file.read(24)
        order = "<" if head[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        if struct.unpack(order + "I", head[:4])[0] not in (0xA1B2C3D4, 0xA1B23C4D):
            sys.exit(f"{capture}: not a pcap file")
        count, size = 0, os.path.getsize(capture)
        record = struct.Struct(order + "8xI4x")
        while len(head := file.read(16)) == 16:
            at = file.seek(record.unpack(head)[0], os.SEEK_CUR)
            count += at <= size
    return count


def taken():
    """Seconds that the host kept this machine's processors from running, all together ("steal", proc(5))."""
    try:
        with open("/proc/stat") as stat:
            return int(stat.readline().split()[8]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return 0


class Run:
    """One measured run of a command: status, wall and CPU seconds, peak MB, the share of its time that the host took."""

    def __init__(self, measure, command):
        before = taken()
        with tempfile.NamedTemporaryFile("r") as result:
            done = subprocess.run([measure, result.name, *command], stderr=subprocess.PIPE, text=True, errors="replace")
            if done.returncode:
                sys.exit(f"{measure}: {done.stderr}")
            status, wall, cpu, peak = result.read().split()
        self.status, self.wall, self.cpu, self.peak = int(status), int(wall) / 1e9, int(cpu) / 1e9, int(peak) / 1024
        self.disturbed = (taken() - before) / self.wall
        self.complaint = done.stderr.strip()


def flows_in(plumbline, capture):
    """How many flows there are, by the last record of the results."""
    last = "{}"
    with subprocess.Popen([plumbline, "audit", "--format", "jsonl", capture], stdout=subprocess.PIPE, text=True,
                          errors="replace", stderr=subprocess.DEVNULL) as process:
        for line in process.stdout:
            last = line
    return json.loads(last).get("flows", 0)


def memory(plumbline, capture, peak, least):
    """A line on memory: peak MB over this capture, and over next to nothing."""
    flows = flows_in(plumbline, capture)
    beyond = (peak - least) * 2**20
    return (f"{flows} flows, peak {peak:.1f} MB, {least:.1f} MB over a few packets: "
            f"{beyond / max(flows, 1):.0f} bytes a flow")


def machine():
    """Date and machine, for the head of a table."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as info:
            model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), model)
        with open("/proc/meminfo") as info:
            memory = f", {int(info.readline().split()[1]) / 2**20:.0f} GiB"
    except OSError:
        memory = ""
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return f"{today}, {model}, {os.cpu_count()} cores{memory}, {platform.system()} {platform.release()}"
