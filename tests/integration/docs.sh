#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The commands of the guides do what the guides say: each indented block behind a line "<!-- run -->" is run, those of one
# page in one shell, in an empty directory; a line behind "<!-- run: fails -->" has to fail. Ladders that pages name are taken.
# needs: cgroup
# timeout: 60

. "$TESTLIB/tap.sh"
docs=$TESTLIB/../../../docs

weir() { "$WEIR" --root "$TMPDIR/root" "$@"; }

commands_of() {
	awk '
	/^<!-- run(: fails)? -->$/ { run = 1; fails = /fails/; next }
	run && /^    / {
		sub(/^    /, "")
		print fails ? "if " $0 "; then exit 9; fi" : $0
		next
	}
	{ run = 0 }' "$1"
}

pages=0
for page in "$docs"/*.md; do
	commands_of "$page" >"$TMPDIR/commands"
	[ -s "$TMPDIR/commands" ] || continue
	pages=$((pages + 1))
	{
		echo 'set -ex'
		# shellcheck disable=SC2016  # for the other shell
		echo 'weir() { "$WEIR" --root "$ROOT" "$@"; }'
		cat "$TMPDIR/commands"
	} >"$TMPDIR/page"
	name=${page##*/}
	mkdir "$TMPDIR/$name"
	check "what $name says can be done" \
		sh -c 'cd "$1" && WEIR=$2 ROOT=$3 exec sh "$4"' sh "$TMPDIR/$name" "$WEIR" "$TMPDIR/root" "$TMPDIR/page"
	check_equal "$(weir list -q)" '' "and $name leaves no container behind"
done
check 'there are such pages' test "$pages" -ge 2

# `…` in the tables and texts, that begin like a ladder; of pods, the annotation.
grep -ho '`[0-9][0-9]:[a-z][^`]*`' "$docs/choosing.md" "$docs/heeding.md" "$docs/kubernetes.md" | tr -d '`' >"$TMPDIR/ladders"
sed -n 's/.*io.weir.memory.ladder: "\(.*\)"/\1/p' "$docs/kubernetes.md" >>"$TMPDIR/ladders"
mkdir "$TMPDIR/bundle"
weir spec --bundle "$TMPDIR/bundle"
sed -i 's/"resources": {/"resources": { "memory": { "limit": 536870912 },/' "$TMPDIR/bundle/config.json"
while read -r ladder; do
	check "it is a ladder: $ladder" weir run --plan --bundle "$TMPDIR/bundle" --ladder "$ladder" c1
done <"$TMPDIR/ladders"
check 'there are such ladders' test "$(wc -l <"$TMPDIR/ladders")" -ge 8
plan
