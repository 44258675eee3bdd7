#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A sandbox is never silently without its limit.
# needs: cgroup
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

root=$TMPDIR/root
ran=$TMPDIR/ran
sandbox() { "$WEIR" --root "$root" "$@" -- sh -c 'echo ran; cat /sys/fs/cgroup/memory.max' >"$ran" 2>&1; }

check_not 'without cgroups a sandbox is refused' sandbox --cgroup-manager=disabled sandbox --memory 64M
check_says '^weir: .*cgroup' 'and told why' cat "$ran"
check_equal "$(grep -c '^ran' "$ran")" 0 'and its program did not run'
if grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
	check 'with the memory controller it runs' sandbox sandbox --memory 64M
	check_equal "$(cat "$ran")" "$(printf 'ran\n67108864')" 'under its limit'
else
	check_not 'without the memory controller it is refused' sandbox sandbox --memory 64M
	check_says '^weir: .*memory' 'and the controller is named' cat "$ran"
	check_equal "$(grep -c '^ran' "$ran")" 0 'and its program did not run'
fi
check_equal "$(find "$root" -mindepth 1 ! -name .reports 2>/dev/null)" '' 'nothing is left'
plan
