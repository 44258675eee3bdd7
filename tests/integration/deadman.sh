#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill -9 of whoever governs: the container is unbraked at once and runs on, and nobody is left behind.
# needs: memory
# timeout: 300
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

bundle=$TMPDIR/bundle
cgroup=/sys/fs/cgroup/weir/d1
mkdir -p "$bundle"
sh "$TESTLIB/mkrootfs" "$bundle/rootfs"
cp "$PROGRAMS/hog" "$bundle/rootfs/bin/"
mkdir -m 777 "$TMPDIR/shared"
weir() { "$WEIR" --root "$TMPDIR/root" "$@"; }
trap 'weir delete --force d1' EXIT

# 128 MiB, of which the program takes 120 when it is told to: braked at half of it that lasts for minutes.
"$WEIR" spec --bundle "$bundle"
sed -i 's|"terminal": true|"terminal": false|' "$bundle/config.json"
mkdir -p "$bundle/rootfs/shared"
sed -i -e 's|"sh"$|"sh", "-c", "while ! test -e /shared/go; do sleep 0.1; done; hog --max 120; touch /shared/done; sleep 60"|' \
	-e 's|"resources": {|& "memory": { "limit": 134217728, "swap": 134217728 },|' \
	-e "s|\"mounts\": \[|& { \"destination\": \"/shared\", \"type\": \"bind\", \"source\": \"$TMPDIR/shared\",|" \
	-e '/"destination": "\/shared"/s|$| "options": ["bind", "rw"] },|' "$bundle/config.json"

keeper() { sed -n 's/.*"keeperPid": \([0-9]*\).*/\1/p; s/.*"keeper_pid": \([0-9]*\).*/\1/p' "$TMPDIR/root/d1/state.json"; }
# deadman_of PID: its child of that name.
deadman_of() {
	for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		! grep -qx weir-deadman "/proc/$child/comm" || echo "$child"
	done
}
alive() { [ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status"; }
over() { ! alive "$1"; }
braked() { [ "$(cat $cgroup/memory.high 2>&1)" -lt 100000000 ] 2>/dev/null; }
running() { weir state d1 | grep -q '"status": "running"'; }

# 50 ms, which is ten times of what it takes; where the processor is emulated, and shared with other guests, as much again.
bound_usec=50000
! grep -q QEMU /proc/cpuinfo || bound_usec=500000

# unbraked PID WHO: what is to be seen when PID is killed.
unbraked() {
	check "$2: memory.high is low while the rung is armed ($(cat $cgroup/memory.high))" wait_until 10 braked
	usec=$("$PROGRAMS/witness" kill "$1" $cgroup/memory.high max)
	note "$2: memory.high was back $usec usec after kill -9"
	check "$2: within $((bound_usec / 1000)) ms of kill -9 ($usec usec) memory.high is back" test "${usec:-never}" -le $bound_usec
	check "$2: the deadman ends" wait_until 5 over "$deadman"
}
# runs_on: the program takes what it wants, with nothing in its way.
runs_on() {
	check 'the container runs on' running
	touch "$TMPDIR/shared/go"
	check 'at full speed' wait_until 20 test -e "$TMPDIR/shared/done"
	check_equal "$(sed -n 's/^high //p' $cgroup/memory.events)" 0 'it was never throttled'
	rm -f "$TMPDIR/shared/go" "$TMPDIR/shared/done"
}

# ---- the keeper of a detached container ----
weir create --bundle "$bundle" --ladder '50:log' d1 >"$TMPDIR/out" 2>&1 </dev/null
weir start d1
pid=$(keeper)
deadman=$(deadman_of "$pid")
check 'the keeper has a deadman' alive "${deadman:-none}"
for fd in "/proc/$deadman/fd/"*; do readlink "$fd"; done | sed 's/:.*//' | sort >"$TMPDIR/fds"
check_equal "$(tr '\n' ' ' <"$TMPDIR/fds")" "$cgroup/memory.high anon_inode socket " \
	'it has memory.high and what it waits for, and nothing else'
check_equal "$(grep -c "^$deadman\$" $cgroup/cgroup.procs)" 0 'it is not in the cgroup of the container'
note "its memory: $(sed -n 's/^\(Pss\|Private_Dirty\): */\1 /p' "/proc/$deadman/smaps_rollup" | tr '\n' ' ')"
check 'it has less than 256 KiB of its own' \
	test "$(sed -n 's/^Private_Dirty: *\([0-9]*\) kB/\1/p' "/proc/$deadman/smaps_rollup")" -lt 256
for signal in TERM HUP INT QUIT USR1; do
	kill -$signal "$deadman"
done
# Stopped it cannot do its work: so this script can fail.
kill -STOP "$deadman"
check 'braked' wait_until 10 braked
check_equal "$("$PROGRAMS/witness" kill "$pid" $cgroup/memory.high max)" never 'a stopped deadman undoes nothing'
kill -CONT "$deadman"
check 'and does so when it can' wait_until 5 grep -qx max $cgroup/memory.high
weir delete --force d1

weir create --bundle "$bundle" --ladder '50:log' d1 >"$TMPDIR/out" 2>&1 </dev/null
weir start d1
pid=$(keeper)
deadman=$(deadman_of "$pid")
kill -KILL "$deadman"
another() { [ -n "$(deadman_of "$pid")" ] && [ "$(deadman_of "$pid")" != "$deadman" ]; }
check 'a deadman that is killed is replaced' wait_until 5 another
deadman=$(deadman_of "$pid")
unbraked "$pid" keeper
runs_on
check 'delete' weir delete --force d1

# ---- a foreground run ----
"$WEIR" --root "$TMPDIR/root" run --bundle "$bundle" --ladder '50:log' d1 >"$TMPDIR/out" 2>&1 </dev/null &
pid=$!
wait_until 10 running
deadman=$(deadman_of "$pid")
check 'a foreground run has a deadman' alive "${deadman:-none}"
# What is in it dies with it; a program that left that behind (it changed its identity) is not left braked.
unbraked "$pid" run
check 'delete' weir delete --force d1

# ---- killed while everything stands still for it ----
# Thirty-two threads would pass a brake at once: they are frozen for 0.2 s instead.
cp "$bundle/config.json" "$TMPDIR/config.json"
sed -i 's|hog --max 120|hog --threads 32 --max 124|' "$bundle/config.json"
# It may be over before the kill is ("already"): that says nothing, and is done again.
usec=already tries=0
while [ "$usec" = already ] && [ $tries -lt 5 ]; do
	[ $tries -eq 0 ] || weir delete --force d1
	tries=$((tries + 1))
	rm -f "$TMPDIR/shared/go" "$TMPDIR/shared/done"
	weir create --bundle "$bundle" --ladder '93:brake' d1 >"$TMPDIR/out" 2>&1 </dev/null
	weir start d1
	pid=$(keeper)
	(sleep 0.3 && touch "$TMPDIR/shared/go") &
	usec=$("$PROGRAMS/witness" killif "$pid" $cgroup/cgroup.freeze 0)
done
note "frozen: thawed $usec usec after kill -9"
check "frozen: within $((bound_usec / 1000)) ms of kill -9 it is thawed ($usec usec)" test "${usec:-never}" -le $bound_usec
check_equal "$(grep -c thawed "$TMPDIR/root/d1/timeline.jsonl")" 0 'by the deadman and nobody else'
check 'and it runs on' wait_until 20 test -e "$TMPDIR/shared/done"
rm -f "$TMPDIR/shared/go" "$TMPDIR/shared/done"
check 'delete' weir delete --force d1
cp "$TMPDIR/config.json" "$bundle/config.json"

# ---- the good end ----
touch "$TMPDIR/shared/go"
"$PROGRAMS/witness" reap "$WEIR" --root "$TMPDIR/root" run --bundle "$bundle" --ladder '50:stop=1s' d1 >"$TMPDIR/out" 2>&1 </dev/null
check_equal "$(grep -c '^reaped' "$TMPDIR/out")" 0 'a run that ends leaves no process to a subreaper'
"$PROGRAMS/witness" reap sh -c '
	"$0" --root "$1" create --bundle "$2" --ladder "50:stop=1s" d1 >/dev/null 2>&1 </dev/null
	"$0" --root "$1" start d1' "$WEIR" "$TMPDIR/root" "$bundle" >"$TMPDIR/out" 2>&1 </dev/null
check_equal "$(sed -n 's/^reaped //p' "$TMPDIR/out" | grep -c weir-deadman)" 0 'nor does a keeper leave its deadman'
check_equal "$(sed -n 's/^reaped //p' "$TMPDIR/out" | grep -c weir-keeper)" 1 'which it reaps before it ends itself'
plan
