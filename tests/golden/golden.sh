#!/bin/sh
# One golden case: the program's output and exit status are those written down, and `audit` is `sense | judge`, byte for
# byte. 77: skipped, since the real captures are not here.
#
# usage: golden.sh [--update] PROGRAM PROJECT NAME CAPTURES ARGUMENTS EXIT
set -eu

update=no
if [ "$1" = --update ]; then
	update=yes
	shift
fi
program=$1 project=$2 name=$3 captures=$4 arguments=$5 expected=$6
golden=$project/tests/golden
export TZ=UTC LC_ALL=C
export PLUMBLINE_PROFILES="$project/profiles"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
ln -s "$project/pcaps" "$scratch/pcaps"
ln -s "$golden" "$scratch/golden"
cd "$scratch"

inputs=
for capture in $captures; do
	case $capture in
	CORPUS:*)
		if [ ! -e "${PLUMBLINE_CORPUS:-}/${capture#CORPUS:}" ]; then
			echo "skipped: the real capture ${capture#CORPUS:} is not here (PLUMBLINE_CORPUS)"
			exit 77
		fi
		[ -e corpus ] || ln -s "$PLUMBLINE_CORPUS" corpus
		inputs="$inputs corpus/${capture#CORPUS:}"
		;;
	*)
		inputs="$inputs pcaps/$capture"
		;;
	esac
done

# run FILE WORD...: output, what went to standard error, and the exit status, as one text.
run() {
	out=$1
	shift
	status=0
	"$program" "$@" >"$out" 2>stderr || status=$?
	sed 's/^/stderr: /' stderr >>"$out"
	echo "exit status $status" >>"$out"
}

failed=0

# compare EXPECTATION ACTUAL
compare() {
	if [ "$update" = yes ]; then
		cp "$2" "$golden/$1"
	elif [ ! -e "$golden/$1" ]; then
		echo "no expectation: tests/golden/$1 is missing; look at the output, then: ninja update-golden"
		cat "$2"
		failed=1
	elif ! diff -u "$golden/$1" "$2"; then
		failed=1
	fi
}

case " $arguments " in
*' {} '*)
	# shellcheck disable=SC2046,SC2086 # words are meant
	run text $(echo "$arguments" | sed "s|{}|$inputs|")
	;;
*)
	# shellcheck disable=SC2086 # words are meant
	run text $arguments $inputs
	;;
esac
if [ "$(tail -n 1 text)" != "exit status $expected" ]; then
	echo "expected exit status $expected, got: $(tail -n 1 text)"
	cat stderr
	failed=1
fi
compare "$name.out" text
case " $arguments " in *' {} '*) exit $failed ;; esac

# The halves: what chooses packets belongs to sense, the rest to judge, and of that a part to report.
sense_words='' judge_words='' report_words='' next=
for word in $arguments; do
	to=$next
	next=
	case $word in
	--filter | --since | --until) to=sense next=sense ;;
	--filter=* | --since=* | --until=*) to=sense ;;
	--only | --fail-on) to=report next=report ;;
	--only=* | --fail-on=* | --flows | --flows=*) to=report ;;
	esac
	case $to in
	sense) sense_words="$sense_words $word" ;;
	report) report_words="$report_words $word" judge_words="$judge_words $word" ;;
	*) judge_words="$judge_words $word" ;;
	esac
done

# same WHAT FILE FILE
same() {
	if ! cmp -s "$2" "$3"; then
		diff -u "$2" "$3" >difference || :
		echo "$1:"
		head -n 40 difference
		failed=1
	fi
}

# plain FILE WORD...: output and exit status; standard error is no part of the comparison.
plain() {
	out=$1
	shift
	status=0
	"$program" "$@" >"$out" 2>/dev/null || status=$?
	echo "exit status $status" >>"$out"
}

# shellcheck disable=SC2086 # words are meant
{
	"$program" sense $sense_words $inputs >observations 2>/dev/null || :
	plain whole.text audit $arguments $inputs
	plain whole.jsonl audit $arguments --format jsonl $inputs
	plain halves.text judge $judge_words - <observations
	plain halves.jsonl judge $judge_words --format jsonl - <observations
	sed '$d' whole.jsonl >results
	plain again.text report $report_words results
	plain again.jsonl report $report_words --format jsonl results
	"$program" sense --format cbor $sense_words $inputs >observations.cbor 2>/dev/null || :
	"$program" audit $arguments --format cbor $inputs >results.cbor 2>/dev/null || :
	"$program" judge $judge_words --format cbor - <observations.cbor >halves.cbor 2>/dev/null || :
	"$program" report $report_words --format cbor results >again.cbor 2>/dev/null || :
	plain binary.text judge $judge_words - <observations.cbor
	plain binary.jsonl report $report_words --format jsonl results.cbor
}
same 'audit is not sense | judge, as text' whole.text halves.text
same 'audit is not sense | judge, as jsonl' whole.jsonl halves.jsonl
same 'audit is not audit --format jsonl and then report, as text' whole.text again.text
same 'results read and written again are not the same' whole.jsonl again.jsonl
same 'audit is not sense | judge with CBOR between them' whole.text binary.text
same 'audit is not sense | judge, all of it CBOR' results.cbor halves.cbor
same 'results in CBOR do not render to those in JSON' whole.jsonl binary.jsonl
same 'results in JSON do not render to those in CBOR' results.cbor again.cbor
[ -s results.cbor ] || failed=1
if [ -e "$golden/$name.jsonl" ]; then
	compare "$name.jsonl" whole.jsonl
fi
exit $failed
