#!/bin/sh
# A signal ends the reading: what was read is judged and reported, and said to be incomplete.
. "$(dirname "$0")/lib.sh"

# interrupted SIGNAL WORD...: the program reads a pipe that has more to come, and gets the signal.
interrupted() {
	signal=$1
	shift
	tried="plumbline $* and SIG$signal"
	ran=$((ran + 1))
	rm -f pipe
	mkfifo pipe
	# The signal is ignored in background jobs of a shell without job control; env puts it back.
	env --default-signal="$signal" "$PROGRAM" "$@" <pipe >"$here/out" 2>"$here/err" &
	pid=$!
	exec 3>pipe
	cat capture.pcap >&3
	sleep 0.5
	kill -s "$signal" $pid
	i=0
	while kill -0 $pid 2>/dev/null && [ $i -lt 50 ]; do
		sleep 0.1
		i=$((i + 1))
	done
	if kill -0 $pid 2>/dev/null; then
		fail "does not end while the pipe is open"
		kill -9 $pid
	fi
	exec 3>&-
	status=0
	wait $pid || status=$?
	rm pipe
}

for signal in INT TERM HUP; do
	interrupted $signal audit --format jsonl -
	case $status in
	1 | 3) ;;
	*) fail "exit status $status, neither 1 nor 3" ;;
	esac
	tail -n 1 "$here/out" | grep -q '"type":"end".*"complete":false' || fail "not reported as incomplete"
	packets=$(tail -n 1 "$here/out" | sed 's/.*"packets":\([0-9]*\).*/\1/')
	[ "$packets" -gt 0 ] || fail "what was read is not reported"
done
interrupted INT sense --output observations -
[ "$status" -eq 3 ] || fail "exit status $status, not 3"
tail -n 1 observations | grep -q '"type":"end".*"complete":false' || fail "not said to be incomplete"
leaves capture.pcap observations
done_testing
