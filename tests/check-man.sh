#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual says what the program says: of each command the same options with the same values, the same commands of
# `memory`, and in weir-memory(7) the triggers, actions and verdicts of the governor's tables. Each --help fits a
# screen of 24 lines and 80 columns.
# Should: work without scdoc, on the text that the pages are made of.
# Must not: pass when it found nothing to compare.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
build=${top_builddir:-$top/build}
man=$top/docs/man
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# compare WHAT: $work/program against $work/manual.
compare() {
	sort -u "$work/program" >"$work/in-program"
	sort -u "$work/manual" >"$work/in-manual"
	[ -s "$work/in-program" ] || { echo "$1: nothing found in the program"; failed=1; }
	diff "$work/in-program" "$work/in-manual" >"$work/diff" || {
		echo "$1: < the program has, > the manual has"
		grep '^[<>]' "$work/diff"
		failed=1
	}
}

# Below "## weir COMMAND" (and "# OPTIONS", the global ones) a line that begins with an option documents it:
# "*-b*, *--bundle* _DIR_", all spellings with the value that stands next behind them.
manual_options() {
	awk '
	/^# / { command = $2 == "OPTIONS" ? "-" : "" }
	/^## weir / { command = $3; print command ";--help;"; print command ";-h;" }
	command != "" && /^\*-/ {
		gsub(/[*\\]/, "")
		value = ""
		for (i = split($0, entry, /, */); i > 0; i--) {
			if (split(entry[i], word, / _/) > 1) value = substr(word[2], 1, length(word[2]) - 1)
			if (word[1] != "") print command ";" word[1] ";" value
		}
	}' "$man/weir.8.scd"
}

# section TITLE: the terms of a list, "*term*" alone on its line.
section() {
	awk -v title="# $1" '/^# / { inside = $0 == title } inside && /^\*[a-z-]+\*$/ { gsub(/\*/, ""); print }' \
		"$man/weir-memory.7.scd"
}

fits_a_screen() {
	"$build/weir" "$@" --help | awk -v what="weir $*" '
	{ lines += 1 + int((length($0) - 1) / 80) }
	END { if (lines > 24) { printf "%s --help: %d lines of a screen of 24\n", what, lines; exit 1 } }' || failed=1
}

"$top/tests/list-options" "$build/weir" >"$work/program"
manual_options >"$work/manual"
compare 'options, weir(8)'
[ "$(wc -l <"$work/in-program")" -ge 150 ] || { echo 'fewer options than there were'; failed=1; }

"$build/weir" memory '?' 2>&1 | sed -n 's/.*(\([a-z, ]*\)).*/\1/p' | tr -d ' ' | tr ',' '\n' >"$work/program" || :
sed -n 's/^## weir memory \([a-z]*\).*/\1/p' "$man/weir.8.scd" >"$work/manual"
compare 'commands of memory, weir(8)'

# heap-dump is known, and refused.
sed -n 's/^\t\[ACTION_[A-Z_]*\] = { "\([a-z-]*\)", take_.*/\1/p' "$top/runtime/governor/ladder_action.c" >"$work/program"
section ACTIONS >"$work/manual"
compare 'actions, weir-memory(7)'
sed -n 's/^\t{ "\([a-z]*\)[."].*, METRIC_.*/\1/p' "$top/runtime/governor/ladder_trigger.c" >"$work/program"
section TRIGGERS >"$work/manual"
compare 'triggers, weir-memory(7)'
sed -n 's/^\t{ VERDICT_[A-Z_]*, "\([a-z-]*\)".*/\1/p' "$top/runtime/governor/verdict.c" >"$work/program"
section VERDICTS >"$work/manual"
compare 'verdicts, weir-memory(7)'

"$top/tests/list-options" "$build/weir" | sed 's/;.*//' | sort -u >"$work/commands"
while read -r command; do
	# shellcheck disable=SC2046  # no word at all for "-"
	fits_a_screen $([ "$command" = - ] || echo "$command")
done <"$work/commands"
echo "$(wc -l <"$work/commands") commands"
[ "$(wc -l <"$work/commands")" -ge 21 ] || failed=1
exit "$failed"
