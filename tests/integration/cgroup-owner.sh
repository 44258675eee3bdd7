#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Whose the container's cgroup is (config-linux.md, Cgroup ownership), and limits of huge pages, the one controller
# that most hosts have on cgroup v2 whatever else they do.
# needs: cgroup
# timeout: 100

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

cgroup=/sys/fs/cgroup/$parent/c1
maps='"uidMappings": [ { "containerID": 0, "hostID": 100000, "size": 1000 } ],
	"gidMappings": [ { "containerID": 0, "hostID": 300000, "size": 1000 } ]'
sysfs='{ "destination": "/sys", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"] }'
# cgroup_mount OPTIONS
cgroup_mount() {
	mounts="$basic_mounts, $sysfs, { \"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": [$1] }"
}
owner() { stat -c %u "$cgroup$1"; }
chown -R 100000:300000 "$bundle/rootfs"

in_userns() {
	namespaces="$basic_namespaces, { \"type\": \"user\" }"
	linux="$maps${1:+, $1}"
}
in_userns
cgroup_mount '"rw"'
program 'mkdir /sys/fs/cgroup/below && echo $$ >/sys/fs/cgroup/below/cgroup.procs && cat /proc/self/cgroup
	{ echo 5 >/sys/fs/cgroup/cgroup.max.depth; } 2>&1 || :'
check_says '^0::/below$' 'inside: a cgroup of its own can be made and entered' run
cp "$tap_seen" "$TMPDIR/said"
check_says 'cgroup.max.depth: Permission denied' 'but its own limits cannot be changed' cat "$TMPDIR/said"
program 'exec sleep 1000'
create
check_equal "$(owner '') $(owner /cgroup.procs) $(owner /cgroup.subtree_control) $(owner /cgroup.threads)" \
	'100000 100000 100000 100000' 'outside: the directory and what the kernel lists are the container root'\''s'
others=$(find "$cgroup" -type f -user 100000 -exec basename {} \; | grep -vxFf /sys/kernel/cgroup/delegate)
check_equal "$others" '' 'and no other file'
weir delete --force c1
user='"uid": 7, "gid": 0'
create
check_equal "$(owner '')" 100007 'it is the user'\''s, not the root'\''s'
weir delete --force c1
user='"uid": 0, "gid": 0'
cgroup_mount '"ro"'
create
check_equal "$(owner '') $(owner /cgroup.procs)" '0 0' 'mounted read-only it stays the host'\''s'
weir delete --force c1
mounts=$basic_mounts
create
check_equal "$(owner '')" 0 'not mounted at all likewise'
weir delete --force c1
cgroup_mount '"rw"'
namespaces=$(printf '%s' "$namespaces" | sed 's/, { "type": "cgroup" }//')
create 2>/dev/null
check_equal "$(stat -c %u "$cgroup" 2>/dev/null || echo 0)" 0 'nor without a cgroup namespace of its own'
weir delete --force c1
namespaces=$basic_namespaces linux='' user='"uid": 1000, "gid": 0'
create
check_equal "$(owner '')" 1000 'without a user namespace it is the process'\''s user'
weir delete --force c1

# ---- huge pages ----
fresh
program 'exec sleep 1000'
file() { check_equal "$(cat "$cgroup/$1" 2>&1)" "$2" "$1 is $2${3:+: $3}"; }
limits() { linux='"resources": { "hugepageLimits": ['"$1"'] }'; }
limits '{ "pageSize": "3KB", "limit": 0 }, { "pageSize": "7GB", "limit": 0 }'
check 'a limit of 0 for pages that there are none of is no reason to refuse' create
weir delete --force c1
limits '{ "pageSize": "7GB", "limit": 7516192768 }'
check_says 'hugetlb' 'any other is' create
check 'and nothing is left' nothing_left
if grep -q hugetlb /sys/fs/cgroup/cgroup.controllers; then
	limits '{ "pageSize": "2MB", "limit": 4194304 }'
	create
	file hugetlb.2MB.max 4194304
	file hugetlb.2MB.rsvd.max 4194304 'reservations too'
	check 'update' weir update -r - c1 <<-END
		{ "hugepageLimits": [ { "pageSize": "2MB", "limit": 2097152 } ] }
	END
	file hugetlb.2MB.max 2097152
	file hugetlb.2MB.rsvd.max 2097152
	printf '%s' '{ "hugepageLimits": [ { "pageSize": "2MB", "limit": 0 } ], "unified": { "hugetlb.2MB.max": "much" } }' >"$TMPDIR/r"
	check_not 'an update that is refused later' weir update -r "$TMPDIR/r" c1
	file hugetlb.2MB.rsvd.max 2097152 'taken back'
	weir delete --force c1
	linux='"resources": { "hugepageLimits": [{ "pageSize": "2MB", "limit": 4194304 }], "unified": { "hugetlb.2MB.max": "8388608" } }'
	create
	file hugetlb.2MB.max 8388608 'unified is last'
	file hugetlb.2MB.rsvd.max 4194304
	weir delete --force c1
else
	skip 'limits of huge pages' 'no hugetlb controller'
fi
plan
