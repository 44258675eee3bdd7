#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ps: the processes of a container, and of it alone.
# needs: cgroup
# timeout: 60

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

program 'sleep 1001 & sleep 1002 & exec sleep 1003'
linux='"resources": { "unified": { "cgroup.max.depth": "7" } }'
create
weir start c1
cgroup=/sys/fs/cgroup/$parent/c1
three() { [ "$(wc -l <"$cgroup/cgroup.procs")" -eq 3 ]; }
wait_until 5 three
json() { weir ps --format json c1; }
check_equal "$(json | tr -d '[]' | tr ',' '\n' | sort -n)" "$(sort -n "$cgroup/cgroup.procs")" 'ps --format json: its pids'
check_says '^\[[0-9]*,[0-9]*,[0-9]*\]$' 'as one array on one line' weir ps -f json c1
mkdir "$cgroup/below"
pid=$(head -n 1 "$cgroup/cgroup.procs")
echo "$pid" >"$cgroup/below/cgroup.procs"
check_says "[[,]$pid[],]" 'those of cgroups below too' weir ps --format=json c1
weir ps c1 >"$TMPDIR/table" 2>&1
check_equal "$(wc -l <"$TMPDIR/table")" 4 'the table has a heading and three lines'
check_equal "$(head -n 1 "$TMPDIR/table" | tr -s ' ')" 'UID PID PPID C STIME TTY TIME CMD' 'the columns of ps -ef'
for i in 1001 1002 1003; do
	check_says "^root  *[0-9][0-9]*  *[0-9][0-9]*  *[0-9]* .* ? *00:00:00 sleep $i\$" "with sleep $i" cat "$TMPDIR/table"
done
if command -v ps >/dev/null; then
	weir ps c1 -eo pid,args >"$TMPDIR/table" 2>&1
	check_equal "$(grep -c 'sleep 100' "$TMPDIR/table") of $(wc -l <"$TMPDIR/table")" '3 of 4' 'with arguments: what ps prints of them'
	check_says 'no column PID' 'or why it cannot' weir ps c1 -eo args
else
	skip 'with arguments' 'no ps here'
fi
check_says "run ps: No such file" 'without a ps, arguments are an error' env PATH=/nowhere "$WEIR" --root "$root" ps c1 -ef
check_says "unknown format 'xml'" 'another format is refused' weir ps --format xml c1
weir kill c1 KILL
wait_until 5 status_is stopped
check_says 'container not running' 'a stopped one has none' weir ps --format json c1
check_says "container 'c2' does not exist" 'nor has one that does not exist' weir ps c2
plan
