#!/bin/sh
# Help, version, and options that are wrong.
. "$(dirname "$0")/lib.sh"

prints() {
	[ "$status" -eq 0 ] || fail "exit status $status, not 0"
	[ ! -s "$here/err" ] || fail "something on standard error"
	grep -qF -- "$1" "$here/out" || fail "the output does not hold: $1"
}

for words in help --help -h; do
	try $words
	prints 'usage: plumbline'
	for sub in audit sense judge report why profile explain help; do
		grep -q "^  $sub " "$here/out" || fail "help does not list $sub"
	done
	for later in --evidence --tz watch diff html; do
		! grep -q -- "$later" "$here/out" || fail "help lists $later, which does not exist"
	done
	awk 'length > 120 { bad = 1 } END { exit bad }' "$here/out" || fail "a line is too long"
done
for sub in audit sense judge report why profile explain help; do
	try help $sub
	prints 'usage: plumbline'
	cp "$here/out" "$here/of-help"
	try $sub --help
	prints 'usage: plumbline'
	cmp -s "$here/out" "$here/of-help" || fail "other text than: plumbline help $sub"
done
try --site x --help
prints 'usage: plumbline [audit]'
try --version
prints 'plumbline 0.'
try audit --version
prints 'plumbline 0.'

try
gives 2 'no capture given'
try audit
gives 2 'no capture given'
try --format text
gives 2 'no capture given'
try sense
gives 2 'no capture given'
try judge
gives 2 'no observations given'
try report
gives 2 'no results given'
try why
gives 2 'plumbline why CAPTURE FRAME'
try why capture.pcap
gives 2 'plumbline why CAPTURE FRAME'
try why capture.pcap 0
gives 2 "'0' is no frame number"
try why capture.pcap -- -1
gives 2 'is no frame number'
try why capture.pcap 99999999999999999999999
gives 2 'is no frame number'
try explain
gives 2 'plumbline explain CODE'
try profile
gives 2 'list, show, check, export or learn'

try --no-such-thing capture.pcap
gives 2 "no such option '--no-such-thing'"
try --siet=x capture.pcap
gives 2 'did you mean --site?'
try --colour=never capture.pcap
gives 2 'did you mean --color?'
try sense --site x capture.pcap
gives 2 '--site is no option of sense'
try audit --strict capture.pcap
gives 2 '--strict is no option of audit'
try -x capture.pcap
gives 2 "no such option '-x'"
try capture.pcap --site
gives 2 '--site: the argument is missing; write --site FILE'
try profile list --strict=yes
gives 2 '--strict takes no argument'
for n in 0 -1 two 2x '' 1025 99999999999999999999; do
	try "--threads=$n" capture.pcap
	gives 2 "--threads: '$n' is no number from 1 to 1024"
done
try --color=sometimes capture.pcap
gives 2 "--color: no such word 'sometimes'"
try --fail-on=hihg capture.pcap
gives 2 'did you mean high?'
try --format=jason capture.pcap
gives 2 "--format: no such format 'jason'"
try --format=jsnol capture.pcap
gives 2 'did you mean jsonl?'
try --flows=undeclraed capture.pcap
gives 2 'did you mean undeclared?'
try --vantage=insid capture.pcap
gives 2 'did you mean inside?'
try --since=yesterday capture.pcap
gives 2 "--since: 'yesterday' is no time"
try adit capture.pcap
gives 2 'did you mean audit?'
try help adit
gives 2 'did you mean audit?'
leaves capture.pcap
done_testing
