#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/CONFORMANCE.md against the specification's pages and the tests of the tree: every MUST and SHOULD has a row, every
# row a sentence, every proof a test, every MUST of the runtime a proof.
# Should: name the row and what is wrong with it.
# Must not: believe a row.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
tests=$top/tests
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')

complain() { echo "$1" >>"$work/complaints"; }
: >"$work/complaints"

# The extraction itself: no such word of the pages may be lost on the way.
# shellcheck disable=SC2046
set -- $(sh "$tests/spec/extract-duties" --count)
[ "$1" -eq "$2" ] && [ "$1" -gt 300 ] || complain "extract-duties: $1 words of $2 are in the sentences"

# And each property of the schema.
{
	sh "$tests/spec/extract-duties"
	sed -n "s|^/.*|Fields$tab\`&\`|p" "$tests/spec/properties.txt"
} | sort >"$work/duties"
# PAGE, SENTENCE, WHOSE, PROOF of each row; "\|" is a bar within a cell.
awk -v tab="$tab" '
/^## / { page = $2; sub(/\.md$/, "", page) }
/^\| / && !/^\| (sentence|property) \|/ {
	line = $0; gsub(/\\\|/, "\001", line); n = split(line, cell, / *\| */)
	if (n != 5) { print "a row of " n - 2 " cells: " $0 > "/dev/stderr"; next }
	for (i = 2; i < 5; i++) gsub(/\001/, "|", cell[i])
	print page tab cell[2] tab cell[3] tab cell[4]
}' "$top/docs/CONFORMANCE.md" 2>>"$work/complaints" >"$work/rows"
cut -f1,2 "$work/rows" | sort >"$work/sentences"
comm -23 "$work/duties" "$work/sentences" | sed 's/^/no row: /' >>"$work/complaints"
comm -13 "$work/duties" "$work/sentences" | sed 's/^/no such sentence in the page: /' >>"$work/complaints"

# Each proof is looked for in the file that it names, on a line that is no comment.
awk -F "$tab" -v tests="$tests" '
function content(file,    line, all) {
	if (file in kept) return kept[file]
	all = ""
	while ((getline line < file) > 0)
		if (line !~ /^[ \t]*#/ || file !~ /\.sh$/) all = all line "\n"
	close(file)
	return kept[file] = all
}
function first(file,    line) { line = ""; getline line < file; close(file); return line }
function exists(file,    line, got) { got = (getline line < file); close(file); return got >= 0 }
function has_test(proof,    name, words) {
	name = proof; sub(/: .*/, "", name)
	words = substr(proof, length(name) + 3)
	if (name == "refused") return first(tests "/spec/" words ".expected") ~ /^weir: /
	if (name ~ /^plan\//) return exists(tests "/spec/" name ".json") && exists(tests "/spec/" name ".expected")
	if (words == "") return 0
	if (name ~ /^test-.*\.c$/) return index(content(tests "/unit/" name), "TEST(" words ")\n") > 0
	if (name == "cases.txt") return index(content(tests "/spec/" name), words) > 0
	if (name ~ /^check-.*\.sh$/) return index(content(tests "/" name), words) > 0
	if (name ~ /\.sh$/) return index(content(tests "/integration/" name), words) > 0
	return 0
}
{ row = $1 ": " $2 ": " }
$4 == "" { print row "neither a proof nor a reason"; next }
$3 ~ /^(config|specification|other platform|not applicable)$/ { next }
$3 != "runtime" { print row "whose duty is \"" $3 "\"?"; next }
$4 ~ /^unproved: ./ {
	if ($2 ~ /MUST|SHALL/) print row "a MUST without a test"
	next
}
{
	n = split($4, proof, /; /)
	for (i = 1; i <= n; i++)
		if (!has_test(proof[i])) print row "no such test, or not refused any more: " proof[i]
}' "$work/rows" >>"$work/complaints"

awk -F "$tab" '{ all++; if ($3 != "runtime") others++; else if ($4 ~ /^unproved:/) un++; else if ($4 ~ /^refused:/) refused++; else proved++ }
	END { printf "%d sentences and fields: %d proved, %d of fields that are refused, %d unproved (SHOULD), %d of others\n", all, proved, refused, un, others }' "$work/rows"
cat "$work/complaints"
[ ! -s "$work/complaints" ]
