#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each corpus of tests/fuzz through its target: what once made trouble makes none.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
fuzz=${top_builddir:-$top/build}/tests/fuzz/fuzz
if FUZZ_TARGET=none "$fuzz" -help=1 2>&1 | grep -q 'no such target: none'; then
	echo 'built for libFuzzer: run by tests/fuzz/run'
	exit 77
fi
for corpus in "$top"/tests/fuzz/corpus/*; do
	"$fuzz" "$(basename "$corpus")" "$corpus"/*
done
