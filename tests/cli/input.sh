#!/bin/sh
# Captures, observations and results that are not what they should be.
. "$(dirname "$0")/lib.sh"

# judged STATUS: a report was printed and the exit status is this.
judged() {
	[ "$status" -eq "$1" ] || fail "exit status $status, not $1"
	[ -s "$here/out" ] || fail "nothing was printed"
}

mkdir empty-folder text-folder
echo 'this is no capture' >text-folder/notes.txt
echo 'this is no capture' >notes.txt
: >zero.pcap
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >none.pcap

for sub in audit sense; do
	try $sub absent.pcap
	gives 2 'absent.pcap: No such file'
	try $sub empty-folder
	gives 2 'empty-folder: '
	try $sub text-folder
	gives 2 'text-folder: '
	try $sub notes.txt
	gives 2 'notes.txt: '
	try $sub zero.pcap
	gives 2 'zero.pcap: '
	try $sub -
	gives 2 '-: '
	try $sub --filter 'tcp prot 80' capture.pcap
	gives 2 'filter'
done
try why absent.pcap 1
gives 2 'absent.pcap'
try why capture.pcap 1000000
gives 2 'there is no frame 1000000'

try none.pcap
judged 3
one_line 'no packets in the capture'
try --filter 'udp port 9' capture.pcap
judged 3
one_line '0 of '
try --since 2099-01-01 capture.pcap
judged 3
one_line '0 of '

# One bad file of several is audited to where it breaks, and the input is not whole.
try --fail-on=high --format=jsonl capture.pcap notes.txt
[ "$status" -ne 2 ] || fail "one good file is enough"
one_line notes.txt
grep -q '"type":"end".*"complete":false' "$here/out" || fail "the input was not whole"
size=$(wc -c <capture.pcap)
head -c $((size - 7)) capture.pcap >cut.pcap
try --format=jsonl cut.pcap
[ "$status" -ne 0 ] || fail "a cut file cannot be vouched for"
grep -q '"type":"end".*"complete":false' "$here/out" || fail "the input was not whole"
try cut.pcap
judged "$status"
rm cut.pcap

# Standard input gives what the file gives, but for its name.
"$PROGRAM" sense capture.pcap | sed 's/"capture.pcap"/"-"/g' >"$here/by-name"
"$PROGRAM" sense - <capture.pcap >"$here/by-pipe"
tried='plumbline sense -'
cmp -s "$here/by-name" "$here/by-pipe" || fail "standard input gives something else"

"$PROGRAM" sense capture.pcap >observations
"$PROGRAM" audit --format=jsonl capture.pcap >results
try judge absent
gives 2 'absent: No such file'
try judge -
gives 2 'no observations in it'
try judge notes.txt
gives 2 'notes.txt:1: '
try judge capture.pcap
gives 2 'capture.pcap:1: '
try judge results
gives 2 'results:1: '
sed 1d observations >headless
try judge headless
gives 2 'headless:1: observations begin with a start record'
try judge observations
[ ! -s "$here/err" ] || fail "something on standard error"
judged "$status"
cp "$here/out" "$here/whole"

lines=$(wc -l <observations)
head -n $((lines / 2)) observations >part1
tail -n +$((lines / 2 + 1)) observations >part2
try judge part1 part2
cmp -s "$here/out" "$here/whole" || fail "two parts of a stream are not the stream"
try judge part1
judged "$status"
one_line 'the observations break off'
[ "$status" -ne 0 ] || fail "half a stream cannot be vouched for"
try judge observations observations
one_line 'another stream begins here'
(
	cat part1
	echo '{"type":"flow",'
	cat part2
) >spoiled
try judge spoiled
[ "$status" -ne 0 ] || fail "a spoiled stream cannot be vouched for"
grep -q "^plumbline: spoiled:$((lines / 2 + 1)): " "$here/err" || fail "the line of the error is not said"

try report absent
gives 2 'absent: No such file'
try report notes.txt
gives 2 'notes.txt:1: '
try report observations
gives 2 'observations:1: '
try report results results
gives 2 'one file at a time'
head -n 2 results >half
try report half
one_line 'the results break off'
[ "$status" -ne 0 ] || fail "half of the results cannot be vouched for"

# The same records as CBOR: which encoding it is, the first byte says.
"$PROGRAM" sense --format cbor capture.pcap >observations.cbor
"$PROGRAM" audit --format cbor capture.pcap >results.cbor
try judge observations.cbor
cmp -s "$here/out" "$here/whole" || fail "CBOR observations give another report"
tried="plumbline judge -"
"$PROGRAM" judge - <observations.cbor | cmp -s - "$here/whole" || fail "not from a pipe"
try report results.cbor
cmp -s "$here/out" "$here/whole" || fail "CBOR results give another report"
(
	printf '\331\331\367'
	cat observations.cbor
) >tagged
try judge tagged
cmp -s "$here/out" "$here/whole" || fail "the tag that says that this is CBOR is not taken"
try judge results.cbor
gives 2 'results.cbor: byte 0: type "run" is not one of observations'
try report observations.cbor
gives 2 'observations.cbor: byte 0: type "start" is not one of results'
try judge results.cbor observations
gives 2 'results.cbor: byte 0: '

# What is whole is judged, then one line says where it breaks off.
size=$(wc -c <observations.cbor)
for cut in 1 2 3 $((size / 2)) $((size - 100)); do
	head -c $((size - cut)) observations.cbor >part
	try judge part
	judged "$status"
	one_line 'the observations break off'
	[ "$status" -ne 0 ] || fail "a cut stream cannot be vouched for"
done
grep -qE '^plumbline: part: (byte [0-9]+: )?the obs' "$here/err" || fail "the place is not said"
head -c 5 observations.cbor >part
try judge part
gives 2 'part: byte 5: the input ends inside a record'
size=$(wc -c <results.cbor)
head -c $((size - 1)) results.cbor >part
try report part
one_line 'the results break off inside a record'
[ "$status" -ne 0 ] || fail "cut results cannot be vouched for"
(
	cat observations.cbor
	printf '\1'
) >part
try judge part
[ "$(cat "$here/err")" = "plumbline: part: byte $(wc -c <observations.cbor): no CBOR map: observations are one map each" ] ||
	fail "the byte is not said"
done_testing
