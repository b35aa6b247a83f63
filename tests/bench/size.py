"""Floods end within 512 MiB, and what had to go is counted: flows of one packet, fragments, names, halves of datagrams.

usage: size.py PLUMBLINE [CASE…]

The captures are made here and go through a pipe: no file is kept.
"""

import json
import os
import struct
import subprocess
import sys
import threading

LIMIT = 512 << 20
MILLION = 1_000_000
PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
ETHERNET = bytes.fromhex("020000000002020000000001") + b"\x08\x00"
UDP, TCP = 17, 6
MORE = 0x2000
BLOCK = 4096   # packets written at once


def record(n, data, per_second=20000):
    return struct.pack("<IIII", 1_800_000_000 + n // per_second, n % per_second * (10**6 // per_second), len(data),
                       len(data)) + data


def ipv4(n, source, target, proto, payload, fragment=0):
    return ETHERNET + struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(payload), n & 0xFFFF, fragment, 64, proto, 0,
                                  source, target) + payload


def udp(sport, dport, payload):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def host(n):
    return 0x0A000000 + n % 0xFFFFFF


def connections(count):
    """Requests for a connection, each from another host and port: nobody answers."""
    for n in range(count):
        yield ipv4(n, host(n), 0xC6336401, TCP, struct.pack("!HHIIHHHH", n % 60000 + 1024, 443, n, 0, 0x5002, 1024, 0, 0))


def datagrams(count):
    for n in range(count):
        yield ipv4(n, host(n), 0xC6336401, UDP, udp(n % 60000 + 1024, 9999, b"flood"))


def names(count):
    for n in range(count):
        label = b"n%07d" % n
        question = struct.pack("!HHHHHH", n & 0xFFFF, 0x0100, 1, 0, 0, 0) + bytes([len(label)]) + label + b"\7example\0"
        yield ipv4(n, host(n % 500), 0x0A000035, UDP, udp(n % 60000 + 1024, 53, question + struct.pack("!HH", 1, 1)))


def answered_names(count):
    for n in range(count // 2):
        label = b"n%07d" % n
        question = bytes([len(label)]) + label + b"\7example\0" + struct.pack("!HH", 1, 1)
        client, port = host(n % 500), n % 60000 + 1024
        yield ipv4(n, client, 0x0A000035, UDP, udp(port, 53, struct.pack("!HHHHHH", n & 0xFFFF, 0x0100, 1, 0, 0, 0) +
                                                   question))
        answer = struct.pack("!HHHIHI", 0xC00C, 1, 1, 300, 4, 0xC6000000 + n)
        yield ipv4(n, 0x0A000035, client, UDP, udp(53, port, struct.pack("!HHHHHH", n & 0xFFFF, 0x8180, 1, 1, 0, 0) +
                                                   question + answer))


def fragments(count):
    """Datagrams of four fragments of which the third never comes."""
    part = bytes(1024)
    for n in range(count):
        at = (0, 1, 3)[n % 3]
        flags = (MORE if at < 3 else 0) | at * 128
        head = udp(5060, 5060, part[8:]) if at == 0 else part
        yield ipv4(n // 3, host(n // 3 % 5000), 0x0A000035, UDP, head, flags)


def halves(count):
    """Of each datagram half comes: now the first, now the second."""
    part = bytes(1400)
    for n in range(count):
        yield ipv4(n, host(n), 0xC6336401, UDP, part, MORE if n & 1 else 175)


# what is made, how many packets of it, and which tables must have evicted
CASES = {
    "connections": (connections, 2 * MILLION, ("flows",)),
    "datagrams": (datagrams, 2 * MILLION, ("flows",)),
    "names": (names, MILLION, ()),
    "answered-names": (answered_names, 2 * MILLION, ()),
    "fragments": (fragments, MILLION, ("fragments",)),
    "halves": (halves, MILLION, ("fragments",)),
}


def feed(pipe, make, count):
    try:
        with pipe:
            pipe.write(PCAP)
            block = []
            for n, data in enumerate(make(count)):
                block.append(record(n, data))
                if len(block) == BLOCK:
                    pipe.write(b"".join(block))
                    block.clear()
            pipe.write(b"".join(block))
    except BrokenPipeError:
        pass


def run(plumbline, name):
    make, count, tables = CASES[name]
    audit = subprocess.Popen([plumbline, "audit", "--format", "jsonl", "-"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    feeder = threading.Thread(target=feed, args=(audit.stdin, make, count))
    feeder.start()
    last = None
    for line in audit.stdout:
        last = line
    feeder.join()
    _, status, usage = os.wait4(audit.pid, 0)
    audit.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss << 10
    end = json.loads(last) if last else {}
    evicted = end.get("evicted", {})
    faults = []
    if audit.returncode not in (0, 1, 3) or end.get("type") != "end":
        faults.append(f"status {audit.returncode}, no end")
    if end.get("packets") != count:
        faults.append(f"{end.get('packets')} packets of {count}")
    if peak > LIMIT:
        faults.append("too large")
    faults += [f"no evictions of {table} counted" for table in tables if not evicted.get(table)]
    print(f"{'not ok' if faults else 'ok'} {name}: {peak >> 20} MiB, evicted {evicted}, undecoded "
          f"{end.get('undecoded', {})} {'; '.join(faults)}", flush=True)
    return not faults


def main():
    plumbline, chosen = sys.argv[1], sys.argv[2:] or list(CASES)
    return 0 if all([run(plumbline, name) for name in chosen]) else 1


if __name__ == "__main__":
    sys.exit(main())
