#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every example of the specification's pages, merged into a config where it belongs, plans; those that cannot are
# in tests/spec/examples.txt with what is said of them and why.
# Should: fail for an example that has no line, a line that has no example, and a refusal that is gone.
# Must not: need root.
set -eu
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
export top_srcdir
build=${top_builddir:-$top_srcdir/build}
table=$top_srcdir/tests/spec/examples.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/examples" "$work/bundle"
sh "$top_srcdir/tests/spec/extract-examples" "$work/examples"

complain() {
	echo "$1"
	[ -z "${2-}" ] || sed 's/^/    /' "$2"
	failed=$((failed + 1))
}

# says EXAMPLE PLACE: the last line of what is said of it, or "plans".
says() {
	case $2 in
	*:*) base=${2%%:*} ;;
	*) base=runc-spec ;;
	esac
	if "$build/tests/programs/config-of" "plan/$base.json" "$work/examples/$1" "${2#*:}" \
		>"$work/bundle/config.json" 2>"$work/said" &&
		"$build/weir" run --plan -b "$work/bundle" c1 >/dev/null 2>"$work/said"; then
		echo plans
	else
		tail -n 1 "$work/said"
	fi
}

count=0 failed=0
while IFS='|' read -r name place wanted; do
	case $name in '' | '#'*) continue ;; esac
	name=$(echo $name) place=$(echo $place) wanted=${wanted# }
	wanted=${wanted%% \#*}
	count=$((count + 1))
	if [ ! -e "$work/examples/$name" ]; then
		complain "no such example: $name"
		continue
	fi
	got=$(says "$name" "$place")
	mv "$work/examples/$name" "$work/seen-$count"
	case $got in
	*"$wanted"*) ;;
	*)
		complain "$name: wanted '$wanted', got '$got'" "$work/seen-$count"
		;;
	esac
done <"$table"
for left in "$work/examples"/*; do
	[ ! -e "$left" ] || complain "not in tests/spec/examples.txt: $(basename "$left")" "$left"
done
echo "$count examples, $failed of them other than expected"
[ "$count" -ge 55 ] && [ "$failed" -eq 0 ]
