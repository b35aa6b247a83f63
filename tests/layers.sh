#!/bin/sh
# Which folder may include which, and what no file may do. First it plants one violation of each kind in a tree of its
# own and sees that each is found; then it reads the project.
#
# usage: layers.sh PROJECT
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
project=$(CDPATH='' cd -- "${1:-$here/..}" && pwd)
: "${CC:=cc}"

# The list is complete, not transitive; base is everybody's.
arrows='sensor>packet sensor>dissectors sensor>classify sensor>record
judge>profile judge>record
report>record
cli>capture cli>packet cli>sensor cli>dissectors cli>classify cli>record cli>profile cli>judge cli>report
main>cli'
libraries='pcap.h pcap/pcap.h yaml.h jansson.h zlib.h zstd.h uthash.h cbor.h gcrypt.h ndpi_api.h
libndpi/ndpi_api.h ndpi/ndpi_api.h microhttpd.h cap-ng.h seccomp.h librdkafka/rdkafka.h'
forbidden='strcpy strcat sprintf vsprintf strncpy strncat stpcpy atoi atol atoll atof gets alloca strtok setjmp longjmp
asctime ctime tmpnam mktemp system popen rand srand random'
wall_clock='time gettimeofday clock_gettime clock localtime localtime_r'

# Every complaint about the tree $1, by text alone.
text_checks() {
	(
		cd "$1"
		find analyzer dissectors -name '*.[ch]' 2>/dev/null | LC_ALL=C sort >"$scratch/files"
		[ -s "$scratch/files" ] || return 0
		# shellcheck disable=SC2046 # the names have no blanks: they are ours
		awk -v arrows="$(echo "$arrows" | tr '\n' ' ')" -v libraries="$(echo "$libraries" | tr '\n' ' ')" \
			-v forbidden="$(echo "$forbidden" | tr '\n' ' ')" -v wall_clock="$wall_clock" \
			-f "$here/layers.awk" $(cat "$scratch/files")
	)
}

# Every header by itself: it includes what it uses.
header_checks() {
	(
		cd "$1"
		find analyzer dissectors -name '*.h' 2>/dev/null | LC_ALL=C sort | while read -r header; do
			echo "#include \"$header\"" |
				$CC -std=c11 -D_GNU_SOURCE -fsyntax-only -I. -Ianalyzer -x c - >"$scratch/cc" 2>&1 ||
				echo "$header:1: does not compile alone: $(grep -m1 error "$scratch/cc" || head -n1 "$scratch/cc")"
		done
	)
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

# plant FILE TEXT WHAT: a tree with that file gives exactly one complaint, and WHAT is in it.
planted=0
plant() {
	rm -rf "$scratch/tree"
	mkdir -p "$scratch/tree/$(dirname "$1")"
	printf '%b' "$2" >"$scratch/tree/$1"
	found=$(text_checks "$scratch/tree"; header_checks "$scratch/tree")
	case $found in
	*"$3"*) ;;
	*)
		echo "self-test: '$3' was not found in $1: ${found:-no complaint}"
		exit 1
		;;
	esac
	if [ "$(echo "$found" | wc -l)" -ne 1 ]; then
		echo "self-test: more than '$3' was found in $1: $found"
		exit 1
	fi
	planted=$((planted + 1))
}

# innocent FILE TEXT: no complaint.
innocent() {
	rm -rf "$scratch/tree"
	mkdir -p "$scratch/tree/$(dirname "$1")"
	printf '%b' "$2" >"$scratch/tree/$1"
	found=$(text_checks "$scratch/tree"; header_checks "$scratch/tree")
	if [ -n "$found" ]; then
		echo "self-test: complaint about an innocent file: $found"
		exit 1
	fi
}

long_function=$(printf 'int f(void)\n{\n'; yes '	g();' | head -n 61; printf '}\n')
long_file=$(yes '/* */' | head -n 601)
plant analyzer/judge/a.c '#include "packet/packet.h"\n' 'judge may not include packet'
plant analyzer/judge/a.c '#include "capture/capture.h"\n' 'judge may not include capture'
plant analyzer/record/a.c '#include "report/report.h"\n' 'record may not include report'
plant analyzer/report/a.c '#include "profile/model.h"\n' 'report may not include profile'
plant analyzer/sensor/a.c '#include "capture/capture.h"\n' 'sensor may not include capture'
plant analyzer/base/a.c '#include "record/obs.h"\n' 'base may not include record'
plant analyzer/main.c '#include "judge/judge.h"\n' 'main may not include judge'
plant dissectors/a.c '#include "packet/packet.h"\n' 'dissectors may not include packet'
plant analyzer/packet/a.c '#include "packet.h"\n' 'names no folder'
plant dissectors/a.c 'int f(const uint8_t *p)\n{\n\treturn p[0];\n}\n' 'p[...]'
plant dissectors/a.c 'int f(struct rd r)\n{\n\treturn r.p[0];\n}\n' '.p[...]'
plant analyzer/packet/a.c 'int f(int x)\n{\n\treturn ntohs(x);\n}\n' 'ntohs()'
plant analyzer/cli/a.c 'int f(char *a)\n{\n\treturn atoi(a);\n}\n' 'call of atoi()'
plant analyzer/cli/a.c 'void f(char *a)\n{\n\tstrcpy(a, "x");\n}\n' 'call of strcpy()'
plant analyzer/judge/a.c 'long f(void)\n{\n\treturn time(0);\n}\n' 'wall clock'
plant analyzer/cli/a.c "$long_function\n" '60 is the most'
plant analyzer/cli/a.c "$long_file\n" 'more than 600 lines'
plant analyzer/cli/a.c '/* TO''DO: more */\n' 'unfinished'
plant analyzer/cli/a.h 'struct a { uint8_t b; };\n' 'does not compile alone'
innocent dissectors/a.c '/* ntohs(x), p[0] */\n#include "base/rd.h"\nint f(const uint8_t *p)\n{\n\tg("p[0] atoi(x)", p);\n}\n'
innocent analyzer/cli/a.c '#include "judge/judge.h"\n#include "capture/capture.h"\n'
innocent analyzer/profile/a.c 'int f(struct span s)\n{\n\treturn s.p[0];\n}\n'

rm -rf "$scratch/tree"
mkdir -p "$scratch/tree/analyzer/profile"
printf '#include <yaml.h>\n' >"$scratch/tree/analyzer/profile/a.c"
printf '#include <yaml.h>\n' >"$scratch/tree/analyzer/profile/b.c"
text_checks "$scratch/tree" | grep -q 'one file a library' || {
	echo "self-test: a library named by two files was not found"
	exit 1
}
planted=$((planted + 1))

text_checks "$project" >"$scratch/complaints"
header_checks "$project" >>"$scratch/complaints"
if [ -s "$scratch/complaints" ]; then
	cat "$scratch/complaints"
	exit 1
fi
echo "$planted planted violations found, none in the project"
