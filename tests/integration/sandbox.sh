#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weir sandbox as a test harness calls it: what the program sees, how it ended, and that nothing is left.
# needs: memory
# timeout: 600
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

hog=$PROGRAMS/hog
out=$TMPDIR/out err=$TMPDIR/err report=$TMPDIR/report.json
# sandbox ARGS: status, $out, $err and $report are what came of it.
sandbox() {
	rm -f "$report"
	status=0
	"$WEIR" sandbox --memory 64M --report "$report" "$@" >"$out" 2>"$err" || status=$?
}
verdict() { sed -n 's/^ *"verdict": "\(.*\)",*$/\1/p' "$report"; }
nothing_left() {
	[ -z "$(find /sys/fs/cgroup/weir -mindepth 1 -type d 2>/dev/null)" ] &&
		[ -z "$(find /run/weir -mindepth 1 -maxdepth 1 ! -name .reports 2>/dev/null)" ]
}
# ends STATUS VERDICT SENTENCE ARGS...: the status, the report's word, and nothing left.
ends() {
	wanted="$1 $2 nothing left" sentence=$3
	shift 3
	sandbox "$@"
	left='nothing left'
	nothing_left || left='something left'
	check_equal "$status $(verdict) $left" "$wanted" "$sentence"
}
silent() { check_equal "$(cat "$err")" '' "$1"; }

# ---- how it ended: by status, and by the report's word ----
ends 0 ok 'a program that succeeds: 0, ok' -- true
silent 'and weir says nothing'
ends 3 failed 'a program that fails: its status, failed' -- sh -c 'exit 3'
silent 'and weir says nothing'
ends 137 own-limit 'an OOM kill: 137, own-limit' -- "$hog"
check_says 'OOM-killed at its own limit of 64M' 'and weir says so' cat "$err"
# Process 1 cannot send itself a deadly signal; running out of stack is a real fault.
ends 139 crashed 'a crash: 139, crashed' -- sh -c 'ulimit -s 256; f() { f; }; f'
silent 'and weir says nothing'
# Functions, so that the glob is looked up at each try.
some() { grep -q . /sys/fs/cgroup/weir/sandbox-*/cgroup.procs; }
gone() { ! some; }
{
	wait_until 10 some
	wait_until 10 grep -q up "$out"
	kill -KILL "$(head -n 1 /sys/fs/cgroup/weir/sandbox-*/cgroup.procs)"
} >"$TMPDIR/killer" 2>&1 &
: >"$out"
ends 137 not-oom 'a SIGKILL that was not for memory: 137, not-oom' -- sh -c 'echo up; sleep 60'
ends 0 child-oom 'a child that is OOM-killed while the program lives: 0, child-oom' -- sh -c "$hog; exit 0"
ends 124 timed-out 'a time-out: 124, timed-out' --timeout 500ms -- sleep 60
ends 124 timed-out 'a time-out that SIGTERM does not end: 124 as well' --timeout 300ms -- \
	sh -c 'trap "" TERM; while :; do sleep 1; done'
ends 0 graceful-stop 'a graceful end: 0, graceful-stop' --ladder graceful -- "$hog" --exit-on TERM
ends 137 forced-stop 'one that does not end at its stop: 137, forced-stop' --ladder '60:stop=1s' -- \
	sh -c "trap '' TERM; exec $hog --max 50 --hold 60"
ends 0 ok 'with a ladder that never fires: 0, ok' --ladder graceful -- true
silent 'and weir says nothing'
check_equal "$(sed -n '/"victims": \[/,/\]/p' "$report" | grep -c '"why"')" 0 'nor does the report speak of victims'
sandbox -- "$hog"
check_equal "$(grep -c '"why": "the only process' "$report")" 1 'of an OOM kill it has the victim and the reason'

# ---- what the program sees ----
mkdir "$TMPDIR/here"
echo seen >"$TMPDIR/here/file"
cd "$TMPDIR/here" || exit 1
sandbox -- cat file
check_equal "$(cat "$out")" seen 'the working directory is seen, below /tmp too'
cd / || exit 1
sandbox -- sh -c 'touch /etc/x; touch /x; touch /usr/x'
check_equal "$(grep -ci 'read-only' "$err")" 3 'the root of the host is read-only'
check_not 'and nothing was written' ls /etc/x /x /usr/x
touch "$TMPDIR/outside"
sandbox -- sh -c 'ls -A /tmp | wc -l; echo x >/tmp/x && cat /tmp/x'
check_equal "$(tr '\n' ' ' <"$out")" '0 x ' '/tmp is empty, its own, and writable'
check_not 'and gone afterwards' ls /tmp/x
check_equal "$(printf 'a\nb\n' | "$WEIR" sandbox --memory 64M -- sh -c 'wc -l; echo two >&2' 2>&1 | tr '\n' ' ')" '2 two ' \
	'standard input, output and error are passed'
# shellcheck disable=SC2016
check_equal "$(COLOUR=blue "$WEIR" sandbox --memory 64M -- sh -c 'echo $COLOUR')" blue 'so is the environment'
check_equal "$("$WEIR" sandbox --memory 64M -- echo 'a b' --swap "c'd")" "a b --swap c'd" 'and the words, options too'
check_equal "$("$WEIR" sandbox --memory 64M -- sh -c 'echo $$')" 1 'it is process 1'
sandbox -- sh -c 'ls /sys/class/net; ip link show lo | grep -o LOOPBACK,UP'
check_equal "$(tr '\n' ' ' <"$out")" 'lo LOOPBACK,UP ' '--network none, the default: a loopback, and it is up'
check_equal "$("$WEIR" sandbox --memory 64M --network host -- readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)" \
	'--network host: the host'\''s'
sh "$TESTLIB/mkrootfs" "$TMPDIR/rootfs"
echo mine >"$TMPDIR/rootfs/mine"
check_equal "$("$WEIR" sandbox --memory 64M --rootfs "$TMPDIR/rootfs" -- cat /mine)" mine '--rootfs: a root of its own'
check_equal "$(cd "$TMPDIR" && "$WEIR" sandbox --memory 64M --rootfs rootfs -- cat /mine)" mine 'relative, too'
sandbox -- grep -E 'NoNewPrivs|CapEff|CapBnd' /proc/self/status
check_equal "$(awk '{ print $2 }' "$out" | tr '\n' ' ')" '00000000000000fb 00000000000000fb 1 ' \
	'seven capabilities and no new ones'

# ---- the limit ----
# limits ARGS: of its own cgroup, as the host sees them while it runs.
limits() {
	"$WEIR" sandbox "$@" -- sh -c 'echo up; read -r _' <"$TMPDIR/fifo" >"$out" 2>&1 &
	pid=$!
	exec 7>"$TMPDIR/fifo"
	wait_until 10 grep -q up "$out"
	cat /sys/fs/cgroup/weir/sandbox-*/memory.max /sys/fs/cgroup/weir/sandbox-*/memory.swap.max | tr '\n' ' '
	exec 7>&-
	wait "$pid"
}
mkfifo "$TMPDIR/fifo"
check_equal "$(limits --memory 48M)" '50331648 0 ' '--memory alone: no swap'
check_equal "$(limits --memory 1G --swap 16M)" '1073741824 16777216 ' '--swap: besides the memory'

# ---- signals ----
# What the one before has written is not its word.
: >"$out"
"$WEIR" sandbox --memory 64M -- sh -c 'trap "echo term; exit 5" TERM; echo up; while :; do sleep 0.1; done' >"$out" 2>&1 &
pid=$!
wait_until 10 grep -q up "$out"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
check_equal "$status $(tail -n 1 "$out")" '5 term' 'SIGTERM to weir reaches the program'
: >"$out"
"$WEIR" sandbox --memory 64M -- sh -c 'trap "echo usr1; exit 6" USR1; echo up; while :; do sleep 0.1; done' >"$out" 2>&1 &
pid=$!
wait_until 10 grep -q up "$out"
kill -USR1 "$pid"
status=0
wait "$pid" || status=$?
check_equal "$status $(tail -n 1 "$out")" '6 usr1' 'so does SIGUSR1'
"$WEIR" sandbox --memory 64M -- sleep 600 >"$out" 2>&1 &
pid=$!
wait_until 10 some
kill -KILL "$pid"
wait "$pid" 2>/dev/null
check 'a program does not outlive a weir that was killed' wait_until 5 gone
for id in $("$WEIR" list -q); do "$WEIR" delete --force "$id"; done

# ---- what is refused ----
# refused PATTERN ARGS...: one line that says why, status 1, nothing left.
refused() {
	pattern=$1
	shift
	status=0
	"$WEIR" sandbox "$@" >"$out" 2>"$err" || status=$?
	if nothing_left; then left=nothing; else left=something; fi
	check_equal "$status $(grep -c "$pattern" "$err") of $(cat "$out" "$err" | wc -l), $left" '1 1 of 1, nothing' "refused: $*"
}
refused 'memory SIZE is required' -- true
for size in '' 0 -1 1x 64Q 1e9 99999999999999999999 '6 4M'; do
	refused '^weir: .*--memory' --memory "$size" -- true
done
refused '^weir: .*--swap' --memory 64M --swap much -- true
refused '^weir: .*--timeout' --memory 64M --timeout 0 -- true
refused '^weir: .*--timeout' --memory 64M --timeout soon -- true
refused '^weir: .*--network' --memory 64M --network bridge -- true
refused 'column 1' --memory 64M --ladder gracefull -- true
refused 'column 11' --memory 64M --ladder '70:notify,frobnicate' -- true
refused 'column' --memory 64M --ladder '101:log' -- true
refused 'bogus' --memory 64M --bogus -- true
refused 'No such file' --memory 64M --rootfs /nowhere -- true
refused 'nowhere/report' --memory 64M --report /nowhere/report -- true
refused 'not found' --memory 64M -- no-such-program
refused 'arguments missing' --memory 64M

check 'nothing is left' nothing_left
plan
