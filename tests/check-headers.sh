#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every header stands alone, and a second time without harm. Where its own .c includes it before anything else, the build
# has shown the first; only those without one are compiled here. A guard around all of it shows the second.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$top"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
complain() {
	echo "$1" >&2
	failures=$((failures + 1))
}
compiles_alone() {
	printf '#include "%s"\n' "$1" >"$work/alone.c"
	# shellcheck disable=SC2086 # compiler and flags are lists of words
	${CC:-cc} -std=gnu11 -fsyntax-only -Wall -Werror ${CPPFLAGS:-} -D_GNU_SOURCE -I"$top" "$work/alone.c" 2>&1
}

find runtime spec cgroupfs tests -name '*.h' | sort >"$work/headers"
while read -r header; do
	[ ! -e "${header%.h}.c" ] || continue
	said=$(compiles_alone "$header") || complain "$header does not stand alone: $said"
done <"$work/headers"

# shellcheck disable=SC2046 # paths without spaces
awk '
function ends() {
	if (file && last !~ /^#endif/) print file ": ends without its #endif"
}
FNR == 1 {
	ends()
	file = FILENAME
	opened = 0
}
NF { last = $0 }
/^#/ && !opened {
	opened = 1
	guard = $2
	if ($1 != "#ifndef" || guard !~ /^WEIR_[A-Z0-9_]+_H$/) print file ":" FNR ": wanted a guard #ifndef WEIR_..._H"
	if (guard in owner) print file ":" FNR ": " guard " guards " owner[guard] " already"
	owner[guard] = file
	getline
	if ($0 != "#define " guard) print file ":" FNR ": wanted #define " guard
}
END { ends() }
' $(cat "$work/headers") >"$work/said"
while read -r header; do
	[ -e "${header%.h}.c" ] || continue
	[ "$(grep -m 1 '^#include' "${header%.h}.c")" = "#include \"$header\"" ] ||
		echo "${header%.h}.c: the first include is not $header"
done <"$work/headers" >>"$work/said"
while read -r line; do
	complain "$line"
done <"$work/said"
exit "$((failures > 0))"
