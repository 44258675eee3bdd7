# SPDX-License-Identifier: Apache-2.0
# The place where limits are tested has limits: without this, every other test there means little.
# needs: memory
# timeout: 60

. "$TESTLIB/tap.sh"

top=/sys/fs/cgroup/weir-where-$$
echo '+memory +pids' >/sys/fs/cgroup/cgroup.subtree_control
mkdir "$top"
trap 'rmdir "$top"' EXIT

# The shell moves itself in, then becomes the program.
in_cgroup() {
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$top" "$@"
}

check_says memory 'the memory controller is there' cat /sys/fs/cgroup/cgroup.controllers
check 'pressure is measured' grep -q '^some avg10=' /proc/pressure/memory
echo 64M >"$top/memory.max"
echo 0 >"$top/memory.swap.max"
check_file "$top/memory.max" 67108864 'a limit can be set'
check 'a program below the limit lives' in_cgroup "$PROGRAMS/hog" --max 32
check_status 137 'a program above the limit is killed' in_cgroup "$PROGRAMS/hog" --max 96
check_says '^oom_kill 1$' 'the kill is counted' cat "$top/memory.events"
check_says "oom-kill:.*/weir-where-$$" 'the kernel log tells of it' dmesg
check 'the root is a mount that can be pivoted' unshare -m sh -c '
	mount --bind / /mnt && cd /mnt && pivot_root . mnt && umount -l /mnt'
plan
