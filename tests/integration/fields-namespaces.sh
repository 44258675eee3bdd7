# SPDX-License-Identifier: Apache-2.0
# Time namespaces and their clocks, user namespaces by path, and joining from inside one: asked for in config.json,
# read back from inside the container.
# needs: cgroup
# timeout: 400

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

inside() { readlink "/proc/$1/ns/$2"; }

# ---- time ----
here=$(readlink /proc/self/ns/time)
fresh
namespaces="$basic_namespaces, { \"type\": \"time\" }"
program 'for n in time time_for_children; do readlink /proc/self/ns/$n; done; sed "s/  */ /g" /proc/self/timens_offsets'
run >"$TMPDIR/got" 2>&1
check_not 'a time namespace of its own' test "$(head -n 1 "$TMPDIR/got")" = "$here"
check_equal "$(sed -n 2p "$TMPDIR/got")" "$(sed -n 1p "$TMPDIR/got")" 'which the program is in, and not only its children'
check_equal "$(sed -n '3,$p' "$TMPDIR/got")" 'monotonic 0 0
boottime 0 0' 'whose clocks are those of the host'
linux='"timeOffsets": { "monotonic": { "secs": 86400, "nanosecs": 5 }, "boottime": { "secs": 864000 } }'
program 'sed "s/  */ /g" /proc/self/timens_offsets; cut -d. -f1 /proc/uptime'
run >"$TMPDIR/got" 2>&1
check_equal "$(head -n 2 "$TMPDIR/got")" 'monotonic 86400 5
boottime 864000 0' 'timeOffsets of both clocks'
uptime=$(cut -d. -f1 /proc/uptime)
seen=$(sed -n 3p "$TMPDIR/got")
check 'and the program sees them: ten days more of uptime' test "$((seen - uptime - 864000))" -ge -60 -a "$((seen - uptime - 864000))" -le 60
linux='"timeOffsets": { "boottime": { "secs": -1, "nanosecs": 500000000 } }'
check_equal "$(run 2>&1 | head -n 2)" 'monotonic 0 0
boottime -1 500000000' 'one clock alone, backwards'
namespaces="$basic_namespaces, { \"type\": \"time\" }, { \"type\": \"user\" }"
linux='"timeOffsets": { "monotonic": { "secs": 7 } }, "uidMappings": [ { "containerID": 0, "hostID": 0, "size": 1000 } ],
	"gidMappings": [ { "containerID": 0, "hostID": 0, "size": 1000 } ]'
check_equal "$(run 2>&1 | head -n 1)" 'monotonic 7 0' 'in a user namespace too'
namespaces="$basic_namespaces, { \"type\": \"time\" }"
linux='"timeOffsets": { "boottime": { "secs": -1000000000 } }'
check_says '/linux/timeOffsets: .*Numerical result out of range' 'an offset that the kernel refuses is named' run
linux='"timeOffsets": { "boottime": { "secs": "1" } }'
check_says '/linux/timeOffsets/boottime/secs: expected an integer' 'a wrong type likewise' run
namespaces=$basic_namespaces
linux='"timeOffsets": { "boottime": { "secs": 1 } }'
check_says '/linux/timeOffsets: given, but no new time namespace' 'and offsets without a namespace' run
check 'nothing is left' nothing_left

# ---- those of another container ----
fresh
chown -R 100000:300000 "$bundle/rootfs"
namespaces="$basic_namespaces, { \"type\": \"time\" }, { \"type\": \"user\" }"
maps='"uidMappings": [ { "containerID": 0, "hostID": 100000, "size": 1000 } ], "gidMappings": [ { "containerID": 0, "hostID": 300000, "size": 1000 } ]'
linux="\"timeOffsets\": { \"boottime\": { \"secs\": 1234 } }, $maps"
args='"sleep", "1000"'
write_config other
weir run -d -b "$bundle" other
other=$(pid_of other)
at() { printf '{ "type": "%s", "path": "/proc/%s/ns/%s" }' "$1" "${3-$other}" "$2"; }
fresh
namespaces="{ \"type\": \"mount\" }, $(at time time)"
program 'readlink /proc/self/ns/time; sed -n "s/  */ /g; 2p" /proc/self/timens_offsets'
check_equal "$(run 2>&1)" "$(inside "$other" time)
boottime 1234 0" 'a time namespace by path'
namespaces="{ \"type\": \"mount\" }, $(at time uts)"
check_says "/linux/namespaces/1/path: /proc/$other/ns/uts is a namespace of another type" 'of the wrong type' run

namespaces="{ \"type\": \"mount\" }, { \"type\": \"cgroup\" }, $(at user user), $(at network net), $(at ipc ipc), $(at pid pid), { \"type\": \"uts\" }"
top='"hostname": "in-it"'
program 'for n in user net ipc pid uts mnt; do readlink /proc/self/ns/$n; done; id -u; sed "s/  */ /g" /proc/self/uid_map; hostname; ps | grep -c "[s]leep 1000"
	touch /by-root && stat -c "%u %g" /by-root'
run >"$TMPDIR/got" 2>&1
check_equal "$(sed -n 1,4p "$TMPDIR/got")" "$(for n in user net ipc pid; do inside "$other" $n; done)" 'user, network, ipc and pid namespace by path'
check_not 'and a uts namespace of its own' test "$(sed -n 5p "$TMPDIR/got")" = "$(inside "$other" uts)"
check_equal "$(sed -n '7,$p' "$TMPDIR/got")" '0
 0 100000 1000
in-it
1
0 0' 'where the program is root with the maps of the namespace, and sees the other'\''s processes'
check_equal "$(stat -c '%u %g' "$bundle/rootfs/by-root")" '100000 300000' 'outside, the mapped ids'
linux='"uidMappings": [ { "containerID": 0, "hostID": 0, "size": 1 } ], "gidMappings": [ { "containerID": 0, "hostID": 0, "size": 1 } ]'
user='"uid": 900, "gid": 900'
program 'id -u'
run >"$TMPDIR/got" 2>"$TMPDIR/warnings"
check_equal "$(cat "$TMPDIR/got")" 900 'mappings beside the path of a user namespace do not count'
check_says '/linux/uidMappings and gidMappings: ignored' 'which is warned of' cat "$TMPDIR/warnings"
user='"uid": 1000, "gid": 0'
check_says '/process/user/uid: 1000: Invalid argument' 'an id that the joined namespace does not have is named' run
user='"uid": 0, "gid": 0' linux=''

# A namespace of the host, which nobody in a user namespace could enter.
fresh
namespaces="{ \"type\": \"mount\" }, { \"type\": \"user\" }, { \"type\": \"pid\" }, $(at network net self), $(at ipc ipc $$)"
linux=$maps
program 'for n in net ipc; do readlink /proc/self/ns/$n; done; sed -n "s/  */ /gp" /proc/self/uid_map; echo $$'
check_equal "$(run 2>&1)" "$(readlink /proc/self/ns/net)
$(readlink /proc/self/ns/ipc)
 0 100000 1000
1" 'a new user namespace with the host'\''s network and ipc by path'
namespaces="{ \"type\": \"mount\" }, $(at user net)"
linux=''
check_says "/linux/namespaces/1/path: /proc/$other/ns/net is a namespace of another type" 'a user namespace of the wrong type' run
namespaces='{ "type": "mount" }, { "type": "user", "path": "/nowhere" }'
check_says '/linux/namespaces/1/path: /nowhere: No such file or directory' 'and one that is missing' run
namespaces='{ "type": "mount" }, { "type": "user", "path": "/proc/self/ns/user" }'
check_says '/linux/namespaces/1/path: setns /proc/self/ns/user' 'and our own, which the kernel refuses' run
weir delete -f other
check 'nothing is left' nothing_left
plan
