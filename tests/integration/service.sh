#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The governor's service with containers: they climb, end and are explained as with a keeper; it is killed, and comes back.
# needs: memory
# timeout: 240

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

cp "$PROGRAMS/hog" "$bundle/rootfs/bin/"
mkdir -m 777 "$bundle/rootfs/shared"
mib() { echo $(($1 << 20)); }
linux='"resources": { "memory": { "limit": '$(mib 128)', "swap": '$(mib 128)' } }'
env='"PATH=/bin"'
high() { cat "/sys/fs/cgroup/$parent/$1/memory.high"; }
armed() { [ "$(high "$1" 2>&1)" -lt "$(mib 128)" ] 2>/dev/null; }
fired() { tr -d ' ' <"$root/$1/timeline.jsonl" | grep '"rung":'"$2" | grep -q '"fired"'; }
governor_of() { weir governor --status | sed -n "s/^$1 .* //p"; }
service_pid() { cat "$root/.governor.lock"; }
deadman_of() { grep -lx weir-deadman $(sed 's|[^ ]*|/proc/&/comm|g' "/proc/$1/task/$1/children") | sed 's|[^0-9]||g'; }
highs_of() { for fd in "/proc/$1/fd/"*; do readlink "$fd"; done | grep -c memory.high; }
begin_service() {
	"$WEIR" --root "$root" governor --foreground >>"$TMPDIR/out" 2>&1 &
	wait_until 10 grep -q 'governing [0-9]* containers' "$TMPDIR/out"
}
# make ID LADDER: a container that waits for /shared/ID, then needs 100 MiB.
make() {
	args='"sh", "-c", "while ! test -e /shared/'$1'; do sleep 0.1; done; hog --exit-on TERM --max 100 --hold 60"'
	write_config "$1"
	weir create --bundle "$bundle" --ladder "$2" "$1" >"$TMPDIR/$1.out" 2>&1 </dev/null && weir start "$1"
}
go() { touch "$bundle/rootfs/shared/$1"; }

# ---- it takes what is created ----
check 'a service begins' begin_service
for id in s1 s2; do
	check "$id" make "$id" '50:log,notify,exec:/bin/touch /shared/hooked; 90:log'
	check "$id is governed" armed "$id"
	check_equal "$(governor_of "$id")" service 'by the service'
done
check_equal "$(sed -n 's/.*"keeperPid": //p' "$root/s1/state.json")" '0,' 'and no keeper'
deadman=$(deadman_of "$(service_pid)")
check_equal "$(highs_of "$deadman")" 2 'its deadman has the memory.high of both'
go s1
check 's1 climbs' wait_until 20 fired s1 50
check 'what its rung runs runs inside' wait_until 10 test -e "$bundle/rootfs/shared/hooked"
check_not 's2 does not' fired s2 50
check 'an update reaches it' weir update --memory 300m s2
check 'and its trip-line moves' wait_until 3 sh -c "[ \$(cat /sys/fs/cgroup/$parent/s2/memory.high) -gt $(mib 140) ]"
weir kill s1 KILL
check 's1 is explained when it ends' wait_until 5 test -e "$root/s1/explained"
check 'delete' weir delete s1
check_says '"verdict": "ended"' 'what it saw can be read after that' weir memory explain --json s1
check_says '50 % *fired ' 'with its timeline' weir memory explain s1
check_equal "$(highs_of "$deadman")" 1 'its deadman has let go of it'
check 'a container that is killed by delete' weir delete --force s2
check_says '"verdict"' 'is explained too: delete waits for that' weir memory explain --json s2

# ---- one without memory.max is refused as by a keeper, and harms nobody ----
kept=$linux linux=''
check_not 'a ladder without a limit' make s3 '50:log'
check_says 'a ladder needs a memory limit' 'says why' cat "$TMPDIR/s3.out"
linux=$kept

# ---- killed ----
check 's4' make s4 '50:log,stop=10s'
check 's5' make s5 '50:log'
pid=$(service_pid)
usec=$("$PROGRAMS/witness" kill "$pid" "/sys/fs/cgroup/$parent/s4/memory.high" max)
note "memory.high was back $usec usec after kill -9 of the service"
check 'killed: the deadman restores memory.high' test "${usec:-never}" -le 1000000
check 'of all' wait_until 2 grep -qx max "/sys/fs/cgroup/$parent/s5/memory.high"
check_equal "$(governor_of s4)" none 'nobody governs s4, and the status says so'
check_says '^s4 .*running' 'which runs on' weir governor --status
check 'without a service s6 has' make s6 '50:log'
check_equal "$(governor_of s6)" keeper 'a keeper'
: >"$TMPDIR/out"
check 'it is started anew' begin_service
check_equal "$(governor_of s4) $(governor_of s5) $(governor_of s6)" 'service service keeper' 'and has again what nobody governed'
check 'armed' armed s4
go s4
stopped() { weir state s4 | grep -q '"status": "stopped"'; }
check 's4 is stopped by its ladder' wait_until 30 stopped
check 'delete' weir delete s4
check_says '"verdict": "graceful-stop"' 'as if nothing had happened' weir memory explain --json s4

# together GOVERNOR: the deadman is stopped first, or it would act, or be replaced, in between.
together() {
	deadman=$(deadman_of "$1")
	kill -STOP "$deadman"
	kill -KILL "$1"
	kill -KILL "$deadman"
}
# ---- killed together with its deadman: the worst ----
pid=$(sed -n 's/.*"keeperPid": \([0-9]*\).*/\1/p' "$root/s6/state.json")
check 's6 has a trip-line' armed s6
together "$pid"
check 'a keeper: its container is without a governor' wait_until 5 sh -c "'$WEIR' --root '$root' governor --status | grep -q '^s6 .*none'"
check_not 'the brake is on' grep -qx max "/sys/fs/cgroup/$parent/s6/memory.high"
check 'an update' weir update --pids-limit 100 s6
check_equal "$(high s6)" max 'takes it off'
weir delete --force s6
pid=$(service_pid)
together "$pid"
wait_until 5 sh -c "! [ -d /proc/$pid ] || grep -q '^State:.Z' /proc/$pid/status"
check_not 'killed with its deadman, it leaves the brake on' grep -qx max "/sys/fs/cgroup/$parent/s5/memory.high"
check_equal "$(governor_of s5)" none 'which the status tells'
: >"$TMPDIR/out"
check 'the next one' begin_service
check_equal "$(governor_of s5)" service 'has it again'
go s5
check 'with the rung where it was' wait_until 20 fired s5 50
check 'and the brake off' wait_until 5 grep -qx max "/sys/fs/cgroup/$parent/s5/memory.high"

# ---- ended ----
kill -TERM "$(service_pid)"
check 'ended well, it leaves nobody braked' wait_until 5 sh -c "! [ -e '$root/.governor' ]"
check_equal "$(high s5)" max 'at all'
delete_all
check 'nothing is left' nothing_left
plan
