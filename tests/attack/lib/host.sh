# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# host.sh: whether an attack reached the host, or left something. Sourced after bundle.sh.
# Should: see a change of the canary tree, of the host's mounts and devices, and each kind of leftover.
# Must not: change anything itself.
#
#   host_begin           remembers the host as it is; $canary is a tree to aim at
#   left=$(host_left)    nothing if the host is as it was and nothing is left; else what
#   host_unharmed WHAT   the same as a test

canary=$TMPDIR/canary
mkdir -p "$canary/dir" "$canary/dev" "$canary/bin"
echo of-the-host >"$canary/file"
echo of-the-host >"$canary/dir/file"

# All that an attack has aimed at: contents, modes, times, what is mounted, devices, a parameter of the kernel.
host_print() {
	(cd "$canary" && find . -exec stat -c '%n %F %a %u %g %s %Y' {} + | sort && find . -type f -exec cksum {} + | sort)
	cat /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname
	stat -c '%F %t:%T %a %u:%g' /dev/null /dev/zero /dev/tty
	sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo
}

host_begin() { host_before=$(host_print); }

# processes_left: who is in a cgroup below ours, or runs weir with our root.
processes_left() {
	for file in $(find "/sys/fs/cgroup/$parent" -name cgroup.procs 2>/dev/null); do cat "$file"; done
	grep -lzs -F -x -e "$root" /proc/[0-9]*/cmdline
}

host_left() {
	host_ticks=60
	while ! nothing_left || [ -n "$(processes_left)" ]; do
		host_ticks=$((host_ticks - 1))
		[ $host_ticks -gt 0 ] || { echo "left: $(ls "$root") $(find "/sys/fs/cgroup/$parent" -mindepth 1 -type d) $(processes_left)"; break; }
		sleep 0.05
	done
	[ "$(host_print)" = "$host_before" ] || echo 'the host has changed'
}

host_unharmed() { check_equal "$(host_left)" '' "$1: the host is as it was, nothing is left"; }
