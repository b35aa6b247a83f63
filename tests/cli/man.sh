#!/bin/sh
# The manual pages list what the program has: every subcommand, its options, every finding code; and nothing else.
. "$(dirname "$0")/lib.sh"

man=$PROJECT/analyzer/cli/man

# same WHAT: two sorted lists.
same() {
	tried="man pages: $1"
	ran=$((ran + 1))
	: >"$here/err"
	diff "$here/page" "$here/program" >"$here/out" || fail "page (<) and program (>) differ"
}

"$PROGRAM" help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | sort >"$here/program"
[ "$(wc -l <"$here/program")" -ge 8 ] || exit 1
sed -n 's/^\.It Cm //p' "$man/plumbline.1" | sort >"$here/page"
same subcommands
for sub in audit sense judge report why profile explain; do
	"$PROGRAM" help $sub | sed -n 's/^  --\([a-z-]*\).*/\1/p' | sort >"$here/program"
	sed -n 's/^\.It Fl Fl \([a-z-]*\).*/\1/p' "$man/plumbline-$sub.1" | sort >"$here/page"
	same "options of $sub"
done
sed -n 's/^FINDING([A-Z0-9_]*, "\([^"]*\)".*/\1/p' "$PROJECT/analyzer/record/findings.def" | sort >"$here/program"
sed -n 's/^\.It Cm //p' "$man/plumbline-explain.1" | sort >"$here/page"
[ -s "$here/program" ] || exit 1
same 'finding codes'
for page in "$man"/*.1; do
	command -v mandoc >/dev/null || break
	tried="mandoc -Tlint $page"
	mandoc -Tlint -Wwarning "$page" >"$here/out" 2>&1 || fail 'a fault in the page'
done
done_testing
