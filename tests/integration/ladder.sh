#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each trigger and each action of a ladder once, on real limits. governor.sh has what the ladder as a whole does.
# needs: memory
# timeout: 400
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

hog=$PROGRAMS/hog
seen=$TMPDIR/seen
report=$TMPDIR/report.json
host() {
	status=0
	"$PROGRAMS/governor-host" --report "$report" --timeout 30s "$@" >"$seen" 2>&1 || status=$?
}
verdict() { sed -n 's/^verdict //p' "$seen"; }
show() { sed 's/^/#   /' "$seen" | grep -v 'MiB$' | head -n 40; }
# says PATTERN SENTENCE: the last host said so; if not, all that it said is shown.
says() {
	if grep -q -e "$1" "$seen"; then
		tap_ok "$2"
	else
		tap_not_ok "$2"
		show
	fi
}
restored() { says 'memory.high restored' "$1: memory.high is as it was"; }

# ---- the brake ----
host --ladder '80:brake=1s' -- "$hog"
says ' 80 %  braked  *for at most 1.0 s; 1 threads reach the limit in ' 'brake: it tells how long it may take'
says ' released  *its time is spent; slowed for [01]\.' 'brake: it is let go when its time is spent'
slowed=$(sed -n 's/.*slowed for \([0-9]*\)\.\([0-9]*\) s of.*/\1\2/p' "$seen")
check "brake: after about one second of being slowed (${slowed:-?} hundredths)" test "${slowed:-999}" -le 160
check_equal "$(verdict)" own-limit 'brake: after which nothing keeps it from its limit'
restored brake
host --limit 128M --ladder '95:brake' -- "$hog" --threads 32 --rate 300
says ' 95 %  frozen  *for 0.2 s: [0-9]* threads' 'brake: where many threads would pass it, all stand still instead'
check_equal "$(verdict)" own-limit 'brake: and go on when that is over'
host --ladder '70:brake=2s' -- "$hog" --max 200 --rate 100 --shed-on USR1 --hold 1
check_equal "$status" 0 'brake: a program that ends in time is not held'
restored brake

# ---- triggers ----
host --ladder 'ttl<5s:log' -- "$hog" --rate 40 --max 200
says "^say .* reached ttl<5s: it needs" 'ttl: 40 MiB a second fires ttl<5s on the way'
host --ladder 'ttl<5s:log' -- "$hog" --rate 12 --max 120
check_equal "$(grep -c '^say' "$seen")" 0 'ttl: 12 MiB a second with more than half of it free does not'
host --ladder 'free<64M:log; 230M:log' -- "$hog" --rate 100 --max 240
says "^say .* reached free<64M" 'free: less than 64 MiB left'
says "^say .* reached 230M" 'bytes: 230 MiB of need'
disk=$TMPDIR
[ ! -d /scratch ] || disk=/scratch
host --limit 128M --ladder 'use>80%:log; max>20/1s:log; ws>95%:log; 50:log' -- dd if=/dev/zero of="$disk/big" bs=1M count=200
says '^say .* reached use>80%' 'use: page cache fires it'
says '^say .* reached max>20/1s' 'max: and so does the rate at which the limit is met'
check_equal "$(grep -c 'reached 50%' "$seen")" 0 'need: it does not'
host --limit 128M --ladder 'use>80% & psi.some>5%/2s:log' -- sh -c "dd if=/dev/zero of=$disk/big bs=1M count=100 2>/dev/null
	for i in 1 2; do cat $disk/big >/dev/null & $hog --max 60 --hold 1 >/dev/null; wait; done"
says "^say .* reached use>80% & psi.some>5%/2s" 'psi: stalled for more than 5 % of 2 s'

# ---- actions ----
host --ladder '70:unready,notify' -- sh -c "cd \$(dirname \$MEMORY_PRESSURE_WATCH); $hog --max 190 --hold 3 &
	while ! test -e unready; do sleep 0.1; done; ls; grep -o '\"unready\":[a-z]*' memory.json
	wait; while test -e unready; do sleep 0.1; done; echo again; ls; grep -o '\"unready\":[a-z]*' memory.json"
check_equal "$(grep -cx unready "$seen") $status" '1 0' 'unready: the file is there until the rung is ready again'
says '^"unready":false' 'unready: and after that memory.json says that it is'
says '^"unready":true' 'unready: and memory.json says so'
says ' 70 %  ready' 'unready: the container is ready again'
host --limit 128M --ladder '60:reclaim=10%' -- sh -c "cat $disk/big >/dev/null; exec $hog --rate 50 --max 90 --hold 2"
says ' 60 %  done  *reclaim: [1-9][0-9.]*[MK] less' 'reclaim: page cache goes'
host --ladder '80:grow:+64M' -- "$hog" --rate 200 --max 290
says ' 80 %  grown  *memory.max is 320M for now' 'grow: memory.max goes up'
check_equal "$status $(verdict)" '0 ok' 'grow: and what needed it lives'
host --ladder '80:grow:+64M' -- sh -c "$hog --rate 200 --max 290; cat /sys/fs/cgroup/governor-host/host/memory.max; sleep 2.5; cat /sys/fs/cgroup/governor-host/host/memory.max"
says '^268435456$' 'grow: it is given back when need has fallen'
host --ladder '70:kill-largest' -- sh -c "$hog --rate 300 --max 200 --hold 60; echo first process lives"
says ' killed  *process [0-9]* (hog), [12][0-9.]*M resident' 'kill-largest: the largest, by name'
says 'first process lives' 'kill-largest: and nobody else'
host --ladder '70:kill-group' -- sh -c "$hog --rate 300 --max 200 --hold 60; echo lives"
check_equal "$status $(verdict)" '137 forced-stop' 'kill-group: everything, and no OOM'
host --ladder '60:signal:USR1@comm=hog;70:signal:USR1@all' -- sh -c "trap 'echo parent' USR1; $hog --exit-on USR1 --rate 60 --max 190 --hold 1 & wait; wait"
says ' 60 %  signal  *SIGUSR1 to 1 processes' 'signal: those of a name'
host --ladder '70:freeze-snapshot' -- sh -c "$hog --rate 200 --max 190 --hold 1"
says ' snapshot  *process [0-9]* (hog): 1[0-9.]*M, anonymous 1' 'snapshot: who has the memory'
says ' snapshot  *[1-9] of [1-9] processes, standing still for [0-9]* ms' 'snapshot: for how long all stood still'
check_equal "$status" 0 'snapshot: and then it goes on'
# The program that answers to that name, in a container's own network, as its shed has to find it.
cp "$PROGRAMS/witness" "$PROGRAMS/redis-server"
status=0
"$WEIR" sandbox --memory 256M --swap 0 --ladder '50:log,shed' --report "$report" --timeout 30s -- \
	sh -c "$PROGRAMS/redis-server 127.0.0.1:6390 & exec $hog --rate 100 --max 160 --hold 4" >"$seen" 2>&1 || status=$?
says '^asked MEMORY PURGE' 'shed: a Redis in the container is asked'
says ' 50 %  done  *shed: redis [0-9]*: MEMORY PURGE: +OK' 'shed: and what it said is in the timeline'
check_equal "$status" 0 'shed: and the program runs on'
rm -f "$disk/big" "$PROGRAMS/redis-server"
plan
