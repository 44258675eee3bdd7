#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `weir run --plan` says of each config of tests/spec/plan is what stands in NAME.expected: the plan with the
# warnings before it, or the refusal. Of a config that is another one with a change, what the change does to the
# other's plan, as a diff. --update (make update-golden) rewrites them; the difference is then yours to read.
# Should: need no root and no kernel but the one that is there.
# Must not: pass with fewer configs than there are.
set -eu
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
export top_srcdir
build=${top_builddir:-$top_srcdir/build}
cases=$top_srcdir/tests/spec/plan
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/bundle
mkdir "$bundle" "$work/whole" "$work/expected" "$work/actual"

# NAME;BASE;OPTIONS;GLOBAL-OPTIONS of each case, bases first. The members stand on lines of their own.
list_cases() {
	awk -F'"' '
	FNR == 1 { n = FILENAME; sub(/.*\//, "", n); sub(/\.json$/, "", n); name[++count] = n }
	$2 == "base" && $3 == ": " { b = $4; sub(/.*\//, "", b); sub(/\.json$/, "", b); if (b != n) base[n] = b }
	$2 == "options" && $3 == ": " { options[n] = $4 }
	$2 == "global" && $3 == ": " { global[n] = $4 }
	function line(n) { print n ";" base[n] ";" options[n] ";" global[n] }
	END {
		for (i = 1; i <= count; i++) if (base[name[i]] == "") line(name[i])
		for (i = 1; i <= count; i++) if (base[name[i]] != "") line(name[i])
	}' "$cases"/*.json
}

# The places of a difference are left out: they move with all that is before them.
plan_all() {
	while IFS=';' read -r name base options global; do
		"$build/tests/programs/config-of" "plan/$name.json" >"$bundle/config.json"
		# shellcheck disable=SC2086  # several options
		if "$build/weir" $global run --plan -b "$bundle" $options c1 >"$work/out" 2>&1; then
			planned=yes
		else
			planned=no
		fi
		sed "s|$bundle|/bundle|g" "$work/out" >"$work/whole/$name"
		if [ -n "$base" ] && [ "$planned" = yes ]; then
			diff -U2 "$work/whole/$base" "$work/whole/$name" |
				sed -e "1s/.*/What is other than in $base:/" -e 2d -e 's/^@@.*/@@/' \
					>"$work/actual/$name.expected"
		else
			cp "$work/whole/$name" "$work/actual/$name.expected"
		fi
	done
}

list_cases >"$work/cases"
plan_all <"$work/cases"
if [ "${1-}" = --update ]; then
	rm -f "$cases"/*.expected
	cp "$work/actual"/* "$cases/"
fi
for expected in "$cases"/*.expected; do
	ln -s "$expected" "$work/expected/"
done
diff -ruN "$work/expected" "$work/actual" || {
	echo "a plan is other than expected; make update-golden rewrites tests/spec/plan"
	exit 1
}
count=$(wc -l <"$work/cases")
echo "$count plans"
[ "$count" -ge 40 ]
