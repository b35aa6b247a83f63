#!/bin/sh
# Any number of threads gives the same bytes and the same exit status.
. "$(dirname "$0")/lib.sh"

# same WORD...: what one thread gives, every other number gives.
same() {
	try "$@" --threads 1
	mv "$here/out" one.out
	mv "$here/err" one.err
	one=$status
	[ -s one.out ] || fail "nothing was printed"
	for n in 2 3 64 ''; do
		try "$@" ${n:+--threads $n}
		[ "$status" -eq "$one" ] || fail "exit status $status, with one thread $one"
		cmp -s one.out "$here/out" || fail "the output differs from that of one thread"
		cmp -s one.err "$here/err" || fail "the complaints differ from those of one thread"
	done
}

cp "$PROJECT"/pcaps/*.pcap .
cp "$PROJECT/pcaps/office-site.yaml" .
for format in text jsonl; do
	same audit --format $format --site office-site.yaml office.pcap
	same audit --format $format ./*.pcap
done
same sense ./*.pcap
# long enough to be read ahead; its time goes back again and again
i=0
cp office.pcap long
while [ $i -lt 60 ]; do
	tail -c +25 office.pcap >>long
	i=$((i + 1))
done
[ "$(wc -c <long)" -gt 1048576 ] || fail "too short to be read ahead"
same sense long
same audit --format jsonl long
"$PROGRAM" sense ./*.pcap >observations
[ "$(wc -c <observations)" -gt 500000 ] || fail "too little to go through the queue more than once"
same judge --format jsonl observations
head -c 100000 observations >cut
same judge --format jsonl cut
done_testing
