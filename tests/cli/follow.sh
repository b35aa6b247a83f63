#!/bin/sh
# A file that grows while it is read, and compressed files, give what the whole plain file gives.
. "$(dirname "$0")/lib.sh"

# wait_for N WORD...: until the command succeeds, at most N tenths of a second.
wait_for() {
	tries=$1
	shift
	while ! "$@" && [ "$tries" -gt 0 ]; do
		sleep 0.1
		tries=$((tries - 1))
	done
	[ "$tries" -gt 0 ]
}

ended() {
	! kill -0 $pid 2>/dev/null
}

# follows HOW WORD...: the capture is written piece by piece, most of them ending inside a packet, while the program
# reads it; then HOW: a signal, or the file goes.
follows() {
	how=$1
	shift
	tried="plumbline $* --follow growing.pcap, ended by $how"
	ran=$((ran + 1))
	: >growing.pcap
	env --default-signal=INT "$PROGRAM" "$@" --follow growing.pcap >"$here/out" 2>"$here/err" &
	pid=$!
	size=$(wc -c <capture.pcap)
	at=0
	for piece in 1 2 20 3 50 1 $((size / 3)) 7 $((size / 3)) "$size"; do
		tail -c +$((at + 1)) capture.pcap | head -c "$piece" >>growing.pcap
		at=$((at + piece))
		sleep 0.15
	done
	sleep 0.3
	! ended || fail "ended by itself"
	case $how in
	signal) kill -s INT $pid ;;
	removed) rm growing.pcap ;;
	replaced) cp capture.pcap other && mv other growing.pcap ;;
	esac
	wait_for 50 ended || {
		fail "does not end"
		kill -9 $pid
	}
	status=0
	wait $pid || status=$?
	cmp -s "$here/out" "$here/whole" || fail "gives something else than the whole file"
	[ "$status" -eq "$whole_status" ] || fail "exit status $status, not $whole_status"
	[ ! -s "$here/err" ] || fail "something on standard error"
}

for sub in 'sense' 'audit --format=jsonl'; do
	cp capture.pcap growing.pcap
	whole_status=0
	# shellcheck disable=SC2086 # words are meant
	"$PROGRAM" $sub growing.pcap >"$here/whole" || whole_status=$?
	for how in signal removed replaced; do
		# shellcheck disable=SC2086
		follows $how $sub
	done
done
grep -q '"complete":true' "$here/out" || fail "not said to be whole"

# Compressed, by content: the name says nothing.
"$PROGRAM" sense capture.pcap | sed 's/"capture.pcap"/"-"/g' >"$here/whole"
for packer in 'gzip -c' 'zstd -qc'; do
	command -v "${packer%% *}" >/dev/null || continue
	$packer capture.pcap >packed
	for capture in packed -; do
		tried="plumbline sense $capture ($packer)"
		ran=$((ran + 1))
		"$PROGRAM" sense $capture <packed 2>"$here/err" | sed 's/"packed"/"-"/g' >"$here/out"
		cmp -s "$here/out" "$here/whole" || fail "gives something else than the plain file"
	done
	size=$(wc -c <packed)
	head -c $((size - 20)) packed >cut
	try sense cut
	case $packer in
	gzip*)
		[ "$status" -eq 3 ] || fail "a cut file cannot be vouched for"
		grep -q '"type":"break".*data ends too early, at byte '$((size - 20)) "$here/out" ||
			fail "the place is not said"
		;;
	*) gives 2 "cut: the zstd data ends too early, at byte $((size - 20)) of the file" ;; # it is one block
	esac
done
done_testing
