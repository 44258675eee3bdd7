#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone, and a second time without harm.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$top"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
for header in $(find runtime spec cgroupfs tests -name '*.h' | sort); do
	printf '#include "%s"\n#include "%s"\n' "$header" "$header" >"$work/alone.c"
	# shellcheck disable=SC2086 # compiler and flags are lists of words
	if ! ${CC:-cc} -std=gnu11 -fsyntax-only -Wall -Werror ${CPPFLAGS:-} -D_GNU_SOURCE -I"$top" \
		"$work/alone.c" 2>"$work/said"; then
		echo "$header does not stand alone:" >&2
		cat "$work/said" >&2
		failures=$((failures + 1))
	fi
done
exit "$((failures > 0))"
