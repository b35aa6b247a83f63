#!/usr/bin/env python3
"""Compares what packet_decode() reads with what tshark reads, frame by frame, over a corpus of real captures.

    packet_oracle.py PACKET_DUMP TABLE [FOLDER]      (the corpus: $PLUMBLINE_CORPUS; or the captures of a folder)

The first frames of every capture are put together into one capture for each link type, and these into one for tshark,
which so runs but twice: once with tunnels shut, for all that the outermost headers say, and once with tunnels open, for the flow of every
packet that a frame holds. TABLE explains the differences that stay: file pattern, columns, number of frames, reason; any other difference,
or a line that no longer fits, fails. Exit status: 0 agreed, 1 not, 77 skipped.
"""
import collections
import fnmatch
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

MANIFEST = "MANIFEST.tsv"
FRAMES_PER_FILE = 10000
LINK_TYPES = (0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 119, 127, 163, 192, 204, 228, 229, 276)
FRAME_MAX = 262144  # tshark refuses more

PROTOCOLS = """eth ethertype vlan ieee8021ad llc sll null loop raw ip ipv6 ipv6.hopopts ipv6.dstopts ipv6.fraghdr
 ipv6.routing ah esp tcp udp icmp icmpv6 arp data ppp ppp_hdlc pppoe pppoes mpls pwethcw pwethnocw chdlc macsec wlan
 wlan_aggregate wlan_radio radiotap ppi pcap_pktdata wlancap prism pwethheuristic""".split()

TUNNELS = """gre erspan etherip vxlan vxlan_gpe geneve gtp teredo l2tp capwap capwap.data""".split()

# of the first IP packet, of what it carries, of what that quotes
COLUMNS = """number kind undecoded cut version src dst proto ttl dscp fragment_offset sport dport seq ack flags window
 tcp_len mss wscale sack_ok sacks ts_val ts_ecr udp_len icmp_type icmp_code echo_id echo_seq mtu quote_src quote_dst
 quote_proto quote_sport quote_dport quote_seq spi vlan neighbour mac sender target levels""".split()

FIELDS = """frame.protocols ip.src ip.dst ip.proto ip.ttl ip.dsfield.dscp ip.frag_offset ip.flags.mf ipv6.src ipv6.dst
 ipv6.nxt ipv6.hlim ipv6.tclass.dscp ipv6.hopopts.nxt ipv6.dstopts.nxt ipv6.routing.nxt ipv6.fraghdr.nxt
 ipv6.fraghdr.offset ipv6.fraghdr.more ah.next_header tcp.srcport tcp.dstport tcp.seq tcp.ack tcp.flags
 tcp.window_size_value tcp.len tcp.option_kind tcp.options.mss_val tcp.options.wscale.shift tcp.options.sack.count
 tcp.options.timestamp.tsval tcp.options.timestamp.tsecr udp.srcport udp.dstport udp.length icmp.type icmp.code
 icmp.ident icmp.seq icmp.mtu icmpv6.type icmpv6.code icmpv6.echo.identifier icmpv6.echo.sequence_number icmpv6.mtu
 esp.spi vlan.id ieee8021ad.id arp.opcode arp.src.hw_mac arp.src.proto_ipv4 arp.dst.proto_ipv4
 icmpv6.nd.ns.target_address icmpv6.nd.na.target_address icmpv6.opt.linkaddr""".split()

EXTENSIONS = {"ipv6.hopopts": "ipv6.hopopts.nxt", "ipv6.dstopts": "ipv6.dstopts.nxt",
              "ipv6.routing": "ipv6.routing.nxt", "ipv6.fraghdr": "ipv6.fraghdr.nxt", "ah": "ah.next_header"}


def read_pcap(data):
    """Frames of a classic capture: (link type, captured bytes, length on the wire)."""
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link_type = struct.unpack_from(order + "I", data, 20)[0] & 0xffff
    at = 24
    while at + 16 <= len(data):
        captured, length = struct.unpack_from(order + "II", data, at + 8)
        if captured > FRAME_MAX or at + 16 + captured > len(data):
            return
        yield link_type, data[at + 16:at + 16 + captured], length
        at += 16 + captured


def read_pcapng(data):
    """The same of enhanced packet blocks; other blocks that hold packets are rare."""
    interfaces, order, at = [], "<", 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, size = struct.unpack_from(order + "II", data, at)
        if size < 12 or at + size > len(data):
            return
        if kind == 1:
            interfaces.append(struct.unpack_from(order + "H", data, at + 8)[0])
        elif kind == 6:
            interface, _, _, captured, length = struct.unpack_from(order + "IIIII", data, at + 8)
            if interface >= len(interfaces) or captured > min(FRAME_MAX, size - 32):
                return
            yield interfaces[interface], data[at + 28:at + 28 + captured], length
        at += size


def frames_of(path):
    with open(path, "rb") as f:
        data = f.read(32 << 20)
    if data[:2] == b"\x1f\x8b":
        data = zlib.decompressobj(31).decompress(data, 32 << 20)
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        return read_pcapng(data)
    if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
        return read_pcap(data)
    return iter(())


def gather(corpus, folder):
    """Writes one capture for each link type; returns {link type: (path, [(file, frame in that file)])}."""
    out = {}
    manifest = os.path.join(corpus, MANIFEST)
    if os.path.isfile(manifest):
        names = [line.split("\t")[0] for line in open(manifest)][1:]
    else:
        names = [name for name in os.listdir(corpus) if name.endswith(".pcap")]
    for name in sorted(names):
        path = os.path.join(corpus, name)
        if not os.path.isfile(path):
            continue
        for number, (link_type, data, length) in enumerate(frames_of(path), 1):
            if number > FRAMES_PER_FILE:
                break
            if link_type not in LINK_TYPES:
                continue
            if link_type not in out:
                target = os.path.join(folder, f"{link_type}.pcap")
                f = open(target, "wb")
                f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, FRAME_MAX, link_type))
                out[link_type] = (target, [], f)
            out[link_type][2].write(struct.pack("<IIII", 1, 0, len(data), length) + data)
            out[link_type][1].append((name, number))
    for _, _, f in out.values():
        f.close()
    return {k: v[:2] for k, v in out.items()}


def put_together(groups, path):
    """One pcapng with an interface for each link type; its frames in the order of the groups."""
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        size = len(body) + 12
        return struct.pack("<II", kind, size) + body + struct.pack("<I", size)

    with open(path, "wb") as f:
        f.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)))
        for link_type in sorted(groups):
            f.write(block(1, struct.pack("<HHI", link_type, 0, FRAME_MAX)))
        for interface, link_type in enumerate(sorted(groups)):
            with open(groups[link_type][0], "rb") as group:
                for _, data, length in read_pcap(group.read()):
                    f.write(block(6, struct.pack("<IIIII", interface, 0, 0, len(data), length) + data))


def higher_protocols():
    """All that tshark knows but those we compare, without and with tunnels."""
    r = subprocess.run(["tshark", "-G", "protocols"], capture_output=True, text=True, check=True)
    names = [line.split("\t")[2] for line in r.stdout.splitlines()]
    shut = [n for n in names if n not in PROTOCOLS and not n.startswith("ipv6.")]
    return shut, [n for n in shut if n not in TUNNELS]


def run_tshark(path, higher):
    # Without reassembly and higher protocols: each frame says only what is in it.
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|",
               "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "tcp.relative_sequence_numbers:FALSE"]
    for p in higher:
        command += ["--disable-protocol", p]
    for f in FIELDS:
        command += ["-e", f]
    r = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False)
    return [dict(zip(FIELDS, line.split("\t"))) for line in r.stdout.splitlines()]


def run_dump(program, path):
    r = subprocess.run([program, path], capture_output=True, text=True, check=True)
    lines = r.stdout.splitlines()
    if not lines[0].endswith("known") or lines[0].endswith("unknown"):
        raise SystemExit(f"packet_dump does not know the link type of {path}")
    return [dict(zip(COLUMNS, line.split("\t"))) for line in lines[1:]]


class Occurrences:
    """All occurrences of every field of a frame, taken one after the other as the walk meets their protocol."""

    def __init__(self, fields):
        self.left = {k: v.split("|") if v else [] for k, v in fields.items()}

    def take(self, field):
        return self.left[field].pop(0) if self.left[field] else ""


def number(text):
    return str(int(text, 0)) if text else ""


def address(text):
    """A mapped IPv4 address is an IPv4 address to us."""
    return text[7:] if text.startswith("::ffff:") and "." in text else text


def fragment_offset(eights, more):
    """In bytes; empty where the packet is whole."""
    return str(int(eights) * 8) if eights not in ("0", "") or more == "1" else ""


def take_ip(o, layers):
    """Reads one IP header and its extensions; returns what is known and the layers behind it."""
    v = "6" if layers[0] == "ipv6" else "4"
    ip = {"version": v}
    if v == "4":
        for column, field in (("src", "ip.src"), ("dst", "ip.dst"), ("proto", "ip.proto"), ("ttl", "ip.ttl"),
                              ("dscp", "ip.dsfield.dscp"), ("fragment_offset", "ip.frag_offset")):
            ip[column] = o.take(field)
        ip["fragment_offset"] = fragment_offset(ip["fragment_offset"], o.take("ip.flags.mf"))
    else:
        for column, field in (("src", "ipv6.src"), ("dst", "ipv6.dst"), ("proto", "ipv6.nxt"), ("ttl", "ipv6.hlim"),
                              ("dscp", "ipv6.tclass.dscp")):
            ip[column] = o.take(field)
        ip["fragment_offset"] = ""
    layers = layers[1:]
    while layers and (layers[0] in EXTENSIONS or layers[0].startswith("ipv6.routing")):
        if layers[0] in EXTENSIONS:
            ip["proto"] = o.take(EXTENSIONS[layers[0]]) or ip["proto"]
        if layers[0] == "ipv6.fraghdr":
            ip["fragment_offset"] = fragment_offset(o.take("ipv6.fraghdr.offset"), o.take("ipv6.fraghdr.more"))
        layers = layers[1:]
    ip["src"], ip["dst"] = address(ip["src"]), address(ip["dst"])
    return ip, layers


def take_tcp(o):
    t = {column: o.take(field) for column, field in
         (("sport", "tcp.srcport"), ("dport", "tcp.dstport"), ("seq", "tcp.seq"), ("ack", "tcp.ack"),
          ("window", "tcp.window_size_value"), ("tcp_len", "tcp.len"), ("mss", "tcp.options.mss_val"),
          ("wscale", "tcp.options.wscale.shift"), ("sacks", "tcp.options.sack.count"),
          ("ts_val", "tcp.options.timestamp.tsval"), ("ts_ecr", "tcp.options.timestamp.tsecr"))}
    flags = o.take("tcp.flags")
    t["flags"] = str(int(flags, 16) & 0xff) if flags else ""
    t["sack_ok"] = "4" if "4" in o.left["tcp.option_kind"] else ""
    return t


def take_udp(o):
    u = {"sport": o.take("udp.srcport"), "dport": o.take("udp.dstport")}
    length = o.take("udp.length")
    u["udp_len"] = str(int(length) - 8) if length else ""
    return u


def take_quote(o, layers):
    ip, layers = take_ip(o, layers)
    q = {"quote_src": ip["src"], "quote_dst": ip["dst"], "quote_proto": ip["proto"]}
    if layers and layers[0] in ("tcp", "udp"):
        l4 = take_tcp(o) if layers[0] == "tcp" else take_udp(o)
        q.update(quote_sport=l4["sport"], quote_dport=l4["dport"], quote_seq=l4.get("seq", ""))
    return q


def take_icmp(o, v6, layers):
    p = "icmpv6" if v6 else "icmp"
    m = {"icmp_type": o.take(p + ".type"), "icmp_code": o.take(p + ".code")}
    if m["icmp_type"] in (("128", "129") if v6 else ("0", "8")):
        m["echo_id"] = number(o.take("icmpv6.echo.identifier" if v6 else "icmp.ident"))
        m["echo_seq"] = o.take("icmpv6.echo.sequence_number" if v6 else "icmp.seq")
    if m["icmp_type"] == ("2" if v6 else "3"):
        mtu = o.take(p + ".mtu")
        m["mtu"] = mtu if mtu != "0" else ""
    quotes = m["icmp_type"] in (("1", "2", "3", "4") if v6 else ("3", "4", "5", "11", "12"))
    if quotes and layers and layers[0] == ("ipv6" if v6 else "ip"):
        m.update(take_quote(o, layers))
    return m


def take_neighbour(o, row):
    op = o.take("arp.opcode")
    if op in ("1", "2"):
        sender, target = o.take("arp.src.proto_ipv4"), o.take("arp.dst.proto_ipv4")
        asks = op == "1" and sender != target
        row.update(neighbour="ask" if asks else "tell", mac=o.take("arp.src.hw_mac"),
                   sender="::" if sender == "0.0.0.0" else sender, target=target if asks else sender)
    elif row.get("icmp_type") in ("135", "136") and row["version"] == "6":
        asks = row["icmp_type"] == "135"
        row.update(neighbour="ask" if asks else "tell", sender=row["src"], mac=o.take("icmpv6.opt.linkaddr"),
                   target=o.take("icmpv6.nd.ns.target_address" if asks else "icmpv6.nd.na.target_address"))
    if "neighbour" in row:
        row["mac"] = row["mac"] or "00:00:00:00:00:00"


def expected(fields):
    """What tshark says of a frame, in our columns."""
    o, row = Occurrences(fields), {}
    layers = fields["frame.protocols"].split(":")
    tags = [o.take(layer + ".id") for layer in layers if layer in ("vlan", "ieee8021ad")]
    row["vlan"] = ",".join(t for t in tags if t)
    while layers and layers[0] not in ("ip", "ipv6"):
        layers = layers[1:]
    if layers:
        ip, layers = take_ip(o, layers)
        row.update(ip)
        l4 = layers[0] if layers else ""
        if l4 == "tcp":
            row.update(take_tcp(o))
        elif l4 == "udp":
            row.update(take_udp(o))
        elif l4 in ("icmp", "icmpv6") and row["proto"] == ("58" if row["version"] == "6" else "1"):
            row.update(take_icmp(o, row["version"] == "6", layers[1:]))
        elif l4 == "esp":
            row["spi"] = number(o.take("esp.spi"))
    take_neighbour(o, row)
    return row


def expected_levels(fields):
    """The flows of all packets of a frame, the outermost first, as packet_dump prints them."""
    o, out = Occurrences(fields), []
    layers = fields["frame.protocols"].split(":")
    while layers:
        if layers[0] not in ("ip", "ipv6"):
            layers = layers[1:]
            continue
        ip, layers = take_ip(o, layers)
        out.append(f"{ip['src']}>{ip['dst']}/{ip['proto']}")
        l4 = layers[0] if layers else ""
        if l4 in ("tcp", "udp"):
            ports = o.take(l4 + ".srcport"), o.take(l4 + ".dstport")
            out[-1] += "/" + ">".join(ports) if all(ports) else ""
        if l4 in ("icmp", "icmpv6"):
            break  # what is behind is quoted
    return out


def our_levels(text):
    """The same of packet_dump's column, which also has packets that are no IP and the names of tunnels."""
    levels = [level.split(":", 1)[1].split("/") for level in text.split("|")]
    return ["/".join(part for part in level if "=" not in part) for level in levels if len(level) > 1]


def level_differences(ours, theirs):
    if ours["kind"] == "undecoded" and not our_levels(ours["levels"]):
        return []  # the outermost headers were compared before
    us, them = our_levels(ours["levels"]), expected_levels(theirs)
    return ["levels"] if us != them else []


def differences(ours, theirs):
    """Columns that differ. What a cut frame does not show us is no difference, what it shows must agree."""
    columns = [c for c in COLUMNS[5:-1] if ours[c] != theirs.get(c, "")]
    if ours["kind"] == "undecoded":
        return ["undecoded:" + ours["undecoded"]] if theirs.get("src") or theirs.get("neighbour") else []
    if ours["fragment_offset"] == "0":
        # Of a first fragment we say how much is in it, tshark how much the datagram or nothing.
        columns = [c for c in columns if c not in ("udp_len", "tcp_len")]
    if ours["cut"]:
        columns = [c for c in columns if ours[c]]
    return columns


def read_table(path):
    lines = []
    for line in open(path):
        if line.strip() and not line.startswith("#"):
            pattern, columns, frames, reason = line.rstrip("\n").split("\t")
            lines.append({"pattern": pattern, "columns": columns.split(","), "frames": int(frames), "seen": 0,
                          "reason": reason})
    return lines


def explain(table, name, columns):
    """Takes away the columns that the table explains for this file."""
    left = list(columns)
    for line in table:
        if fnmatch.fnmatchcase(name, line["pattern"]) and any(c in line["columns"] for c in left):
            left = [c for c in left if c not in line["columns"]]
            line["seen"] += 1
    return left


def compare(ours, shut, opened, origin, table, report):
    if not len(ours) == len(shut) == len(opened) == len(origin):
        print(f"{len(origin)} frames, packet_dump read {len(ours)}, tshark {len(shut)} and {len(opened)}")
        return 1
    unexplained = 0
    for us, fields, deep, (name, frame) in zip(ours, shut, opened, origin):
        them = expected(fields)
        columns = explain(table, name, differences(us, them) + level_differences(us, deep))
        them["levels"] = " ".join(expected_levels(deep))
        if columns:
            unexplained += 1
            report[(name, ",".join(columns))].append(
                f"{frame} ours {[us.get(c, us['cut']) for c in columns]} tshark {[them.get(c, '') for c in columns]} "
                f"{deep['frame.protocols']}")
    return unexplained


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__)
        return 2
    program, table_path = sys.argv[1:3]
    corpus = sys.argv[3] if len(sys.argv) == 4 else os.environ.get("PLUMBLINE_CORPUS", "")
    there = len(sys.argv) == 4 or os.path.isfile(os.path.join(corpus, MANIFEST))
    if not shutil.which("tshark") or not corpus or not there:
        print("skipped: no tshark, or no corpus ($PLUMBLINE_CORPUS)")
        return 77
    table, report = read_table(table_path), collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        groups, whole = gather(corpus, folder), os.path.join(folder, "all.pcapng")
        put_together(groups, whole)
        ours, origin = [], []
        for _, (path, frames) in sorted(groups.items()):
            ours += run_dump(program, path)
            origin += frames
        shut, opened = (run_tshark(whole, higher) for higher in higher_protocols())
    bad = compare(ours, shut, opened, origin, table, report)
    for (name, columns), where in sorted(report.items()):
        print(f"{name}: {columns}: {len(where)} frames, first: {where[0]}")
    for line in table:
        if line["seen"] != line["frames"]:
            bad += 1
            print(f"table: {line['pattern']} {','.join(line['columns'])}: {line['frames']} frames expected, "
                  f"{line['seen']} seen")
    print(f"{len(origin)} frames compared, {bad} differences without a reason")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
