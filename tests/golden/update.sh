#!/bin/sh
# Writes the expectations of every golden case anew: look at `git diff` afterwards. A NAME.jsonl is renewed where there is
# one; to begin one, make an empty file of that name.
#
# usage: update.sh PROGRAM PROJECT
set -eu

program=$1 project=$2
here=$project/tests/golden
grep -v '^[[:space:]]*\(#\|$\)' "$here/cases" | while IFS='|' read -r name captures arguments expected; do
	name=$(echo "$name" | xargs) expected=$(echo "$expected" | xargs)
	status=0
	"$here/golden.sh" --update "$program" "$project" "$name" "$captures" "$arguments" "$expected" || status=$?
	case $status in
	0) echo "$name" ;;
	77) ;;
	*) echo "$name: see above" ;;
	esac
done
