#!/bin/sh
# Fuzzes every target, or those named, with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer, each for that
# many seconds of CPU time. New inputs go to the build folder, never into the corpus; what fails stays there as crash-*.
#
# usage: run.sh SECONDS [TARGET...]      BUILD=folder (build-fuzz)
set -eu

if [ $# -lt 1 ]; then
	echo "usage: $0 SECONDS [TARGET...]" >&2
	exit 2
fi
seconds=$1
shift
project=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
build=${BUILD:-$project/build-fuzz}

if [ ! -e "$build/build.ninja" ]; then
	CC=clang meson setup "$build" "$project" -Dfuzzing=libfuzzer -Db_sanitize=address,undefined \
		-Db_lundef=false >/dev/null
fi
if [ $# -eq 0 ]; then
	for source in "$project"/tests/fuzz/fuzz_*.c; do
		name=$(basename "$source" .c)
		set -- "$@" "${name#fuzz_}"
	done
fi

ticks=$(getconf CLK_TCK)
failed=0
for target in "$@"; do
	ninja -C "$build" "tests/fuzz/fuzz_$target" >"$build/fuzz_$target.build" 2>&1 || {
		cat "$build/fuzz_$target.build"
		exit 1
	}
	work=$build/corpus/$target
	mkdir -p "$work"
	"$build/tests/fuzz/fuzz_$target" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$build/$target-" "$work" "$project/tests/fuzz/corpus/$target" \
		>"$build/fuzz_$target.log" 2>&1 &
	pid=$!
	# Ticks of CPU time so far; nothing once it has ended by itself.
	while used=$(awk '$3 != "Z" { print $14 + $15 }' "/proc/$pid/stat" 2>/dev/null) && [ -n "$used" ] &&
		[ "$used" -lt "$((seconds * ticks))" ]; do
		sleep 1
	done
	kill -USR1 "$pid" 2>/dev/null || : # libFuzzer ends, and says what it did
	status=0
	wait "$pid" || status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/fuzz_$target.log")
	if [ $status -eq 0 ]; then
		echo "$target: ${runs:-0} runs, no report"
	else
		echo "$target: FAILED, see $build/fuzz_$target.log"
		tail -n 30 "$build/fuzz_$target.log"
		failed=1
	fi
done
exit $failed
