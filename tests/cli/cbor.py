"""Records in CBOR, read by another decoder (Debian's python3-cbor2): they hold exactly what the JSON Lines hold, and what
record.cddl says; and record.cddl says what the program's tables say. 77: no cbor2.

usage: cbor.py PROGRAM PROJECT MODEL_DUMP"""
import datetime
import ipaddress
import json
import os
import re
import subprocess
import sys

try:
    import cbor2
except ImportError:
    # A python3 of somebody's own has no packages of Debian's.
    if os.path.exists("/usr/bin/python3") and "CBOR_PY_AGAIN" not in os.environ:
        os.environ["CBOR_PY_AGAIN"] = "1"
        os.execv("/usr/bin/python3", ["/usr/bin/python3", "-B"] + sys.argv)
    print("skipped: no python3-cbor2")
    sys.exit(77)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cddl

# Real captures: so many, spread over the folder, and none larger.
CORPUS_FILES, CORPUS_SIZE = 60, 200_000
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z$")
failed = 0


def fail(text):
    global failed
    failed += 1
    if failed <= 20:
        print("FAIL: " + text[:400])


def nanoseconds(text):
    m = TIME.match(text)
    if not m:
        raise ValueError(text)
    since = datetime.datetime.fromisoformat(m[1]) - datetime.datetime(1970, 1, 1)
    return (since.days * 86400 + since.seconds) * 10**9 + int(m[2])


def same(j, c, path):
    """The JSON value j and the decoded CBOR value c are one; fields in the same order."""
    if isinstance(c, cbor2.CBORTag):
        if c.tag in (52, 54):
            ok = ipaddress.ip_address(j).packed == c.value and len(c.value) == (4 if c.tag == 52 else 16)
        else:
            ok = c.tag == 48 and bytes.fromhex(j.replace(":", "")) == c.value
    elif isinstance(j, dict) and isinstance(c, dict):
        ok = list(j) == list(c)
        for key in j if ok else ():
            same(j[key], c[key], path + "." + key)
    elif isinstance(j, list) and isinstance(c, list):
        ok = len(j) == len(c)
        for i in range(len(j) if ok else 0):
            same(j[i], c[i], "%s[%d]" % (path, i))
    elif isinstance(j, str) and type(c) is int:
        ok = nanoseconds(j) == c
    else:
        ok = type(j) is type(c) and j == c
    if not ok:
        raise ValueError("%s: %r in JSON, %r in CBOR" % (path, j, c))


def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice: %r" % (pairs,))
    return dict(pairs)


def run(*words, stdin=None):
    return subprocess.run([program, *words], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def compare_streams(name, stream, lines, items):
    """How many records there were."""
    lines = lines.decode("utf-8").splitlines()
    n = 0
    try:
        cddl.shortest(items)
        for n, record in enumerate(cddl.sequence(items), 1):
            if n > len(lines):
                raise ValueError("more records in CBOR than lines in JSON")
            same(json.loads(lines[n - 1], object_pairs_hook=once), record, record.get("type", "?"))
            grammar.check(record, ("name", stream), stream)
            seen[stream].add((record["type"], record.get("kind") if record["type"] == "fact" else "-"))
            last[stream] = record
        if n != len(lines):
            raise ValueError("%d records in CBOR, %d lines in JSON" % (n, len(lines)))
    except (ValueError, cddl.Bad, cbor2.CBORDecodeError) as wrong:
        fail("%s: %s %d: %s" % (name, stream, n, wrong))
    return n


def captures():
    folder = os.path.join(project, "pcaps")
    for name in sorted(os.listdir(folder)):
        if name.split(".")[-1] in ("pcap", "pcapng", "gz", "zst"):
            yield name, os.path.join(folder, name)
    corpus, found = os.environ.get("PLUMBLINE_CORPUS", ""), []
    for at, _, names in os.walk(corpus):
        found += [os.path.join(at, n) for n in names if re.search(r"\.(pcap|pcapng|cap)$", n)]
    found = sorted(f for f in found if os.path.getsize(f) <= CORPUS_SIZE)
    for path in found[:: max(1, len(found) // CORPUS_FILES)]:
        yield os.path.relpath(path, corpus), path


def must_fail(what, value, stream, text):
    """The checker finds what is put into a good record."""
    try:
        grammar.check(value, ("name", stream), stream)
    except cddl.Bad as bad:
        if text not in str(bad):
            fail("the checker finds something else in a record with %s: %s" % (what, bad))
        return
    fail("the checker does not find %s" % what)


def check_the_checker(dump):
    for stream in ("observation", "result"):
        good = last[stream]
        grammar.check(good, ("name", stream), stream)
        must_fail("an unknown field", dict(good, novelty=1), stream, "unknown field novelty")
        must_fail("a wrong type", dict(good, complete="yes"), stream, "complete")
        must_fail("a number for a boolean", dict(good, complete=1), stream, "complete")
        without = {k: v for k, v in good.items() if k != "complete"}
        must_fail("a missing field", without, stream, "complete is missing")
        must_fail("fields in another order", dict(reversed(list(good.items()))), stream, "the fields come as")
        must_fail("no known type", dict(good, type="novelty"), stream, "")
    host = {"type": "host", "kind": "arp", "address": cbor2.CBORTag(52, b"\1\2\3\4")}
    grammar.check(host, ("name", "observation"), "host")
    must_fail("an address without its tag", dict(host, address=b"\1\2\3\4"), "observation", "has not the tag")
    must_fail("a short address", dict(host, address=cbor2.CBORTag(52, b"\1")), "observation", "")
    must_fail("a name for no value", dict(host, kind="ghost"), "observation", "kind")
    for old, new, text in (
        ("? dscp: u8,", "", "sides.dscp is a field of the table and not here"),
        ("? dscp: u8,", "? dscp: u16,", "sides.dscp is u16, in the table u8"),
        ("? dscp: u8,", "dscp: u8,", "mandatory in the grammar only"),
        ("? dscp: u8,", "? dscp: u8,\n? novelty: u8,", "sides.novelty is here and no field of the table"),
        ('"unanswered"', '"answered"', "are not the values of the table"),
        ("? ends: [2*2 address]", "? ends: [1*2 address]", "ends is 1*2 address"),
        (" / fact-quic", "", "a table, but not in record.cddl"),
    ):
        if old not in text_of_cddl:
            fail("record.cddl holds no '%s' to be broken" % old)
        found = cddl.compare(cddl.Grammar(text_of_cddl.replace(old, new, 1)), dump)
        if not any(text in f for f in found):
            fail("'%s' for '%s' in record.cddl is not found: %s" % (new, old, found))


program, project, model_dump = sys.argv[1:4]
os.environ.update(TZ="UTC", LC_ALL="C", PLUMBLINE_PROFILES=os.path.join(project, "profiles"))
with open(os.path.join(project, "analyzer/record/record.cddl")) as f:
    text_of_cddl = f.read()
grammar = cddl.Grammar(text_of_cddl)
dump = subprocess.run([model_dump], stdout=subprocess.PIPE, check=True).stdout.decode()
seen, last = {"observation": set(), "result": set()}, {}
for wrong in cddl.compare(grammar, dump):
    fail("record.cddl: " + wrong)
for rule in sorted(set(grammar.rules) - grammar.used - {"observation", "result"}):
    fail("record.cddl: nothing uses %s" % rule)

files = records = 0
for name, path in captures():
    observations = run("sense", path)
    binary = run("sense", "--format", "cbor", path)
    files += 1
    records += compare_streams(name, "observation", observations, binary)
    records += compare_streams(name, "result", run("judge", "--format", "jsonl", "-", stdin=observations),
                               run("judge", "--format", "cbor", "-", stdin=binary))
if {"start", "flow", "event", "fact", "dns", "host", "end"} - {t for t, _ in seen["observation"]} or {
        "run", "device", "flow", "verdict", "rule", "finding", "end"} - {t for t, _ in seen["result"]}:
    fail("the samples do not show every type of record: %r" % seen)
check_the_checker(dump)
print("%d captures, %d records: %d failures" % (files, records, failed))
sys.exit(1 if failed or not files else 0)
