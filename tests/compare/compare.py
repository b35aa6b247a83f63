#!/usr/bin/env python3
"""Compares `plumbline sense` with tshark over real captures, from the outside.

    compare.py [--all] [--cache FOLDER] PLUMBLINE [CAPTURE…]      (the corpus: $PLUMBLINE_CORPUS)

Number of packets; 5-tuples with their packets, TCP payload, first and last frame; server names of TLS and QUIC; answers
of DNS; hosts of HTTP; methods and codes of SIP; streams of RTP with their packets; and which flow an ICMP error is
about. Differences that stay are in differences.tsv: capture pattern, what, how many, and the reason. Any other fails,
and so does a line that explains another number of them than it says. Without --all a choice of the corpus is read, and
the numbers are upper bounds. What tshark says is kept in the cache ($PLUMBLINE_TSHARK_CACHE names another). Exit
status: 0 agreed, 1 not, 77 skipped.
"""
import argparse
import collections
import concurrent.futures
import csv
import fnmatch
import os
import pathlib
import shutil
import sys

sys.dont_write_bytecode = True
import ours  # noqa: E402
import theirs  # noqa: E402
import tshark  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SHOWN = 3
FACTS_PER_FLOW = 32     # what the sensor keeps of one flow: the first and the last 16
HTTP_EXCHANGES = 4
RTP_ENOUGH = 4          # datagrams before a stream is believed
ICMP_PER_FLOW = 2

# At least so much must have been compared: of the choice, of everything.
LEAST = {"packets": (26000, 108000), "tuples": (1200, 7000), "repeats": (150, 650), "sni": (110, 900),
         "dns": (650, 1300), "http": (230, 420), "sip": (170, 280), "rtp": (30, 40), "icmp": (85, 170)}


Difference = collections.namedtuple("Difference", "what tshark we")


def compare_packets(them, us, seen):
    seen["packets"] += them.packets
    if them.packets != us.packets:
        yield Difference("packets", them.packets, us.packets)


def compare_tuples(them, us, seen):
    """
    Of fragments that tshark could not put together we may know the ports. A packet in which another travelled counts
    as that one's; where what travels has no addresses - ARP, LCP - tshark's innermost header is the tunnel's.
    """
    unplaced = collections.Counter(them.unplaced)
    for ends in sorted(set(them.talks) | set(us.talks), key=str):
        t, o = them.talks.get(ends), us.talks.get(ends)
        seen["tuples"] += bool(t)
        more = (o.packets if o else 0) - (t.packets if t else 0)
        pair = ends[0], *sorted([ends[1], ends[3]])
        if 0 < more <= unplaced[pair]:
            unplaced[pair] -= more
            seen["packets placed by us alone"] += more
        elif o and -o.carried <= more <= 0 and o.carried:
            seen["tunnels"] += 1
        elif more or not o or not t:
            yield Difference("tuple:packets", (ends, t.packets if t else 0), o.packets if o else 0)
        elif o.duplicates or ends in them.cut:
            seen["tuples with copies or cut frames"] += 1
        elif t.payload != o.payload:
            yield Difference("tuple:payload", (ends, t.payload), o.payload)
        elif (t.first, t.last) != (o.first, o.last):
            yield Difference("tuple:frames", (ends, t.first, t.last), (o.first, o.last))


def compare_repeats(them, us, seen):
    """
    What is a repeat and what came late is a matter of definition, and tshark's is one of time: only the sum is held, and
    only roughly. A copy of a packet with payload is a repeat to tshark, one of a bare packet is not.
    """
    tcp = [talk for ends, talk in us.talks.items() if ends[0] == "tcp"]
    t, o = sum(talk.repeats for talk in them.talks.values()), sum(talk.repeats for talk in tcp)
    most = o + sum(talk.duplicates for talk in tcp)
    seen["repeats"] += t
    if o - t > 5 + o // 5 or t - most > 5 + t // 5:
        yield Difference("repeats", t, f"{o} and {most - o} copies")


def compare_sni(them, us, seen):
    seen["sni"] += len(them.sni)
    for ends, name in sorted(them.sni ^ us.sni, key=str):
        if (ends, name) in them.sni:
            yield Difference("sni:missing", (ends, name), "")
        elif ends in them.cut:
            seen["sni of cut frames"] += 1
        else:
            yield Difference("sni:extra", "", (ends, name))


def same_answers(them, us):
    """them: [(frame, addresses)], us: [(frame, addresses, more)] of one question; equal answers are said once."""
    wanted = {addresses for _, addresses in them}
    for _, addresses, more in us:
        if None not in wanted and addresses not in wanted and not (more and any(addresses <= w for w in wanted)):
            return False
    said = [addresses for _, addresses, _ in us]
    partial = any(more for _, _, more in us)
    return all(w is None or w in said or partial for w in wanted)


def compare_dns(them, us, seen):
    for key in sorted(set(them.dns) | set(us.dns), key=str):
        t, o = them.dns.get(key, []), us.dns.get(key, [])
        seen["dns"] += len(t)
        if not t and all(answer[0] in them.doubtful for answer in o):
            seen["dns only we read"] += len(o)
        elif not t or not o or not same_answers(t, o):
            what = "dns:missing" if not o else "dns:extra" if not t else "dns:answers"
            yield Difference(what, (key, t), o)


def is_part(few, many):
    rest = iter(many)
    return all(any(m == f for m in rest) for f in few)


def compare_http(them, us, seen):
    for ends in sorted(set(them.http) | set(us.http), key=str):
        t, o = them.http.get(ends, []), us.http.get(ends, [])
        seen["http"] += len(t)
        if len(o) < min(len(t), HTTP_EXCHANGES) or not is_part(o, t):
            if not (ends in them.cut and is_part(t, o)):
                yield Difference("http:hosts", (ends, t), o)


def compare_sip(them, us, seen):
    """Repeats are said once, and only so much is kept of one flow."""
    for ends in sorted(set(them.sip) | set(us.sip), key=str):
        t, o = set(them.sip.get(ends, [])), set(us.sip.get(ends, []))
        seen["sip"] += len(t)
        if any(call is None for call, _ in t):
            t, o = {word for _, word in t}, {word for _, word in o}
        full = len(us.sip.get(ends, [])) >= FACTS_PER_FLOW - 2
        if o - t or (t - o and not full):
            yield Difference("sip", (ends, sorted(t - o, key=str)), sorted(o - t, key=str))


def compare_rtp(them, us, seen):
    """tshark's heuristics take single datagrams for RTP."""
    for key in sorted(set(them.rtp) | set(us.rtp), key=str):
        t, o = them.rtp[key], us.rtp[key]
        seen["rtp"] += bool(t and o)
        if o and t != o:
            yield Difference("rtp:packets", (key, t), o)
        elif not o and t >= RTP_ENOUGH:
            yield Difference("rtp:missing", (key, t), 0)


def compare_icmp(them, us, seen):
    known = {theirs.ends_of(key[3]) for key in us.icmp}
    kept = collections.Counter(theirs.ends_of(key[3]) for key in us.icmp)
    for key in sorted(set(them.icmp) | set(us.icmp), key=str):
        t, o, ends = them.icmp[key], us.icmp[key], theirs.ends_of(key[3])
        if not o and ends not in them.talks:
            seen["icmp about flows not in the capture"] += 1
            continue
        seen["icmp"] += bool(t and o)
        if t != o and not (not o and ends in known and kept[ends] >= ICMP_PER_FLOW):
            yield Difference("icmp", (key, t), o)


COMPARED = (compare_packets, compare_tuples, compare_repeats, compare_sni, compare_dns, compare_http, compare_sip, compare_rtp,
            compare_icmp)


def compare(plumbline, oracle, corpus, name):
    """Differences of one capture, and what was compared."""
    seen = collections.Counter()
    them = theirs.digest(oracle.rows(corpus / name))
    try:
        us = ours.digest(plumbline, corpus / name)
    except ours.Failed as why:
        return name, [Difference("refused", them.packets, str(why))], seen
    return name, [d for each in COMPARED for d in each(them, us, seen)], seen


def read_table():
    with open(HERE / "differences.tsv") as f:
        rows = csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{**row, "count": int(row["count"]), "seen": 0} for row in rows]


def explain(table, name, what):
    for line in table:
        if line["what"] == what and fnmatch.fnmatchcase(name, line["capture"]):
            line["seen"] += 1
            return True
    return False


def chosen(corpus, names, everything):
    with open(corpus / "MANIFEST.tsv") as f:
        manifest = [row["file"] for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)]
    if names:
        return names
    if everything:
        return manifest
    wanted = (HERE / "choice").read_text().split("\n")
    return [name for name in wanted if name]


def judge(results, table, least, everything):
    """Lines that say what is wrong, and all that was compared. least: what must have been, of what."""
    wrong, total = [], collections.Counter()
    for name, differences, seen in results:
        total += seen
        left = collections.defaultdict(list)
        for d in differences:
            if not explain(table, name, d.what):
                left[d.what].append(d)
        for what, ds in left.items():
            wrong.append(f"{name}: {what}: {len(ds)} not explained")
            wrong += [f"    tshark {d.tshark!s:.300}\n    we     {d.we!s:.300}" for d in ds[:SHOWN]]
    for line in table:
        if line["seen"] > line["count"] or (everything and line["seen"] != line["count"]):
            wrong.append(f"{line['capture']}: {line['what']}: {line['seen']} differences, {line['count']} are explained")
    wrong += [f"only {total[what]} of {what} compared, {n} expected" for what, n in least.items() if total[what] < n]
    return wrong, total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--cache", default="tshark-cache")
    parser.add_argument("plumbline")
    parser.add_argument("captures", nargs="*")
    options = parser.parse_args()
    corpus = pathlib.Path(os.environ.get("PLUMBLINE_CORPUS", ""))
    if not shutil.which("tshark") or not (corpus / "MANIFEST.tsv").is_file():
        print("skipped: no tshark, or no corpus ($PLUMBLINE_CORPUS)")
        return 77
    names = chosen(corpus, options.captures, options.all)
    oracle = tshark.Oracle(os.environ.get("PLUMBLINE_TSHARK_CACHE") or options.cache)
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(compare, *zip(*((options.plumbline, oracle, corpus, name) for name in names)),
                                chunksize=4))
    least = {} if options.captures else {what: n[options.all] for what, n in LEAST.items()}
    wrong, total = judge(results, read_table(), least, options.all and not options.captures)
    for line in wrong:
        print(line)
    print(f"{len(names)} captures: " + ", ".join(f"{n} {what}" for what, n in sorted(total.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
