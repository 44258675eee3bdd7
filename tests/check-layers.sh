#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layers of docs/ARCHITECTURE.md: who may include whom, and calls that only one file may make.
# Linking says the same for unit tests; this says it for every file, and names the line.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$top"
failures=0

complain() {
	echo "$1" >&2
	failures=$((failures + 1))
}

# FOLDER ALLOWED...: every #include "x/y.h" of FOLDER's own files must begin with an allowed prefix.
layer() {
	folder=$1
	shift
	for file in "$folder"/*.c "$folder"/*.h; do
		[ -e "$file" ] || continue
		sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file" | while read -r included; do
			for prefix in "$@" config.h; do
				case $included in
				"$prefix"*) continue 2 ;;
				esac
			done
			echo "$file: includes $included, which lies above $folder"
		done
	done
}

# PATTERN WHY FILES...: no line of the files matches, except those whose comment says "lint: allowed".
forbid() {
	pattern=$1 why=$2
	shift 2
	grep -nE "$pattern" "$@" /dev/null | grep -v 'lint: allowed' | grep -vE ':[0-9]+:[[:space:]]*(\*|/\*|//)' |
		while read -r line; do
			echo "$line: $why"
		done
}

found=$(
	layer runtime/base runtime/base/
	layer spec spec/ runtime/base/
	layer cgroupfs cgroupfs/ runtime/base/
	layer runtime/governor runtime/governor/ cgroupfs/ runtime/base/
	# shellcheck disable=SC2046 # our own file names hold no blanks
	forbid '\b(sprintf|vsprintf|strcpy|strcat|strncat|alloca|atoi|atol|atoll|strtol|strtoul|strtoll|strtoull|gets|system|popen)\(' \
		'forbidden by style.md' $(git ls-files '*.c' '*.h' 2>/dev/null || find runtime spec cgroupfs -name '*.[ch]')
	# Inside a container's root nothing is done by path (security.md 1.7).
	# shellcheck disable=SC2046
	forbid '(^|[^_a-z>.])(open|creat|mkdir|mknod|mkfifo|symlink|link|unlink|rmdir|rename|chown|lchown|chmod|stat|lstat|access|realpath|mount|umount|readlink|truncate|utimes)\(' \
		'by path: only runtime/inroot.c may' $(find runtime/setup -name '*.c')
)
[ -z "$found" ] || complain "$found"
exit "$((failures > 0))"
