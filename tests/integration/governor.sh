#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The governor alone, on real limits: what it says, when, how often it is woken, and what it makes of an end.
# needs: memory
# timeout: 1200
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

hog=$PROGRAMS/hog
# FULL=1: as often and as long as the figures in docs/TESTING.md were taken; else a sample that a push can wait for.
if [ -n "${FULL-}" ]; then
	stops=50 kills=10 crowds=10 crossings=20 silence=21 cache=1024 rate=30 sheds=4 burst=30
else
	stops=4 kills=1 crowds=1 crossings=3 silence=6 cache=384 rate=60 sheds=2 burst=6
fi

# host OPTION... -- PROGRAM...: what the governor's host prints is in $seen, its JSON report in $report.
seen=$TMPDIR/seen
report=$TMPDIR/report.json
host() {
	status=0
	"$PROGRAMS/governor-host" --report "$report" "$@" >"$seen" 2>&1 || status=$?
}
verdict() { sed -n 's/^verdict //p' "$seen"; }
# rungs: those the program (hoard) or a listener heard, in order.
rungs() { sed -n 's/^heard {"rung":\([0-9]*\),.*/\1/p; s/^heard \([0-9]*\)%$/\1/p' "$seen" | tr '\n' ' '; }
seconds() { sed -n '/"times"/,/}/s/.*"seconds": \([0-9.]*\).*/\1/p' "$report"; }
own() { sed -n '/"own": {/,/}/s/.*"'"$1"'": \([0-9]*\).*/\1/p' "$report"; }
show() { sed 's/^/#   /' "$seen" | grep -v 'MiB$'; }

# ---- an ending of its own choice ----
host --ladder graceful --listen -- "$hog" --exit-on TERM
check_equal "$(rungs)" '70 85 95 ' 'full speed: 70, 85 and 95 are heard in order and each once'
check_equal "$status $(verdict) $(own oom_kill)" '0 graceful-stop 0' 'and the program ends itself, nothing killed'
check_says 'memory.high restored' 'memory.high is as it was' cat "$seen"
show

host --limit 512M --ladder graceful -- "$PROGRAMS/hoard" -step 100 -every 500ms
check_equal "$(rungs)" '70 85 95 ' '100 MB at a time: the same'
check_equal "$status $(verdict) $(own oom_kill)" '0 graceful-stop 0' 'and it drains and ends with 0'
show

# ---- again and again ----
reached=0 survived=0 round=0
while [ $round -lt $stops ]; do
	round=$((round + 1))
	host --ladder '95:log,stop=20s' -- "$hog" --exit-on TERM
	! grep -q '^say .* reached 95%' "$seen" || reached=$((reached + 1))
	[ "$(verdict) $(own oom_kill)" != 'graceful-stop 0' ] || survived=$((survived + 1))
done
check_equal "$reached" $stops "a full-speed allocator reaches the hook at 95 % of 256 MiB in $stops of $stops runs"
check_equal "$survived" $stops "and its own handler ends it in $stops of $stops"
reached=0 round=0
while [ $round -lt $kills ]; do
	round=$((round + 1))
	host --ladder '95:log' -- "$hog"
	! grep -q '^say .* reached 95%' "$seen" || reached=$((reached + 1))
done
check_equal "$reached $(verdict)" "$kills own-limit" 'without a stop it is told first and OOM-killed then'

# Sixteen threads have the last 5 % in a sixteenth of the time.
survived=0 round=0
while [ $round -lt $crowds ]; do
	round=$((round + 1))
	host --ladder '95:log,stop=20s' -- "$hog" --exit-on TERM --threads 16
	[ "$(verdict) $(own oom_kill)" != 'graceful-stop 0' ] || survived=$((survived + 1))
done
note "16 threads: $survived of $crowds end by themselves"
host --ladder '90:log,stop=4s' -- sh -c "trap '' TERM; exec $hog"
check_says ' released' 'a program that does not stop is slowed for 2 s, then released' cat "$seen"
show

# ---- page cache ----
# Where files are memory, there is no page cache to speak of: /scratch is the VM's disk.
disk=$TMPDIR
[ ! -d /scratch ] || disk=/scratch
dd if=/dev/zero of="$disk/big" bs=1M count=$cache 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
host --limit 128M --ladder graceful --listen --timeout 240s -- dd if="$disk/big" of=/dev/null bs=1M
check_equal "$(rungs)" '' "reading $cache MiB under 128 MiB fires no rung"
note "page cache, read: $(grep '^wakeups' "$seen") in $(seconds) s, max events $(own max), high events $(own high)"
check 'though it was hemmed in again and again' [ "$(($(own max) + $(own high)))" -gt 10 ]
host --limit 128M --ladder graceful --listen --timeout 240s -- dd if=/dev/zero of="$disk/big" bs=1M count="$cache"
check_equal "$(rungs) $status" ' 0' "writing $cache MiB under 128 MiB fires no rung"
note "page cache, write: $(grep '^wakeups' "$seen") in $(seconds) s, max events $(own max), high events $(own high)"
check 'though it was hemmed in again and again' [ "$(($(own max) + $(own high)))" -gt 10 ]
rm -f "$disk/big"

# ---- shedding ----
host --ladder '70:log;85:signal:USR1' --timeout 120s -- "$hog" --rate $rate --shed-on USR1 --sheds $sheds
check_equal "$(own oom_kill) $(verdict)" '0 ok' 'a program that sheds at 85 % is never killed'
fired=$(grep -c ' 85 %  fired ' "$seen")
check "85 % fires again after it was shed ($fired times)" [ "$fired" -ge 2 ]
check 'each time after it was armed again' [ "$(grep -c ' 85 %  rearmed ' "$seen")" -ge $((fired - 1)) ]
show

# ---- silence ----
host --ladder graceful --timeout 40s -- sleep $silence
wakeups=$(sed -n 's/^wakeups //p' "$seen")
check "$silence s below the first rung: at most one wake-up in 10 s ($wakeups)" [ "$wakeups" -le $((silence / 10 + 1)) ]
check_says '^host: ended well' 'and nothing to report but that' cat "$seen"
check_equal "$(wc -l <"$seen")" 4 'in one line'

# ---- how it ended ----
host --limit 64M -- "$hog"
check_equal "$status $(verdict)" '137 own-limit' 'without a ladder: OOM-killed at its own limit'
check_says 'killed  *process [0-9]* (hog): anonymous 6[0-9.]*M' 'the victim is named, with its memory' cat "$seen"
check_says 'chosen as the only process' 'and why it was chosen' cat "$seen"
show
host --limit 64M -- sh -c "$hog; true"
check_equal "$status $(verdict)" '0 child-oom' 'a child is killed and the first process lives'
check_says 'chosen as the highest of 2 processes: [0-9]* points; next [0-9]* (sh)' 'the loser is named' cat "$seen"
host -- sh -c 'kill -9 $$'
check_equal "$status $(verdict)" '137 not-oom' 'a SIGKILL from elsewhere is no OOM'
host -- sh -c 'exit 3'
check_equal "$status $(verdict)" '3 failed' 'a failure is a failure'
host -- sh -c 'kill -SEGV $$'
check_equal "$status $(verdict)" '139 crashed' 'a crash is a crash'
host --timeout 1s -- sleep 60
check_equal "$(verdict)" 'timed-out' 'a time-out is a time-out'
host --limit 64M --timeout 6s -- sh -c 'echo -1000 >/proc/self/oom_score_adj; exec '"$hog"
check_equal "$(verdict)" 'unkillable' 'a process that may not be killed is stuck at the limit'
host --ladder '50:stop=2s' -- "$hog" --rate 100 --max 200 --hold 60
check_equal "$status $(verdict)" '143 graceful-stop' 'SIGTERM ends a program without a handler'
host --ladder '50:stop=2s' -- sh -c "trap '' TERM; $hog --max 200 --hold 60"
check_equal "$status $(verdict)" '137 forced-stop' 'one that ignores it is killed when the grace is over'

# ---- who saw it: each witness alone ----
cat >"$TMPDIR/burst" <<END
i=0
while [ \$i -lt ${burst} ]; do i=\$((i + 1)); $hog; done
exit 0
END
host --limit 64M --ladder '50:log' -- sh "$TMPDIR/burst"
check_equal "$(verdict) $(grep -c '"source": "tracefs"' "$report")" "child-oom $burst" "tracefs tells all $burst of a burst"
check_equal "$(grep -c '"comm": "hog"' "$report")" "$((burst + 1))" 'by name, and the next one was expected'
# 21 CAP_SYS_ADMIN, 34 CAP_SYSLOG: no tracefs without the one, no kernel log without the other.
host --limit 64M --drop-capability 21 --ladder '70:log' -- "$hog"
check_equal "$(grep -c '"source": "kernel log"' "$report") $(verdict)" '1 own-limit' 'without tracefs the kernel log does'
restrict=$(cat /proc/sys/kernel/dmesg_restrict)
echo 1 >/proc/sys/kernel/dmesg_restrict
host --limit 64M --drop-capability 21 --drop-capability 34 --ladder '70:log' -- "$hog"
echo "$restrict" >/proc/sys/kernel/dmesg_restrict
check_equal "$(grep -c '"source": "proc connector"' "$report") $(verdict)" '1 own-limit' 'without both the proc connector does'
check_says 'killed  *process [0-9]* (hog)' 'and the victim is named' cat "$seen"
check_says '"right": true' 'it was the one that the governor expected' cat "$report"

# ---- hooks ----
host --ladder "50:exec:/bin/sh -c env>$TMPDIR/env; 70:log,stop=5s" -- "$hog" --exit-on TERM --rate 100
check_says '^WEIR_RUNG=50$' 'a hook gets the rung' cat "$TMPDIR/env"
check_says '^WEIR_LIMIT=268435456$' 'and the limit' cat "$TMPDIR/env"
host --ladder '50:exec:/bin/sleep 60; 70:log' -- "$hog" --rate 200 --max 190 --hold 7
check_says 'exec-ended *killed after 5 s' 'a hook that hangs is killed after 5 s' cat "$seen"
check_says '^say .* reached 70%' 'and does not delay the next rung' cat "$seen"

# ---- figures ----
round=0
while [ $round -lt $crossings ]; do
	round=$((round + 1))
	host --ladder '85:signal:USR1' --measure
	grep '^latency' "$seen" >>"$TMPDIR/latency"
done
note "crossing to handler: $(sort -k2n "$TMPDIR/latency" | sed -n "$(((crossings + 1) / 2))p")"
note "worst: $(sort -k2n "$TMPDIR/latency" | tail -n 1)"
check_equal "$(grep -c usec "$TMPDIR/latency")" $crossings "each of $crossings crossings was heard"

# ---- the config's own memory.high ----
host --high 200M --ladder '50:log;90:log' -- "$hog" --max 190
check_says 'memory.high restored' "the config's own memory.high is restored" cat "$seen"
check_says '^say .* reached 50%' 'a rung below it fires' cat "$seen"
plan
