#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The main job on real input: warned before the limit, kept from it, and explained where it was not.
# Each case is told three times: by the program itself, by weir's report, and by the kernel (memory.events of
# the parent cgroup, and its log). tests/break-main-job shows that each can fail.
# needs: memory
# timeout: 1000
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

out=$TMPDIR/out err=$TMPDIR/err report=$TMPDIR/report.json
# CASES: which of a to e to run, all of them by default. RUNS: how often d does.
# FULL=1: d 50 times, c for 15 s, e a whole GiB twice; else a sample that a push can wait for.
if [ -n "${FULL-}" ]; then
	runs=50 appends=30 again=1024
else
	runs=6 appends=18 again=192
fi
runs=${RUNS:-$runs}
wanted() { case ${CASES:-a b c d e} in *$1*) ;; *) return 1 ;; esac; }

# The kernel's own word: OOM kills counted below /weir, and those it logged, since mark was called.
below() { sed -n "s/^$1 //p" /sys/fs/cgroup/weir/memory.events 2>/dev/null || :; }
logged() { dmesg | grep -c 'Memory cgroup out of memory: Killed process'; }
mark() {
	marked_kills=$(below oom_kill) marked_log=$(logged)
}
kernel_kills() {
	now=$(below oom_kill)
	echo "$((${now:-0} - ${marked_kills:-0})) $(($(logged) - marked_log))"
}

# sandbox ARGS: status, $out, $err and $report are what came of it.
sandbox() {
	rm -f "$report"
	mark
	status=0
	"$WEIR" sandbox --swap 0 --report "$report" "$@" >"$out" 2>"$err" || status=$?
}
# The report is JSON with one member a line.
member() { sed -n 's/^ *"'"$1"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' "$report" | head -n 1; }
own() { sed -n '/"own": {/,/}/s/.*"'"$1"'": \([0-9]*\).*/\1/p' "$report"; }
events() { grep -c "\"event\": \"$1\"" "$report"; }
says() { grep -q -e "$1" "$err"; }
prints() { grep -qx -e "$1" "$out"; }
heard() { sed -n 's/^heard \([0-9]*\)%$/\1/p' "$out" | tr '\n' ' '; }
evidence() { tail -n 25 "$out" "$err" | sed 's/^/#   /'; }
nothing_left() {
	[ -z "$(find /sys/fs/cgroup/weir -mindepth 1 -type d)" ] &&
		[ -z "$(find /run/weir -mindepth 1 -maxdepth 1 ! -name .reports)" ]
}

# ---- a: no ladder, 512 MiB, 100 MB every half second ----
if wanted a; then
	sandbox --memory 512M -- "$PROGRAMS/hoard"
	check_equal "$status" 137 'a: without a ladder the program is killed: 137'
	check_equal "$(member verdict)" own-limit 'a: the verdict is its own limit'
	line=$(dmesg | grep 'Memory cgroup out of memory: Killed process' | tail -n 1)
	pid=$(echo "$line" | sed 's/.*Killed process \([0-9]*\) .*/\1/')
	anon=$(echo "$line" | sed 's/.*anon-rss:\([0-9]*\)kB.*/\1/')
	check_equal "$(kernel_kills)" '1 1' 'a: the kernel counts one kill and logs one'
	check_equal "$(own oom_kill)" 1 'a: and so does the report'
	check 'a: the victim is the process that the kernel names' says "process $pid (hoard)"
	check 'a: with its anonymous memory in words' says 'anonymous 5[01][0-9]\.[0-9]M'
	check_equal "$(member anon)" $((anon * 1024)) 'a: and to the byte as the kernel logged it'
	check 'a: the holder of the limit is named' says 'limit of /weir/sandbox-'
	check 'a: its score and why it was chosen' says 'chosen as the only process that could be: [0-9]* points'
	check 'a: no line of it is wider than 100 columns' test "$(awk 'length > 100' "$err" | wc -l)" -eq 0
	[ "$status" -eq 137 ] || evidence
fi

# ---- b: the same with the graceful ladder ----
if wanted b; then
	sandbox --memory 512M --ladder graceful -- "$PROGRAMS/hoard"
	check_equal "$(heard)" '70 85 95 ' 'b: graceful: it hears of 70, 85 and 95 %, in that order and each once'
	check 'b: its own SIGTERM handler ran' prints draining
	check_equal "$status" 0 'b: and it ends with 0'
	check_equal "$(member verdict)" graceful-stop 'b: the verdict is a graceful stop'
	check_equal "$(own oom_kill) $(own oom)" '0 0' 'b: the report counts no OOM and no kill'
	check_equal "$(kernel_kills)" '0 0' 'b: nor does the kernel, and it logs none'
	check_equal "$(events fired) $(events heard)" '3 3' 'b: the report has three rungs fired and three heard'
	check_equal "$(sed -n '/"event": "fired"/{n;s/.*: \([0-9]*\).*/\1/p;}' "$report" | tr '\n' ' ')" '70 85 95 ' \
		'b: in the same order'
	[ "$status" -eq 0 ] || evidence
fi

# ---- c: dropping at 85 % ----
if wanted c; then
	# As long as it runs: 20 appends are four rounds and more.
	sandbox --memory 512M --ladder '70:notify; 85:log,notify' -- "$PROGRAMS/hoard" -drop-at 85 -limit "$appends"
	rounds=$(grep -cx dropped "$out")
	check_equal "$status" 0 'c: a program that drops at 85 % survives until it is done'
	check "c: it dropped at least four times ($rounds)" test "$rounds" -ge 4
	check_equal "$(heard | tr ' ' '\n' | grep -cx 85)" "$rounds" 'c: each time because it heard of 85 %'
	fired=$(sed -n '/"rung": 85/{n;n;s/.*"fired": \([0-9]*\).*/\1/p;}' "$report")
	check_equal "$fired" "$rounds" 'c: the rung fired as often'
	check 'c: and was armed again in between' test "$(events rearmed)" -ge $((rounds - 1))
	check_equal "$(own oom_kill)" 0 'c: the report counts no kill'
	check_equal "$(kernel_kills)" '0 0' 'c: nor does the kernel, and it logs none'
	[ "$status" -eq 0 ] || evidence
fi

# ---- d: full speed ----
# figures NAME UNIT: median and greatest of the numbers on stdin.
figures() {
	sort -n | awk -v name="$1" -v unit="$2" '{ v[NR] = $1 }
		END { print "# d: " name ": median " v[int((NR + 1) / 2)] ", greatest " v[NR] " " unit }'
}
# Of the first rung that fired: bytes past its line, and usec until its action was done.
measure() {
	bytes=$(sed -n '/"rung": 85/{n;s/.*"bytes": \([0-9]*\).*/\1/p;}' "$report")
	need=$(sed -n '/"event": "fired"/{n;n;s/.*"need": \([0-9]*\).*/\1/p;}' "$report" | head -n 1)
	echo $(((${need:-0} - ${bytes:-0}) / 1024)) >>"$TMPDIR/overshoot"
	sed -n 's/^ *"seconds": \([0-9.]*\),$/\1/p; s/^ *"event": "\(.*\)",*$/\1/p' "$report" |
		awk '$1 ~ /^[0-9.]+$/ { at = $1 } $1 == "fired" { fired = at }
			$1 == "signal" && fired { print int((at - fired) * 1000000 + 0.5); exit }' >>"$TMPDIR/latency"
}
if wanted d; then
	heard=0 lived=0 round=0
	while [ $round -lt "$runs" ]; do
		round=$((round + 1))
		sandbox --memory 256M --ladder '85:signal:TERM' -- "$PROGRAMS/hog" --exit-on TERM
		! grep -q '^asked to end at' "$out" || heard=$((heard + 1))
		[ "$status $(own oom_kill) $(own max) $(kernel_kills)" != '0 0 0 0 0' ] || lived=$((lived + 1))
		measure
	done
	check_equal "$heard" "$runs" "d: an allocator at full speed gets its signal before the limit, $runs of $runs times"
	check_equal "$lived" "$runs" "d: ends with 0, the limit never touched, nothing killed or logged, $runs of $runs times"
	figures 'past the rung when it fired' KiB <"$TMPDIR/overshoot"
	figures 'from there until the signal was sent' usec <"$TMPDIR/latency"
	heard=0 round=0
	while [ $round -lt 5 ]; do
		round=$((round + 1))
		sandbox --memory 256M --ladder '70:exec:/bin/kill -TERM 1' -- "$PROGRAMS/hog" --exit-on TERM
		! grep -q '^asked to end at' "$out" || heard=$((heard + 1))
	done
	check_equal "$heard $(own oom_kill)" '5 0' 'd: so does a program that exec runs inside, 5 of 5 times'
	[ "$heard" -eq 5 ] || evidence
fi

# ---- e: page cache ----
if wanted e; then
	# Where files are memory, there is no page cache to speak of: /scratch is the VM's disk.
	disk=/var/tmp
	[ ! -d /scratch ] || disk=/scratch
	disk=$(mktemp -d "$disk/weir-cache-XXXXXX")
	trap 'rm -rf "$disk"' EXIT
	bundle=$TMPDIR/bundle
	mkdir -p "$bundle"
	sh "$TESTLIB/mkrootfs" "$bundle/rootfs"
	mkdir "$bundle/rootfs/data"
	# config ANNOTATIONS MIB: the default one, dd of so much as its program, 128 MiB, and the disk at /data.
	config() {
		rm -f "$bundle/config.json"
		"$WEIR" spec --bundle "$bundle"
		sed -i 's|"terminal": true|"terminal": false|' "$bundle/config.json"
		sed -i -e 's|"sh"$|"dd", "if=/dev/zero", "of=/data/big", "bs=1M", "count='"$2"'"|' \
			-e "s|^    \"process\": {|    $1&|" \
			-e 's|"resources": {|& "memory": { "limit": 134217728 },|' \
			-e "s|\"mounts\": \[|& { \"destination\": \"/data\", \"type\": \"bind\", \"source\": \"$disk\",|" \
			-e '/"destination": "\/data"/s|$| "options": ["bind", "rw"] },|' "$bundle/config.json"
	}
	# cache MIB WORDS ARGS: the run, and the five things that are to be seen of it.
	cache() {
		mib=$1 words=$2
		shift 2
		mark
		status=0
		"$WEIR" run --bundle "$bundle" "$@" cache >"$out" 2>"$err" || status=$?
		"$WEIR" memory explain --json cache >"$report"
		check_equal "$status $(stat -c %s "$disk/big")" "0 $((mib * 1048576))" "e: $words: $mib MiB are written under 128 MiB"
		check "e: $words: the page cache met the limit ($(own max) times)" test "$(own max)" -gt 100
		check_equal "$(events fired) $(events passed)" '0 0' "e: $words: and no rung fired"
		check_equal "$(grep -v '^[0-9]*+0 records\|^[0-9]* bytes' "$err")" '' "e: $words: and weir says nothing"
		check_equal "$(kernel_kills)" '0 0' "e: $words: the kernel killed nothing"
		[ "$status" -eq 0 ] || evidence
		rm -f "$disk/big"
	}
	config '' 1024
	cache 1024 '--ladder' --ladder graceful
	config '"annotations": { "io.weir.memory.ladder": "graceful" }, ' "$again"
	cache "$again" 'the annotation'
fi

check 'nothing is left, neither cgroup nor directory' nothing_left
plan
