"""A capture as `plumbline sense` tells it, in the terms of both."""
import collections
import ipaddress
import json
import subprocess

from theirs import Digest, Header, address, ends_of, readable


class Failed(Exception):
    """It read nothing, and says why."""


def text(value):
    return address(value)


def headers_of(flow):
    """The header of what each side sends."""
    ends, ports = [text(e) for e in flow["ends"]], flow.get("ports", [0, 0])
    transport = str(flow.get("transport", 0))  # a number where it has no name
    if transport in ("icmp", "icmpv6"):
        ports = [max(ports)] * 2
    there = Header(transport, ends[0], ports[0], ends[1], ports[1])
    return there, Header(there.protocol, there.dst, there.dport, there.src, there.sport)


def add_flow(d, flow):
    """A packet in which another travelled is that one's."""
    headers = headers_of(flow)
    talk = d.talks[ends_of(headers[0])]
    packets = sum(side.get("packets", 0) for side in flow["sides"]) + flow.get("duplicates", 0)
    carried = min(packets, flow.get("carried", 0))
    talk.packets += packets - carried
    talk.carried += carried
    talk.duplicates += flow.get("duplicates", 0)
    if headers[0].protocol == "tcp":
        talk.payload += sum(side.get("payload", 0) for side in flow["sides"])
        talk.repeats += sum(side.get("retransmitted", 0) for side in flow["sides"])
    first, last = flow["first_frame"]["frame"], flow["last_frame"]["frame"]
    talk.first = min(talk.first or first, first)
    talk.last = max(talk.last, last)
    for error in flow.get("icmp", []):
        key = text(error["source"]), error["type"], error.get("code", 0), headers[error.get("side", 0)]
        d.icmp[key] += error["count"]


def add_dns(d, record):
    if "answered" not in record:
        return
    question = record.get("question", {})
    key = (text(record["client"]), text(record["server"]), record["port"], record["transport"],
           readable(question.get("name", "")), question.get("type", 0), record.get("code", 0))
    addresses = frozenset(str(ipaddress.ip_address(a["address"])) for a in record.get("addresses", []))
    d.dns.setdefault(key, []).append((record["answer_frame"]["frame"], addresses, record.get("addresses_more", 0)))


def add_fact(d, fact, flow):
    headers = headers_of(flow)
    ends, kind = ends_of(headers[0]), fact["kind"]
    if kind == "tls-client" and fact.get("sni"):
        d.sni.add((ends, readable(fact["sni"])))
    elif kind == "http-exchange" and fact.get("method"):
        d.http[ends].append(readable(fact.get("host", "")))
    elif kind == "sip-message":
        word = str(fact["status"]) if fact.get("response") else fact.get("method", "")
        d.sip[ends].append((readable(fact.get("call_id", "")), word))
    elif kind == "rtp-stream" and not fact.get("rtcp"):
        d.rtp[(headers[fact.get("side", 0)], fact["ssrc"])] += fact["packets"]


def digest(plumbline, path):
    done = subprocess.run([plumbline, "sense", str(path)], capture_output=True, timeout=300)
    if done.returncode not in (0, 3):
        raise Failed(f"exit status {done.returncode}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    d, facts = Digest(), collections.defaultdict(list)
    for line in done.stdout.splitlines():
        record = json.loads(line)
        kind = record["type"]
        if kind == "fact" and record.get("flow"):
            facts[record["flow"]].append(record)
        elif kind == "flow" and record["phase"] == "close":
            add_flow(d, record)
            for fact in facts.pop(record["id"], []):
                add_fact(d, fact, record)
        elif kind == "dns":
            add_dns(d, record)
        elif kind == "end":
            d.packets, d.end = record.get("packets", 0), record
    return d
