#!/bin/sh
# What a pcapng file says that its capture lost reaches the records, and softens what silence proves.
. "$(dirname "$0")/lib.sh"

# lossy PCAP DROPPED: the packets of a classic file, and statistics of its interface at the end.
lossy() {
	python3 - "$1" "$2" <<'PYTHON'
import struct, sys
data, dropped = open(sys.argv[1], "rb").read(), int(sys.argv[2])
order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
def block(kind, body):
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)
out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 0))
at, last = 24, 0
while at < len(data):
    seconds, micro, have, wire = struct.unpack_from(order + "IIII", data, at)
    frame, last = data[at + 16:at + 16 + have], seconds * 10**6 + micro
    out += block(6, struct.pack("<IIIII", 0, last >> 32, last & 0xFFFFFFFF, have, wire) + frame + bytes(-have % 4))
    at += 16 + have
# isb_osdrop: lost in the kernel (draft-ietf-opsawg-pcapng, section 4.6)
if dropped:
    out += block(5, struct.pack("<III", 0, last >> 32, last & 0xFFFFFFFF) + struct.pack("<HHQHH", 7, 8, dropped, 0, 0))
sys.stdout.buffer.write(out)
PYTHON
}

cp "$PROJECT/pcaps/site.yaml" .
lossy "$PROJECT/pcaps/push-drop-5228.pcap" 0 >whole.pcapng
lossy "$PROJECT/pcaps/push-drop-5228.pcap" 3 >lossy.pcapng

try sense whole.pcapng
grep -q dropped "$here/out" && fail 'nothing was lost, yet something is said to be'
try sense lossy.pcapng
grep '"type":"window"' "$here/out" | grep -q '"dropped_kernel":3' || fail 'no window says what was lost'
grep '"type":"end"' "$here/out" | grep -q '"dropped":3' || fail 'the end does not say what was lost'
try audit --site site.yaml lossy.pcapng
grep -q '3 packets were dropped while capturing' "$here/out" || fail 'the capture is not said to be at fault'

# Four requests without an answer prove a silence; where packets are missing, an answer may be among those.
cp "$PROJECT/pcaps/versity-site.yaml" .
lossy "$PROJECT/pcaps/versity-sam-trigger-blocked.pcap" 0 >whole.pcapng
lossy "$PROJECT/pcaps/versity-sam-trigger-blocked.pcap" 3 >lossy.pcapng
try audit --format jsonl --site versity-site.yaml whole.pcapng
grep -q '"outcome":"no-reply"' "$here/out" || fail 'silence is not seen'
grep -q '"code":"port-blocked-silently"' "$here/out" || fail 'a block is not seen'
try audit --format jsonl --site versity-site.yaml lossy.pcapng
grep -q '"outcome":"inconclusive","reason":"capture-loss"' "$here/out" || fail 'silence in a capture with losses is no proof'
grep -q '"code":"port-blocked-silently"' "$here/out" && fail 'somebody is accused of what the capture may have lost'
done_testing
