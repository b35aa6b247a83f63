"""Results of an audit without what may differ between two ways to write the same packets.

What is left out, and why:
    name    of the captures: another file, of another form, in several parts
    frame   `capture` and `frame` of cited frames, the ordinals that flows are named by, and which capture a filter is
            for: frames are counted in a file
    path    of flows: tags and tunnels that are there
    size    bytes of captures and of the end: headers are added
    copies  packets, bytes and duplicates of captures and of the end, which is that of the last copy; the finding that
            there are copies
    counts  the same of --filter, --since and --until, which the captures are counted before; when a finding was last true
    parts   the list of captures
    outer   flows between the tunnel's ends, and how many flows there are
"""
import ipaddress
import json

OUTER = ipaddress.ip_network("198.18.0.0/15")


def is_outer(record):
    return record["type"] == "flow" and all(ipaddress.ip_address(end) in OUTER for end in record["ends"])


def terms(text):
    """The conversations that a filter is made of."""
    return text[1:-1].split(") || (") if text.startswith("(") else [text]


def without_frames(value, ranks):
    """Cited frames keep their time; flows are named by their place among the flows."""
    if isinstance(value, list):
        return [without_frames(v, ranks) for v in value]
    if not isinstance(value, dict):
        return value
    out = {key: without_frames(v, ranks) for key, v in value.items()}
    if "frame" in out:
        out.pop("frame")
        out.pop("capture", None)
    if "filter" in out and isinstance(out["filter"], list):
        out["filter"] = sorted({term for f in out["filter"] for term in terms(f["filter"])})
    for key in ("flow", "via"):
        if key in out and not isinstance(out[key], dict):
            out[key] = ranks.get(out[key], out[key])
    if "flows" in out and isinstance(out["flows"], list):
        out["flows"] = [ranks.get(flow, flow) for flow in out["flows"]]
    if out.get("type") == "flow":
        out["id"] = ranks[out["id"]]
    return out


def drop(records, kind, *keys):
    for record in records:
        if record["type"] == kind:
            for key in keys:
                record.pop(key, None)


def drop_of_captures(records, *keys):
    for record in records:
        for capture in record.get("captures", []):
            for key in keys:
                capture.pop(key, None)


def is_at_end(time, last):
    """Within the millisecond that copies come late."""
    return time != "" and time[:19] == last[:19] and float(last[19:29]) - float(time[19:29]) < 0.001


def without_copies(records):
    records = [record for record in records if record.get("facts", {}).get("kind") != "duplicates"]
    last = next(capture.get("last", "") for record in records for capture in record.get("captures", []))
    for record in records:
        if record["type"] == "finding" and is_at_end(record.get("last", ""), last):
            record["last"] = "the end"
    drop(records, "end", "packets", "bytes", "duplicates", "findings")
    drop_of_captures(records, "packets", "bytes", "passed", "last")
    return records


def results(text, blind):
    """The records of one audit, in order."""
    records = [json.loads(line) for line in text.splitlines()]
    if "outer" in blind:
        hidden = {record["id"] for record in records if is_outer(record)}
        records = [record for record in records
                   if not (record["type"] == "flow" and record["id"] in hidden) and record.get("flow") not in hidden]
        drop(records, "end", "flows")
    if "name" in blind:
        drop_of_captures(records, "name")
    if "path" in blind:
        drop(records, "flow", "path")
    if "size" in blind:
        drop(records, "end", "bytes")
        drop_of_captures(records, "bytes")
    if "copies" in blind:
        records = without_copies(records)
    if "counts" in blind:
        drop(records, "end", "packets", "bytes")
        drop(records, "finding", "last")
    if "parts" in blind:
        drop(records, "run", "captures")
    if "frame" in blind:
        flows = sorted(record["id"] for record in records if record["type"] == "flow")
        ranks = {flow: n for n, flow in enumerate(flows)}
        records = [without_frames(record, ranks) for record in records]
    return records


def first_difference(one, other):
    """A line that says where two lists of records part; None where they do not."""
    for a, b in zip(one, other):
        if a != b:
            keys = [key for key in sorted({*a, *b}) if a.get(key) != b.get(key)]
            return f"{a['type']} {a.get('id', a.get('code', ''))}: " + "; ".join(
                f"{key}: {json.dumps(a.get(key))[:300]} becomes {json.dumps(b.get(key))[:300]}" for key in keys[:4])
    if len(one) != len(other):
        more = (one if len(one) > len(other) else other)[min(len(one), len(other))]
        return f"{len(one)} records become {len(other)}: {json.dumps(more)[:300]}"
    return None
