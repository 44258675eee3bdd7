#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The limits of style.md: a file of 500 lines, a function of 60, 5 parameters, 3 levels of nesting.
# The layout that clang-format gives (a function's braces alone at column 0) makes them countable.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$top"
find runtime spec cgroupfs tests -name '*.[ch]' | sort | xargs awk '
function complain(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	failures++
}
# Commas at the first level of brackets of a signature, plus one.
function parameters(text,    depth, i, c, count) {
	depth = 0
	count = 1
	for (i = index(text, "("); i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "(") depth++
		if (c == ")" && --depth == 0) break
		if (c == "," && depth == 1) count++
	}
	return count
}
FNR == 1 { body = 0; signature = "" }
FNR == 501 { complain("more than 500 lines") }
/^[a-zA-Z_]/ && !/;$/ { signature = $0; next_is = FNR }
/^[ \t]/ && !body { signature = signature $0 }
/^\{$/ {
	body = FNR
	if (signature ~ /\(/ && parameters(signature) > 5)
		complain("more than 5 parameters: " substr(signature, 1, 60))
}
/^\}/ {
	if (body && FNR - body - 1 > 60)
		complain("a function of " FNR - body - 1 " lines")
	body = 0
	signature = ""
}
body && /^\t\t\t\t+(if|for|while|switch|do)[ ({]/ { complain("more than 3 levels of nesting") }
END { exit failures > 0 }
'
