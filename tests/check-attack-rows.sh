#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/attack/rows.txt: each of the 42 rows of the security model has a test, and the test is there.
set -eu
cd "${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}"
failures=0
complain() {
	echo "tests/attack/rows.txt: $1" >&2
	failures=$((failures + 1))
}
want=1
while IFS='|' read -r number what tests; do
	case $number in '#'*) continue ;; esac
	number=${number% }
	[ "$number" = $want ] || complain "row $want is missing"
	want=$((want + 1))
	rest="$tests;"
	while [ -n "$rest" ]; do
		one=${rest%%;*} rest=${rest#*;}
		file=${one%%: *} words=${one#*: }
		file=${file# } words=${words% }
		grep -q -F -e "$words" "$file" || complain "row $number ($what): no '$words' in $file"
	done
done <tests/attack/rows.txt
[ $want -eq 43 ] || complain "42 rows are wanted, $((want - 1)) are there"
exit "$((failures > 0))"
