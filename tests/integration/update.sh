#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# update: other limits for a container that lives, read back from the kernel and felt inside. Limits of
# controllers that few hosts have natively are in update-limits.sh.
# needs: cgroup
# timeout: 200

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

cgroup=/sys/fs/cgroup/$parent/c1
kept() { tr -d ' \n' <"$root/c1/config.json"; }
kept_has() { kept | grep -qF -e "$1"; }
file() { check_equal "$(cat "$cgroup/$1" 2>&1)" "$2" "$1 is $2${3:+: $3}"; }
start() {
	weir delete --force c1
	create && weir start c1
}
# update_with JSON: through stdin, as the containerd shim does.
update_with() { printf '%s' "$1" | weir update --resources=- c1; }

# ---- files by name: cgroup.max.* are there without any controller ----
linux='"resources": { "unified": { "cgroup.max.depth": "7", "cgroup.max.descendants": "9" } }'
program 'exec sleep 1000'
check 'a container' start
file cgroup.max.depth 7
check 'update --resources=-' update_with '{"unified": {"cgroup.max.depth": "3"}}'
check_equal "$tap_status $(cat "$tap_seen")" '0 ' 'and not a word of it'
file cgroup.max.depth 3
file cgroup.max.descendants 9 'which was not asked for'
check 'the copy of config.json has it' kept_has '"cgroup.max.depth":"3"'
check 'and what was there before' kept_has '"cgroup.max.descendants":"9"'
check 'and is a config as before' kept_has '"ociVersion":"1.3.0"'
echo '{"unified": {"cgroup.max.descendants": "2"}}' >"$TMPDIR/r.json"
echo 12 >"$cgroup/cgroup.max.depth"
check 'update --resources=FILE' weir update --resources="$TMPDIR/r.json" c1
file cgroup.max.descendants 2
file cgroup.max.depth 12 'not written by an update that does not name it'
check 'the second update is merged with the first' kept_has '"cgroup.max.depth":"3","cgroup.max.descendants":"2"'
check 'update -r FILE' weir update -r "$TMPDIR/r.json" c1
check 'an update of nothing is none' update_with '{}'
check 'nor are zeros, nulls and empty strings' update_with '{"memory": {"limit": 0, "swap": 0, "reservation": 0,
	"kernel": 0}, "cpu": {"shares": 0, "quota": 0, "period": 0, "cpus": "", "mems": "", "realtimeRuntime": 0},
	"blockIO": {"weight": 0}, "devices": null}'
file cgroup.max.descendants 2 'still'

# ---- all or nothing ----
before=$(kept)
check_says "update container 'c1': cgroup file 'cgroup.nonsense': No such file" 'a file that is not there is named' \
	update_with '{"unified": {"cgroup.max.depth": "5", "cgroup.nonsense": "1"}}'
check_not 'which is an error' update_with '{"unified": {"cgroup.max.depth": "5", "cgroup.nonsense": "1"}}'
file cgroup.max.depth 12 'taken back'
check_says 'write .-5. to cgroup.max.depth' 'so is what the kernel refuses' update_with '{"unified": {"cgroup.max.depth": "-5"}}'
check_equal "$(kept)" "$before" 'and the copy is as it was'

# ---- devices: the program is replaced ----
# Opening the kernel's log for writing needs no privilege but the device's.
linux='"resources": { "devices": [{ "allow": false }] }'
caps='"bounding": ["CAP_MKNOD"], "effective": ["CAP_MKNOD"], "permitted": ["CAP_MKNOD"]'
program 'mknod /kmsg c 1 11; while :; do { true >/kmsg; } 2>/dev/null && echo yes >/can || echo no >/can; sleep 0.05; done'
can() { [ "$(cat "$bundle/rootfs/can" 2>/dev/null)" = "$1" ]; }
start
check 'a device that is denied' wait_until 5 can no
check 'is allowed by an update' update_with '{"devices": [{"allow": false}, {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rwm"}]}'
check 'at once' wait_until 5 can yes
check 'and the copy has it' kept_has '"minor":11'
check_not 'an update that fails later' update_with '{"devices": [{"allow": false}], "unified": {"cgroup.nonsense": "1"}}'
sleep 0.3
check 'leaves the devices as they were' wait_until 5 can yes
check 'and denied again by another' update_with '{"devices": [{"allow": false}]}'
check 'at once' wait_until 5 can no
check 'another update leaves the devices alone' update_with '{"unified": {"cgroup.max.depth": "3"}}'
sleep 0.2
check 'still' wait_until 5 can no

# ---- states ----
program 'exec sleep 1000'
linux=''
weir delete --force c1
create
check 'a created one can be updated' update_with '{"unified": {"cgroup.max.depth": "4"}}'
file cgroup.max.depth 4
weir start c1
weir pause c1
check 'and a paused one' update_with '{"unified": {"cgroup.max.depth": "5"}}'
file cgroup.max.depth 5
weir resume c1
weir kill c1 KILL
wait_until 5 status_is stopped
check_says "container not running: 'c1' is stopped" 'a stopped one cannot' update_with '{"unified": {"cgroup.max.depth": "6"}}'
check_not 'which is an error' update_with '{}'
weir delete c1
check_says "container 'c1' does not exist" 'nor one that does not exist' update_with '{}'

# ---- what is refused, before anything is written ----
linux='"resources": { "unified": { "cgroup.max.depth": "7" } }'
start
refused() {
	wanted=$1
	shift
	if "$@" >"$TMPDIR/said" 2>&1; then status=0; else status=$?; fi
	check_equal "$status $(grep -c -e "$wanted" "$TMPDIR/said") of $(wc -l <"$TMPDIR/said")" '1 1 of 1' "refused: $*"
	sed 's/^/# /' "$TMPDIR/said"
}
d='"unified": {"cgroup.max.depth": "1"}'
refused '/linux/resources/memory/limit: expected an integer, found a string' update_with "{\"memory\": {\"limit\": \"64M\"}, $d}"
refused '/linux/resources/memory/kernel: cgroup v2 has no limit of its own' update_with "{\"memory\": {\"kernel\": 5}, $d}"
refused '/linux/resources/memory/swap: no memory limit' update_with "{\"memory\": {\"swap\": 5}, $d}"
refused '/linux/resources/cpu/burst: 9 is more than the quota 5' update_with "{\"cpu\": {\"quota\": 5, \"burst\": 9}, $d}"
refused '/linux/resources/cpu/realtimeRuntime: cgroup v2 has no' update_with "{\"cpu\": {\"realtimeRuntime\": 5}, $d}"
refused '/linux/resources/devices/0/access: ' update_with "{\"devices\": [{\"allow\": true, \"access\": \"x\"}], $d}"
refused 'resources: expected an object, found an array' update_with '[]'
refused 'resources: .*line 1' update_with '{'
refused "\-\-memory: 'much' is not a size like 64m" weir update --memory much c1
refused "\-\-pids-limit: '5k' is not a number" weir update --pids-limit 5k c1
refused '/linux/resources/cpu/cpus: .a. is not a list' weir update --cpuset-cpus a c1
grep -q memory /sys/fs/cgroup/cgroup.controllers ||
	refused "controller 'memory' is not enabled in /$parent/c1" weir update --memory 64m c1
refused '\-\-resources /nowhere: No such file' weir update -r /nowhere c1
refused '/linux/resources/memory/kernelTCP: cgroup v2' weir update --kernel-memory-tcp 5m c1
refused 'no resctrl file system is mounted' weir update --l3-cache-schema L3:0=f c1
file cgroup.max.depth 7 'after all of that'
plan
