#!/usr/bin/env python3
"""The same packets written, wrapped, split or copied in another way give the same results; cut ones only doubt more.

    metamorphic.py [--all] PLUMBLINE [NAME…]      (real captures: $PLUMBLINE_CORPUS)

Every sample of pcaps/ and a choice of real captures are audited as they are, and again as each of CHANGES makes of them;
results.py says what may differ. Cut by snap length no flow, rule or device may be accused that the whole capture does
not accuse of as much. Any number of threads gives the same bytes. --filter, --since and --until give what a file with
only these packets gives. Without --all each capture goes through some of the changes, each change through many captures.
tshark reads some of the changed files: innermost addresses and ports are those of the file they were made of.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import datetime
import ipaddress
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
PCAPS = HERE.parent.parent / "pcaps"
sys.path[:0] = [str(PCAPS), str(HERE.parent / "compare")]
import captures  # noqa: E402
import changes  # noqa: E402
import tshark  # noqa: E402
from results import OUTER, first_difference, results  # noqa: E402
from scenarios import scenarios  # noqa: E402
from theirs import Walk  # noqa: E402
import make  # noqa: E402,F401  registers the scenarios

ENVIRONMENT = {**os.environ, "TZ": "UTC", "LC_ALL": "C", "PLUMBLINE_PROFILES": str(HERE.parent.parent / "profiles")}
JUDGED = (0, 1, 3)
SHARE = 4  # of so many changes one is made where not all are

REAL = """cisco_mercury/unit_tests/pcaps/surfshark.pcap andypitcher_IoT_Sentinel/WeMoLink/Setup-A-9-STA.pcap
 andypitcher_IoT_Sentinel/WeMoSwitch/Setup-A-10-STA.pcap ntop_nDPI/ocs.pcap ntop_nDPI/android.pcap
 ntop_nDPI/KakaoTalk_chat.pcap ntop_nDPI/starcraft_battle.pcap ntop_nDPI/http_connect.pcap CESNET_ipfixprobe/sip.pcap
 zeek_zeek/mqtt.pcap OISF_suricata-verify/ldap-unsolicited/ldap.pcap debian_wireshark/ikev1-certs.pcap
 odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/sip-rtp_only.pcap odedshimon_BruteShark/Voip_Calls_SIP,_RTP_/sip-rtp-g711.pcap
 google_testrun/conn/captures/monitor.pcap CESNET_ipfixprobe/dns.pcap""".split()

Base = collections.namedtuple("Base", "name path site")
Change = collections.namedtuple("Change", "blind files")


# ---- changes: a capture becomes the bytes of one file or several ----

def written(write, *blind):
    return Change({"name", *blind}, lambda capture: [write(capture)])


def changed(change, *blind):
    def files(capture):
        if capture.link != changes.ETHERNET:
            raise changes.Unfit("no Ethernet")
        return [captures.pcap(captures.capture_of(capture.link, change(capture.frames)))]
    return Change({"name", "size", *blind}, files)


def parts(capture, n=3):
    step = -(-len(capture.frames) // n)
    if step == 0 or len(capture.frames) < n:
        raise changes.Unfit("too few packets")
    return [captures.pcap(dataclasses.replace(capture, frames=capture.frames[at:at + step]))
            for at in range(0, len(capture.frames), step)]


def coarse(write, **how):
    def files(capture):
        if capture.nano:
            raise changes.Unfit("nanoseconds")
        return write(capture, **how)
    return files


TUNNEL = ("path", "outer", "frame")
CHANGES = {
    "microseconds": written(coarse(captures.pcap, nano=False)),
    "nanoseconds": written(lambda c: captures.pcap(c, nano=True)),
    "big-endian": written(lambda c: captures.pcap(c, order=">")),
    "big-endian-nanoseconds": written(lambda c: captures.pcap(c, order=">", nano=True)),
    "pcapng": written(coarse(captures.pcapng, nano=False)),
    "pcapng-nanoseconds": written(captures.pcapng),
    "pcapng-big-endian": written(lambda c: captures.pcapng(c, order=">")),
    "gzip": written(lambda c: captures.gzipped(captures.pcap(c))),
    "zstd": written(lambda c: captures.zstandard(captures.pcapng(c))),
    "tagged": changed(changes.each(changes.tagged), "path"),
    "double-tagged": changed(changes.each(changes.double_tagged), "path"),
    "vxlan": changed(changes.each(changes.in_vxlan), *TUNNEL),
    "gre": changed(changes.each(changes.in_gre), *TUNNEL),
    "capwap": changed(changes.each(changes.in_capwap), *TUNNEL),
    "capwap-wifi": changed(changes.each(changes.in_capwap_wifi), *TUNNEL),
    "parts": Change({"parts", "frame"}, parts),
    "copies": changed(changes.copied(), "copies", "frame"),
    "copies-in-vxlan": changed(changes.copied(changes.in_vxlan), "copies", *TUNNEL),
    "copies-tagged": changed(changes.copied(changes.tagged), "copies", "frame", "path"),
}

# (capture, change): why it is not the same nevertheless. A line that explains nothing fails.
EXPLAINED = {
    ("sip-fragment-overlap", "copies"): "of a datagram thrown away for its overlap, copies of fragments are not known",
}
SNAPLENS = (34, 54, 68, 96, 128, 200, 400)
THREADS = (1, 2, 3, 8)


# ---- audits ----

class Refused(Exception):
    """An audit that judged nothing, or ended as it must not."""


def run(plumbline, base, files, *options):
    """What the audit of these files says."""
    site = ["--site", str(PCAPS / base.site)] if base.site else []
    done = subprocess.run([plumbline, "audit", "--format", "jsonl", *site, *options, *map(str, files)],
                          capture_output=True, timeout=120, env=ENVIRONMENT)
    if done.returncode not in JUDGED:
        raise Refused(f"exit status {done.returncode}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout.decode()


def put(folder, contents):
    """Files with these contents, in the order of their names."""
    paths = []
    for n, data in enumerate(contents):
        paths.append(pathlib.Path(folder) / f"{n}.cap")
        paths[-1].write_bytes(data)
    return paths


# ---- what must hold ----

def same_results(plumbline, base, capture, name, folder):
    change = CHANGES[name]
    try:
        contents = change.files(capture)
    except changes.Unfit:
        return None
    whole = run(plumbline, base, [base.path])
    other = run(plumbline, base, put(folder, contents))
    return first_difference(results(whole, change.blind), results(other, change.blind))


ACCUSING = {"undeclared", "failed", "impaired", "unexpected-application", "intermittent", "missing"}
# What may be said where the contrast is not in the capture: the code, and those it may stand for.
WEAKER = {"peer-unreachable": {"port-blocked-silently", "service-blocked", "dns-rewritten", "dns-failure"},
          "service-refused": {"port-rejected"}, "port-blocked-silently": {"service-blocked"}}


def verdicts(records):
    """What is said of each flow and of each rule."""
    flows = {r["id"]: (r["transport"], *r["ends"], *r.get("ports", []), r.get("start", ""))
             for r in records if r["type"] == "flow"}
    said = {}
    for r in records:
        if r["type"] == "verdict":
            said[("flow", *flows[r["flow"]], r["device"])] = r["verdict"]
        elif r["type"] == "rule":
            said[("rule", r["device"], r["profile"], r["rule"])] = r["status"]
    return said


def codes(records):
    return {r["code"] for r in records if r["type"] == "finding" and r["state"] != "cleared" and r["severity"] != "info"}


def only_doubts_more(plumbline, base, capture, snaplen, folder):
    data = captures.pcap(captures.capture_of(capture.link, changes.cut(snaplen)(capture.frames)))
    whole = results(run(plumbline, base, [base.path]), ())
    seen = results(run(plumbline, base, put(folder, [data])), ())
    before, after = verdicts(whole), verdicts(seen)
    accused = {what[:3] for what, verdict in before.items() if what[0] == "rule" and verdict in ACCUSING}
    for what, verdict in after.items():
        if what[:3] in accused:  # without its name a failed attempt may count for another rule of the same profile
            continue
        if verdict in ACCUSING and before.get(what) != verdict:
            return f"{what}: {before.get(what)} becomes {verdict}"
    known = codes(whole)
    for code in sorted(codes(seen) - known):
        if not WEAKER.get(code, set()) & known:
            return f"finds {code}, which the whole capture does not show"
    return None


def same_bytes(plumbline, base, threads):
    one = run(plumbline, base, [base.path])
    other = run(plumbline, base, [base.path], "--threads", str(threads))
    return None if one == other else "other bytes"


def filtered(capture, wanted):
    return [captures.pcap(dataclasses.replace(capture, frames=tuple(f for f in capture.frames if wanted(f))))]


def is_ipv4(protocol):
    return lambda frame: frame.data[12:14] == b"\x08\0" and frame.data[23] == protocol


def stamp(time):
    moment = datetime.datetime.fromtimestamp(time // 10**9, datetime.timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time % 10**9:09d}Z"


def selections(capture):
    """
    Options, and the frames that they let through. What a filter drops shows that time passed, so only filters that take
    the first and the last frame are compared.
    """
    middle = capture.frames[len(capture.frames) // 2].time
    for protocol in (6, 17):
        if is_ipv4(protocol)(capture.frames[0]) and is_ipv4(protocol)(capture.frames[-1]):
            yield ("--filter", f"ip proto {protocol}"), is_ipv4(protocol)
    yield ("--since", stamp(middle)), lambda frame: frame.time >= middle
    yield ("--until", stamp(middle)), lambda frame: frame.time < middle


def same_selection(plumbline, base, capture, folder):
    """--filter, --since and --until: as of a file that has no other packets."""
    if capture.link != changes.ETHERNET:
        return None
    blind = {"name", "size", "counts", "parts", "frame"}
    for options, wanted in selections(capture):
        few = put(folder, filtered(capture, wanted))
        one = results(run(plumbline, base, few), blind)
        other = results(run(plumbline, base, [base.path], *options), blind)
        difference = first_difference(one, other)
        if difference:
            return f"{' '.join(options)}: {difference}"
    return None


def innermost(path, oracle):
    """Addresses and ports of every packet, as tshark reads them."""
    found = collections.Counter()
    for row in oracle.rows(path):
        headers = Walk(row).headers
        if headers and ipaddress.ip_address(headers[-1].src) not in OUTER:  # else what is inside has no addresses: ARP
            found[headers[-1]] += 1
    return found


def sound(base, capture, name, folder, oracle):
    """Is the changed file what it is said to be? tshark finds the packets of the capture in it."""
    try:
        paths = put(folder, CHANGES[name].files(capture))
    except changes.Unfit:
        return None
    here, there = innermost(base.path, oracle), innermost(paths[0], oracle)
    if name.startswith("copies"):  # some twice, some once
        here, there = set(here), set(there)
    return None if here == there else f"tshark finds {there - here} too many, {here - there} too few"


# ---- all of it ----

def is_due(base, what, everything):
    return everything or zlib.crc32(f"{base.name} {what}".encode()) % SHARE == 0


def faults(plumbline, base, everything):
    """(what, what is wrong or None) of each check that this capture is due for."""
    capture = captures.read(base.path)
    checks = [(name, same_results, (capture, name)) for name in CHANGES]
    checks += [("selection", same_selection, (capture,))]
    checks += [(f"cut to {n}", only_doubts_more, (capture, n)) for n in SNAPLENS]
    for name, check, rest in checks:
        if not is_due(base, name, everything):
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                yield name, check(plumbline, base, *rest, folder)
            except Refused as why:
                yield name, str(why)
    for threads in THREADS:
        if is_due(base, f"threads {threads}", everything):
            yield f"threads {threads}", same_bytes(plumbline, base, threads)


def bases(names):
    corpus = os.environ.get("PLUMBLINE_CORPUS", "")
    found = [Base(s.name, PCAPS / f"{s.name}.pcap", s.site) for s in scenarios.values()]
    if os.path.isdir(corpus):
        found += [Base(name, pathlib.Path(corpus) / name, None) for name in REAL]
    else:
        print("no corpus ($PLUMBLINE_CORPUS): samples only")
    return [base for base in found if not names or base.name in names]


def unsound(cache):
    """Each change once, in tshark's eyes."""
    if not shutil.which("tshark"):
        print("no tshark: the changed files are not looked at")
        return
    oracle = tshark.Oracle(cache, "-o", "capwap.swap_fc:FALSE")  # tshark thinks of a vendor's frames with swapped bytes
    base = next(base for base in bases([]) if base.name == "versity-day")
    for name in CHANGES:
        if CHANGES[name].files is not parts:
            with tempfile.TemporaryDirectory() as folder:
                wrong = sound(base, captures.read(base.path), name, folder, oracle)
            if wrong:
                yield f"{base.name}: {name}: {wrong}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--cache", default="tshark-cache")
    parser.add_argument("plumbline")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    wrong, done, explained = [], collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        chosen = bases(options.names)
        for base, found in zip(chosen, pool.map(lambda b: list(faults(options.plumbline, b, options.all)), chosen)):
            done.update(what for what, _ in found)
            for what, fault in found:
                key = base.name, re.split(r"[ -]", what)[0]
                explained[key] += bool(fault and key in EXPLAINED)
                if fault and key not in EXPLAINED:
                    wrong.append(f"{base.name}: {what}: {fault}")
    wrong += unsound(os.environ.get("PLUMBLINE_TSHARK_CACHE") or options.cache)
    wrong += [f"{what}: of no capture" for what in CHANGES if not options.names and not done[what]]
    if options.all and not options.names:
        wrong += [f"{key[0]}: {key[1]}: explained, but as it should be" for key in EXPLAINED if not explained[key]]
    for line in wrong:
        print(line[:1000])
    print(f"{len(chosen)} captures, {sum(done.values())} comparisons, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
