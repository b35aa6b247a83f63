# What the tests of the command line share. Each sets PROGRAM and PROJECT from its arguments, works in a folder of its own
# and counts what fails; done_testing says so.
# shellcheck shell=sh
set -u

PROGRAM=$1
PROJECT=$2
export TZ=UTC LC_ALL=C PLUMBLINE_PROFILES="$PROJECT/profiles"
unset NO_COLOR
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
trap 'exit 1' INT TERM
cd "$here" || exit 99
mkdir work
cd work || exit 99
cp "$PROJECT/pcaps/office.pcap" capture.pcap || exit 99
failed=0
ran=0

# try WORD...: runs the program; output, errors and status are in $here/out, $here/err and $status.
try() {
	status=0
	"$PROGRAM" "$@" >"$here/out" 2>"$here/err" </dev/null || status=$?
	tried="plumbline $*"
	ran=$((ran + 1))
}

fail() {
	echo "FAIL: $tried: $1"
	sed 's/^/  stderr: /' "$here/err"
	head -n 5 "$here/out" | sed 's/^/  stdout: /'
	failed=$((failed + 1))
}

# gives STATUS TEXT: the exit status, nothing on standard output, and one line on standard error that holds TEXT.
gives() {
	[ "$status" -eq "$1" ] || fail "exit status $status, not $1"
	[ ! -s "$here/out" ] || fail "something was printed"
	one_line "$2"
}

# one_line TEXT: standard error is one line, begins as all our errors do and holds TEXT.
one_line() {
	[ "$(wc -l <"$here/err")" -eq 1 ] || fail "not one line"
	grep -q '^plumbline: ' "$here/err" || fail "the line does not begin with plumbline:"
	grep -qF -- "$1" "$here/err" || fail "the line does not hold: $1"
}

# leaves NAME...: the working folder holds exactly these.
leaves() {
	have=$(find . -mindepth 1 -maxdepth 1 | LC_ALL=C sort | sed 's|^\./||' | tr '\n' ' ')
	want=$(printf '%s\n' "$@" | LC_ALL=C sort | tr '\n' ' ')
	[ "$have" = "$want" ] || fail "the folder holds $have, not $want"
}

done_testing() {
	[ "$ran" -gt 0 ] || {
		echo "nothing ran"
		exit 1
	}
	[ "$failed" -eq 0 ] || exit 1
	echo "$ran runs as they should be"
}
