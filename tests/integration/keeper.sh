#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A detached container's governor: its process, what it does for the container, and what is left to be told.
# needs: memory
# timeout: 600
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

bundle=$TMPDIR/bundle
cgroup=/sys/fs/cgroup/weir/k1
mkdir -p "$bundle"
sh "$TESTLIB/mkrootfs" "$bundle/rootfs"
cp "$PROGRAMS/hog" "$PROGRAMS/hoard" "$bundle/rootfs/bin/"
mkdir -m 777 "$TMPDIR/shared"
weir() { "$WEIR" --root "$TMPDIR/root" "$@"; }

# config WORDS [EDIT...]: the default config, 128 MiB without swap, /shared of its own, running these words.
config() {
	words=$1
	shift
	rm -f "$bundle/config.json"
	"$WEIR" spec --bundle "$bundle"
	sed -i 's|"terminal": true|"terminal": false|' "$bundle/config.json"
	mkdir -p "$bundle/rootfs/shared"
	sed -i -e "s|\"sh\"\$|$words|" \
		-e 's|"resources": {|& "memory": { "limit": 134217728, "swap": 134217728 },|' \
		-e "s|\"mounts\": \[|& { \"destination\": \"/shared\", \"type\": \"bind\", \"source\": \"$TMPDIR/shared\",|" \
		-e '/"destination": "\/shared"/s|$| "options": ["bind", "rw"] },|' "$bundle/config.json"
	for edit in "$@"; do
		sed -i "$edit" "$bundle/config.json"
	done
}
annotate() { printf 's|^    "process": {|    "annotations": { "io.weir.memory.ladder": "%s" }, &|' "$1"; }

keeper() { sed -n 's/.*"keeperPid": \([0-9]*\).*/\1/p; s/.*"keeper_pid": \([0-9]*\).*/\1/p' "$TMPDIR/root/k1/state.json"; }
status_is() { weir state k1 | grep -q "\"status\": \"$1\""; }
ended() { status_is stopped; }
alive() { [ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status"; }
proc() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }
explained() { weir memory explain k1 >"$TMPDIR/text" 2>&1 && weir memory explain --json k1 >"$TMPDIR/json" 2>&1; }
verdict() { sed -n 's/^ *"verdict": "\(.*\)",*$/\1/p' "$TMPDIR/json"; }
nothing_left() {
	[ -z "$(find /sys/fs/cgroup/weir -mindepth 1 -type d)" ] &&
		[ -z "$(find "$TMPDIR/root" -mindepth 1 -maxdepth 1 ! -name .reports)" ]
}
# shellcheck disable=SC2120,SC2119  # of create: some pass none
# begin ARGS: a container that runs, its output in $TMPDIR/out.
begin() {
	: >"$TMPDIR/out"
	weir create --bundle "$bundle" "$@" k1 >"$TMPDIR/out" 2>&1 </dev/null && weir start k1
}
trap 'weir delete --force k1' EXIT

# ---- the process ----
config '"sh", "-c", "sleep 600"' "$(annotate graceful)"
began=$(date +%s)
{ weir create --bundle "$bundle" k1 3>&1 >/dev/null </dev/null; echo created >&2; } 2>"$TMPDIR/order" | cat >/dev/null
check 'create lets go of the pipe that its caller reads' test $(($(date +%s) - began)) -lt 20
pid=$(keeper)
check 'there is a keeper' alive "${pid:-none}"
check_equal "$(cat "/proc/$pid/comm")" weir-keeper 'by that name'
check_equal "$(for fd in 0 1 2; do readlink "/proc/$pid/fd/$fd"; done | sort -u)" /dev/null 'its standard streams are /dev/null'
for fd in "/proc/$pid/fd/"*; do readlink "$fd"; done >"$TMPDIR/fds"
check 'its descriptors can be seen' test "$(wc -l <"$TMPDIR/fds")" -gt 5
check_equal "$(grep -c 'pipe:\|order$' "$TMPDIR/fds")" 0 'it holds no pipe or file of the caller'
check_equal "$(grep -c '^socket' "$TMPDIR/fds")" 1 'and one socket, to its deadman'
check_equal "$(grep -c "^$pid\$" $cgroup/cgroup.procs)" 0 'it is not in the cgroup of the container'
check_equal "$(cut -d: -f3 "/proc/$pid/cgroup")" "$(cut -d: -f3 /proc/self/cgroup)" 'but where its caller was'
check_equal "$(proc "$pid" NoNewPrivs)" 1 'no new privileges'
check_equal "$(stat -c %u "/proc/$pid/mem") $(awk '{ print $6 }' "/proc/$pid/stat")" "0 $pid" 'a session of its own'
check_equal "$(cat "/proc/$pid/oom_score_adj")" -900 'and a late victim'
check 'that leaves no core' grep -q 'Max core file size  *0  *0 ' "/proc/$pid/limits"
for signal in TERM HUP INT QUIT USR1; do
	kill -$signal "$pid"
done
sleep 0.3
check 'it survives TERM, HUP, INT, QUIT and USR1' alive "$pid"
check 'start' weir start k1
weir kill k1 KILL
check 'it ends when the container has' wait_until 5 sh -c "! [ -d /proc/$pid ] || grep -q '^State:.Z' /proc/$pid/status"
check 'delete' weir delete k1
check 'and nothing is left' nothing_left
check 'what it saw can be read after delete' explained
check_equal "$(verdict)" ended 'a SIGKILL from outside is no OOM'

# ---- warned, and stopped ----
config '"hoard", "-step", "20", "-every", "300ms"' "$(annotate graceful)"
check 'with the annotation' begin
check 'the program ends itself' wait_until 40 ended
check_equal "$(sed -n 's/^heard \(.*\)%$/\1/p' "$TMPDIR/out" | tr '\n' ' ')" '70 85 95 ' 'it heard of 70, 85 and 95 %'
check_equal "$(grep -c draining "$TMPDIR/out")" 1 'and drained'
check_equal "$(sed -n 's/^oom_kill //p' $cgroup/memory.events)" 0 'nothing was killed'
check 'memory.high is what the config says: nothing' wait_until 5 grep -qx max $cgroup/memory.high
check 'delete' weir delete k1
check 'explain after delete' explained
check_equal "$(verdict)" graceful-stop 'the verdict is a graceful stop'
check_says '95 % *fired ' 'the text has the timeline' cat "$TMPDIR/text"
check_equal "$(grep -c '"event": "fired"' "$TMPDIR/json")" 3 'and so has the JSON'
config '"hog", "--rate", "50", "--exit-on", "TERM"'
check 'with --ladder' begin --ladder '60:log;80:stop=5s'
check 'the program is stopped' wait_until 30 ended
check_equal "$(grep -c 'asked to end' "$TMPDIR/out")" 1 'by a signal that it hears'
check 'delete' weir delete k1
explained
check_equal "$(verdict)" graceful-stop 'and explained'

# ---- exec, inside ----
cat >"$bundle/rootfs/bin/hook" <<'END'
#!/bin/sh
{
	id -u; id -g
	sed -n 's/^CapEff:.//p; s/^CapBnd:.//p; s/^NoNewPrivs:.//p' /proc/self/status
	for ns in pid mnt net; do readlink /proc/self/ns/$ns; done | tr '\n' ' '
	echo
	echo "$WEIR_RUNG $*"
	cat /proc/1/comm
	# A device the container may not open: refused by the cgroup, whatever the mode of its node.
	cat /dev/disk >/dev/null && echo opened
} >/shared/seen 2>&1
# Three MiB that must not be the container's.
head -c 3145728 /dev/zero >/tmp/big
cat /proc/self/cgroup >>/shared/seen
setsid sleep 600 &
mv /shared/seen /shared/hook
sleep 2
END
chmod 755 "$bundle/rootfs/bin/hook"
cat >"$bundle/rootfs/bin/prog" <<'END'
#!/bin/sh
for ns in pid mnt net; do readlink /proc/self/ns/$ns; done | tr '\n' ' '
echo
sed -n 's/^CapEff:.//p' /proc/self/status
exec hog --rate 40 --max 100 --hold 60
END
chmod 755 "$bundle/rootfs/bin/prog"
config '"prog"' \
	's/"uid": 0/"uid": 1000/' 's/"gid": 0/"gid": 1000/' 's|"resources": {|& "pids": { "limit": 50 },|' \
	's|"linux": {|& "devices": [{ "path": "/dev/disk", "type": "b", "major": 7, "minor": 0, "fileMode": 438 }],|'
check 'a rung with a program to run' begin --ladder '50:exec:/bin/hook shed now'
check 'the program runs' wait_until 20 test -e "$TMPDIR/shared/hook"
seen() { sed -n "${1}p" "$TMPDIR/shared/hook"; }
check_equal "$(seen 1) $(seen 2)" '1000 1000' 'with the uid and gid of the container'
check_equal "$(seen 3) $(seen 5)" "$(sed -n 2p "$TMPDIR/out") 1" 'with its capabilities, and none to gain'
check_equal "$(seen 6)" "$(sed -n 1p "$TMPDIR/out")" 'in its namespaces'
check_equal "$(seen 7)" '50 shed now' 'told the rung, with its words'
check_equal "$(seen 8)" hog 'beside its process'
check 'in a cgroup that is not the container'\''s' test "$(grep -c . $cgroup.hook/cgroup.procs)" -ge 1
check_equal "$(grep -c . $cgroup/cgroup.procs)" 1 'where its process is alone'
check_equal "$(cat $cgroup.hook/memory.max) $(cat $cgroup.hook/pids.max)" '33554432 16' 'bounded in memory and processes'
check_equal "$(cat $cgroup.hook/cpu.max)" '50000 100000' 'and in CPU'
check_equal "$(seen 9)" "cat: can't open '/dev/disk': Operation not permitted" 'what the container may not open, it may not'
check 'what it left running is ended with it' wait_until 10 sh -c "! grep -q . $cgroup.hook/cgroup.procs"
weir delete --force k1
check 'nothing is left, the cgroup for hooks neither' nothing_left
rm -f "$TMPDIR/shared/hook"

# ---- a keeper that is killed ----
config '"sh", "-c", "while ! test -e /shared/go; do sleep 0.1; done; exec hog"' "$(annotate '95:log')"
# shellcheck disable=SC2119
begin
pid=$(keeper)
check_says '^k1  *running  *[0-9.]*%.* 128M  *-  *95%' 'status tells how it stands' weir memory status
check_says '^weir_memory_limit_bytes{container="k1"} 134217728$' 'and so do the metrics' weir memory metrics
check_says '"verdict": "running"' 'explained while it lives, it runs' weir memory explain --json k1
kill -KILL "$pid"
orphaned() { weir memory status | grep -q 'governor died'; }
check 'status says that nobody governs it' wait_until 5 orphaned
wait_until 5 sh -c "! [ -d /proc/$pid ]"
check 'the container goes on without its keeper' status_is running
check "memory.high is the config's again" wait_until 5 grep -qx max $cgroup/memory.high
touch "$TMPDIR/shared/go"
check 'and is OOM-killed' wait_until 20 ended
check 'delete' weir delete k1
check 'what happened is told from the counters' explained
check_equal "$(verdict)" own-limit 'as what it was'
check_says 'died before its container' 'with the death of its governor' cat "$TMPDIR/text"
check_says '"event": "watching"' 'and what that saw until then' weir memory explain --json k1
rm -f "$TMPDIR/shared/go"

# ---- without a ladder ----
config '"hog"'
# shellcheck disable=SC2119
begin
check 'without a ladder: OOM-killed' wait_until 20 ended
check_equal "$(keeper)" 0 'and no keeper'
check 'delete' weir delete k1
check 'it is explained all the same' explained
check_equal "$(verdict)" own-limit 'as what it was'
check_says 'process [0-9]* (hog)' 'with the victim' cat "$TMPDIR/text"
config '"true"'
# shellcheck disable=SC2119
begin
wait_until 10 ended
weir delete k1
check_equal "$(ls "$TMPDIR/root/.reports")" k1.json 'an end without OOM and ladder leaves no new report'

# ---- a bounded memory ----
i=0
while [ $i -lt 300 ]; do
	i=$((i + 1))
	cp "$TMPDIR/root/.reports/k1.json" "$TMPDIR/root/.reports/old$i.json"
	touch -d "@$((1000000 + i))" "$TMPDIR/root/.reports/old$i.json"
done
config '"hog"'
# shellcheck disable=SC2119
begin
wait_until 20 ended
weir delete k1
check_equal "$(find "$TMPDIR/root/.reports" -name '*.json' | wc -l)" 256 'of 301 reports the newest 256 are kept'
check 'the newest among them' test -e "$TMPDIR/root/.reports/k1.json"
check_not 'and the oldest not' test -e "$TMPDIR/root/.reports/old1.json"
check_says 'nothing is known of' 'of others nothing is known' weir memory explain nobody

check 'nothing is left' nothing_left
plan
