# SPDX-License-Identifier: Apache-2.0
# A user namespace with maps: ids inside and outside, owners of files, devices and mounts in it.
# needs: cgroup
# timeout: 400

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

namespaces="$basic_namespaces, { \"type\": \"user\" }"
maps='"uidMappings": [ { "containerID": 0, "hostID": 100000, "size": 1000 }, { "containerID": 1000, "hostID": 200000, "size": 10 } ],
	"gidMappings": [ { "containerID": 0, "hostID": 300000, "size": 5000 } ]'
linux=$maps
# Its files belong to its root.
chown -R 100000:300000 "$bundle/rootfs"

program 'cat /proc/self/uid_map /proc/self/gid_map | sed "s/  */ /g; s/^ //"; id -u; id -g; touch /file; mkdir /dir; stat -c "%u %g" /file /'
check_equal "$(run 2>&1)" '0 100000 1000
1000 200000 10
0 300000 5000
0
0
0 0
0 0' 'inside: the maps, root, and files of root'
check_equal "$(stat -c '%u %g' "$bundle/rootfs/file")" '100000 300000' 'outside: the mapped owner'
user='"uid": 1001, "gid": 7, "additionalGids": [4000]'
program 'exec sleep 1000'
create
pid=$(pid_of c1)
ids() { sed -n 's/^Uid:[[:space:]]*//p; s/^Gid:[[:space:]]*//p; s/^Groups:[[:space:]]*//p' "/proc/$pid/status"; }
check_equal "$(ids)" '200001	200001	200001	200001
300007	300007	300007	300007
304000 ' 'created: the ids of the process, from outside'
weir start c1
check_equal "$(ids)" '200001	200001	200001	200001
300007	300007	300007	300007
304000 ' 'running: likewise'
check_not 'its user namespace is its own' test "$(readlink "/proc/$pid/ns/user")" = "$(readlink /proc/self/ns/user)"
weir delete -f c1

# ---- mounts and devices ----
user='"uid": 0, "gid": 0' env='"PATH=/bin"'
mounts="$basic_mounts, { \"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\", \"options\": [\"ro\", \"nosuid\"] },
	{ \"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\", \"options\": [\"newinstance\", \"ptmxmode=0666\", \"gid=5\"] },
	{ \"destination\": \"/dev/mqueue\", \"type\": \"mqueue\", \"source\": \"mqueue\" },
	{ \"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": [\"ro\"] }"
linux="$maps, \"maskedPaths\": [\"/proc/kcore\", \"/proc/scsi\", \"/sys/firmware\"], \"readonlyPaths\": [\"/proc/sys\"],
	\"devices\": [ { \"type\": \"p\", \"path\": \"/dev/pipe\", \"fileMode\": 438, \"uid\": 3 } ],
	\"sysctl\": { \"net.ipv4.ip_forward\": \"1\" }"
program 'echo x >/dev/null && echo null; head -c 3 /dev/zero | wc -c; stat -c "%F %t:%T" /dev/null; stat -c "%F %a %u" /dev/pipe
	readlink /dev/ptmx; test -e /dev/pts/ptmx && echo pts; ls -d /sys/class; echo $$; cat /proc/sys/net/ipv4/ip_forward
	awk "\$5 == \"/proc\" || \$5 == \"/sys\" || \$5 == \"/sys/fs/cgroup\" { print \$5 }" /proc/self/mountinfo | sort -u'
check_equal "$(run 2>&1)" 'null
3
character special file 1:3
fifo 666 3
pts/ptmx
pts
/sys/class
1
1
/proc
/sys
/sys/fs/cgroup' 'devices, procfs, sysfs, devpts, the cgroup'
namespaces='{ "type": "pid" }, { "type": "mount" }, { "type": "user" }'
linux=$maps
mounts="$basic_mounts, { \"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\", \"options\": [\"ro\"] }"
program 'ls -d /sys/class; { true >/sys/kernel/x; } 2>/dev/null || echo read-only'
check_equal "$(run 2>&1)" '/sys/class
read-only' 'without a network namespace the host'\''s sysfs is shown'
mounts=$basic_mounts
process='"oomScoreAdj": 900'
program 'cat /proc/self/oom_score_adj'
check_equal "$(run 2>&1)" 900 'oomScoreAdj'
process='"noNewPrivileges": false'
linux="$maps, \"seccomp\": { \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [ { \"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28 } ] }"
program 'mkdir /tmp/x'
check_says 'No space left on device' 'seccomp without no_new_privs' run
process=''

# ---- mistakes ----
linux='"uidMappings": [ { "containerID": 0, "hostID": 100000, "size": 10 } ], "gidMappings": [ { "containerID": 0, "hostID": 300000, "size": 10 } ]'
user='"uid": 500, "gid": 0'
check_says '/process/user/uid: not in /linux/uidMappings' 'a uid that is not mapped is named' run
user='"uid": 0, "gid": 0, "additionalGids": [77]'
check_says '/process/user/additionalGids' 'and a group' run
user='"uid": 0, "gid": 0'
namespaces="{ \"type\": \"mount\" }, { \"type\": \"user\", \"path\": \"/proc/self/ns/user\" }"
linux=''
check_says '/linux/namespaces/1/path: setns /proc/self/ns/user: Invalid argument' 'its own user namespace by path is refused' run
check 'nothing is left' nothing_left
plan
