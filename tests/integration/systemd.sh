#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# systemd.sh: containers as scopes of systemd, as engines ask for them by default.
# needs: systemd
# timeout: 400

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

sd() { weir --systemd-cgroup "$@"; }
create_sd() {
	write_config
	sd create --bundle "$bundle" "$@" c1 >"$TMPDIR/out" 2>&1
}
run_sd() {
	write_config
	sd run --bundle "$bundle" "$@" c1
}

scope=t-c1.scope
at=/sys/fs/cgroup/weir.slice/weir-test.slice/$scope
# One question for all that is to be known: each takes a second in an emulated guest.
look() { systemctl show "${1-$scope}" >"$TMPDIR/show"; }
prop() { sed -n "s/^$1=//p" "$TMPDIR/show"; }
has_prop() { check_equal "$(prop "$1")" "$2" "systemctl shows $1=$2"; }
loaded() { [ "$(systemctl show -P LoadState "$scope")" = loaded ]; }
unit_gone() { ! loaded && [ ! -e "$at" ]; }
no_failed_unit() { [ -z "$(systemctl list-units --failed --no-legend --plain)" ]; }
is() {
	fresh
	cgroups_path=weir-test.slice:t:c1
}
stopped() { status_is stopped; }

# ---- a container with everything that systemd has a name for ----
is
linux='"resources": { "memory": { "limit": 67108864, "swap": 67108864, "reservation": 16777216 },
	"pids": { "limit": 50 }, "cpu": { "shares": 2048, "quota": 25000, "period": 50000, "cpus": "0" },
	"unified": { "memory.high": "59998208" } }'
top='"annotations": { "org.systemd.property.TimeoutStopUSec": "uint64 3000000",
	"org.systemd.property.KillSignal": "28", "org.systemd.property.After": "['\''basic.target'\'']" }'
program 'cat /proc/self/cgroup; trap "" USR1; while :; do sleep 0.1; done'
check 'a container is created in a scope' create_sd
note "$(cat "$TMPDIR/out")"
look
has_prop ActiveState active
has_prop Slice weir-test.slice
has_prop ControlGroup "/weir.slice/weir-test.slice/$scope"
has_prop Delegate yes
has_prop DefaultDependencies no
has_prop Description 'weir container c1'
has_prop OOMPolicy continue
has_prop CollectMode inactive-or-failed
has_prop MemoryMax 100663296
has_prop MemoryHigh 93552640
has_prop MemoryLow 16777216
has_prop MemorySwapMax 0
has_prop TasksMax 67
has_prop CPUQuotaPerSecUSec 500ms
has_prop AllowedCPUs 0
has_prop TimeoutStopUSec 3s
has_prop KillSignal 28
check_equal "$(prop CPUWeight)" "$(cat "$at/container/cpu.weight")" 'CPUWeight is what the container has'
check 'After has what the annotation says' grep -qw '^After=.*basic.target' "$TMPDIR/show"
check_file "$at/container/memory.max" 67108864 "the container's own limit is to the byte"
check_file "$at/container/memory.swap.max" 0 'its swap limit too'
check_file "$at/container/pids.max" 50 'its limit of tasks too'
check_file "$at/container/cpu.max" '25000 50000' 'its quota too'
check_file "$at/memory.max" 100663296 'the scope has room for what weir keeps there'
check_equal "$(cat "/proc/$(pid_of c1)/cgroup")" "0::${at#/sys/fs/cgroup}/container" \
	'the first process is in the cgroup "container" of the scope'
weir start c1
check 'it starts' wait_until 10 grep -q '^0::/$' "$TMPDIR/out"
check_equal "$(grep '^0::' "$TMPDIR/out")" 0::/ 'inside, its cgroup is the root'
check_equal "$(weir exec c1 cat /proc/self/cgroup)" 0::/ 'a program of exec is there too'
check 'it is running' status_is running
check 'list has it' sh -c "'$WEIR' --root '$root' list -q | grep -qx c1"
systemctl daemon-reload
check_file "$at/container/memory.max" 67108864 'systemd does not touch its files when it reloads'
check_file "$at/container/memory.high" 59998208 'none of them'
check 'pause' weir pause c1
check 'is seen' status_is paused
check 'resume' weir resume c1

# ---- update ----
check 'update' weir update --memory 96M --pids-limit 60 c1
look
check_file "$at/container/memory.max" 100663296 'update writes the files'
has_prop MemoryMax 134217728
has_prop TasksMax 77
systemctl daemon-reload
check_file "$at/container/memory.max" 100663296 'and they stay'
check_file "$at/memory.max" 134217728 "the scope's as well"

# ---- names ----
write_config
check_says 'already' 'a scope of that name is not taken over' sd run --bundle "$bundle" c2
check 'and the first one lives on' status_is running
check_equal "$(weir list -q)" c1 'nothing of the second is left'

# ---- delete ----
check_not 'a running one is not deleted' weir delete c1
check 'delete --force' weir delete --force c1
check 'the unit and its cgroup are gone' wait_until 5 unit_gone
check 'no unit has failed' no_failed_unit
check_equal "$(weir list -q)" '' 'no container is left'

is
program 'exit 7'
check_status 7 'run gives the status of its program' run_sd
check 'and leaves no unit' wait_until 5 unit_gone
cgroups_path=''
program 'while :; do sleep 0.1; done'
write_config
sed -i 's|"cgroupsPath":.*||' "$bundle/config.json"
check 'without a cgroupsPath' sh -c "'$WEIR' --root '$root' --systemd-cgroup create --bundle '$bundle' c1 >/dev/null 2>&1"
check 'it is weir-ID.scope in system.slice' test -d /sys/fs/cgroup/system.slice/weir-c1.scope/container
weir delete --force c1

# ---- refusals ----
is
cgroups_path=/a/b
check_says '/linux/cgroupsPath: .*slice:prefix:name' 'a path is refused by its member' run_sd
cgroups_path=a--b.slice:t:c1
check_says '/linux/cgroupsPath: .*not the name of a slice' 'so is what is no slice' run_sd
is
top='"annotations": { "org.systemd.property.ExecStartPre": "x" }'
check_says '/annotations/org.systemd.property.ExecStartPre' 'so is a property that is not allowed' run_sd
check_equal "$(weir list -q)" '' 'nothing is left of them'

# ---- out of memory ----
is
linux='"resources": { "memory": { "limit": 33554432, "swap": 33554432 } }'
cp "$PROGRAMS/hog" "$bundle/rootfs/bin/hog"
args='"hog"'
check_status 137 'the limit holds: the kernel kills' run_sd
check 'after that no unit has failed' no_failed_unit
check 'and none is left' wait_until 5 unit_gone
check_says "$scope/container" 'the explanation names the limit of the container' weir memory explain c1
check 'a container that was killed' create_sd
weir start c1
check 'stops' wait_until 60 stopped
check 'its scope stays until it is deleted' loaded
check 'and with it the count of its kills' grep -q '^oom_kill [1-9]' "$at/container/memory.events"
check 'a stopped one is deleted' weir delete c1
check 'its unit is gone' wait_until 5 unit_gone
check 'no unit has failed' no_failed_unit

# ---- the ladder ----
args='"hog", "--exit-on", "TERM"'
linux='"resources": { "memory": { "limit": 67108864, "swap": 67108864 } }'
check_status 0 'graceful: it ends by itself before the limit' run_sd --ladder graceful
args='"hog", "--rate", "20"'
printf 'cat /proc/self/cgroup >/seen\n' >"$bundle/rootfs/act"
tap_run run_sd --ladder '60:exec=/bin/sh /act'
check_file "$bundle/rootfs/seen" 0::/../container.hook \
	'a program of the ladder runs beside the container, inside the scope'
check 'which goes with all that is in it' wait_until 5 unit_gone

# ---- systemd goes away, or says nothing ----
is
program 'while :; do sleep 0.1; done'
check 'a container' create_sd
weir start c1
away() { DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent "$WEIR" --root "$root" --systemd-cgroup "$@"; }
check_not 'without systemd a container is not deleted unless' away delete c1
check_says 'systemd: the system bus' 'delete --force says what is missing' away delete --force c1
check_equal "$tap_status $(weir list -q)" '0 ' 'and deletes'
check 'its cgroup is gone' wait_until 5 test ! -e "$at"
check_says 'systemd: the system bus: connect' 'without systemd none is created' away run --bundle "$bundle" c1
check_equal "$(weir list -q)" '' 'and nothing is left'
systemd-socket-activate -l "$TMPDIR/silent" sleep 1000 >"$TMPDIR/socket" 2>&1 &
silent=$!
wait_until 10 test -S "$TMPDIR/silent"
began=$(date +%s)
DBUS_SYSTEM_BUS_ADDRESS=unix:path=$TMPDIR/silent "$WEIR" --root "$root" --systemd-cgroup run \
	--bundle "$bundle" c1 >"$TMPDIR/said" 2>&1
took=$(($(date +%s) - began))
check 'a bus that says nothing is waited for, and not for ever' \
	grep -q 'systemd: the system bus: systemd does not answer' "$TMPDIR/said"
check "which takes 25 s at most (took $took)" test "$took" -le 26
check_equal "$(weir list -q)" '' 'nothing is left of it'
kill "$silent"
plan
