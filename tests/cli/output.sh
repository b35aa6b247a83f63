#!/bin/sh
# Where the report goes: whole or not at all, and every way in which it cannot go there.
. "$(dirname "$0")/lib.sh"

for format in text jsonl cbor; do
	try --format $format capture.pcap
	cp "$here/out" "$here/$format"
	plain=$status
	try --format $format --output report capture.pcap
	[ "$status" -eq "$plain" ] || fail "exit status $status, not $plain"
	cat "$here/out" "$here/err" >"$here/both"
	[ ! -s "$here/both" ] || fail "something was printed"
	cmp -s report "$here/$format" || fail "the file is not what is printed"
	leaves capture.pcap report
	echo before >report
	chmod 600 report
	ln -s report link
	try --format $format --output link capture.pcap
	[ -L link ] || fail "the link was replaced"
	cmp -s report "$here/$format" || fail "what the link points at was not written"
	[ "$(stat -c %a report)" = 600 ] || fail "the file's mode changed"
	rm link

	echo before >report
	try --format $format --output report absent.pcap
	gives 2 absent.pcap
	[ "$(cat report)" = before ] || fail "a run that failed touched the file"
	try --format $format --output report --site absent.yaml capture.pcap
	[ "$(cat report)" = before ] || fail "a run that failed touched the file"
	leaves capture.pcap report
	rm report

	try --format $format --output absent/report capture.pcap
	gives 2 'cannot write absent/report: No such file or directory'
	try --format $format --output . capture.pcap
	gives 2 'cannot write .: Is a directory'
	try --format $format --output /dev/full capture.pcap
	gives 2 'cannot write /dev/full: No space left on device'
	[ -c /dev/full ] || fail "/dev/full was replaced"
	leaves capture.pcap
done
try sense --output /dev/full capture.pcap
gives 2 'cannot write /dev/full: No space left on device'
try sense --output observations capture.pcap
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
leaves capture.pcap observations
rm observations

# full WORD...: standard output is a full disk.
full() {
	status=0
	"$PROGRAM" "$@" >/dev/full 2>"$here/err" || status=$?
	: >"$here/out"
	tried="plumbline $* >/dev/full"
	ran=$((ran + 1))
	gives 2 'cannot write standard output: No space left on device'
}
"$PROGRAM" audit --format=jsonl capture.pcap >"$here/results"
"$PROGRAM" sense capture.pcap >"$here/observations"
full capture.pcap
full --format jsonl capture.pcap
full --format cbor capture.pcap
full sense --format cbor capture.pcap
full sense capture.pcap
full judge "$here/observations"
full report "$here/results"
full why capture.pcap 1
full help
full help audit
full --version
full profile list
full profile show google-push
full explain port-rejected

# A closed pipe: quiet, 2. The reader is gone before the first byte.
closed() {
	tried="plumbline $* | nobody"
	ran=$((ran + 1))
	: >"$here/out"
	(
		sleep 0.3
		"$PROGRAM" "$@" 2>"$here/err"
		echo $? >"$here/status"
	) | true
	i=0
	while [ ! -s "$here/status" ] && [ $i -lt 100 ]; do
		sleep 0.1
		i=$((i + 1))
	done
	status=$(cat "$here/status")
	rm "$here/status"
	[ "$status" -eq 2 ] || fail "exit status $status, not 2"
	[ ! -s "$here/err" ] || fail "not quiet"
}
closed capture.pcap
closed --format jsonl capture.pcap
closed sense capture.pcap
closed help

# No standard output at all: the report must not end in a file that was opened in its place.
status=0
"$PROGRAM" capture.pcap >&- 2>"$here/err" || status=$?
: >"$here/out"
tried='plumbline capture.pcap >&-'
gives 2 'cannot write standard output'
cmp -s capture.pcap "$PROJECT/pcaps/office.pcap" || fail "the capture was written to"
leaves capture.pcap

# Colour only where it is asked for or a terminal.
tried='plumbline --color'
escape=$(printf '\033')
"$PROGRAM" capture.pcap >"$here/out"
! grep -q "$escape" "$here/out" || fail "colour in a file"
"$PROGRAM" --color=always capture.pcap >"$here/out"
grep -q "$escape" "$here/out" || fail "no colour though asked for"
"$PROGRAM" --color=always capture.pcap | sed "s/$escape\[[0-9;]*m//g" >"$here/plain"
"$PROGRAM" --color=never capture.pcap | cmp -s - "$here/plain" || fail "colour changes the words"

# Binary records are not for a terminal: one line, before anything is written there. script(1) makes the terminal.
for words in 'audit --format cbor' 'sense --format cbor'; do
	command -v script >/dev/null || break
	tried="plumbline $words capture.pcap, on a terminal"
	ran=$((ran + 1))
	status=0
	script -qec "'$PROGRAM' $words capture.pcap 2>'$here/err'" /dev/null >"$here/out" </dev/null || status=$?
	gives 2 '--format cbor is no text for a terminal'
	script -qec "'$PROGRAM' $words --output binary capture.pcap 2>'$here/err'" /dev/null >"$here/out" </dev/null
	[ -s binary ] || fail "nothing in the file"
	rm -f binary
done
done_testing
