# SPDX-License-Identifier: Apache-2.0
# A real config.json of podman 5.4 (podman run -m 64m), its host-specific binds replaced, unmodified otherwise.
# needs: memory
# timeout: 400

. "$TESTLIB/tap.sh"

root=$TMPDIR/root
bundle=$TMPDIR/bundle
host=$TMPDIR/host
mkdir -p "$bundle" "$host/shm"
sh "$TESTLIB/mkrootfs" "$bundle/rootfs"
for name in hosts .containerenv hostname; do echo "of podman: $name" >"$host/$name"; done
weir() { "$WEIR" --root "$root" "$@"; }
trap 'weir delete --force podman' EXIT

# The folders of podman's storage, and its root; the limit of open files as far as this machine lets us.
files=$(ulimit -Hn)
sed -e "s|\"/r\"|\"$bundle/rootfs\"|" -e "s|\"/[a-z/-]*/containers/storage/overlay-containers/[0-9a-f]*/userdata/|\"$host/|g" \
	-e "s|\"RLIMIT_NOFILE\",\"hard\":1048576,\"soft\":1048576|\"RLIMIT_NOFILE\",\"hard\":$files,\"soft\":$files|" \
	"$(dirname "$0")/../spec/podman.json" >"$bundle/config.json"
cgroup=/sys/fs/cgroup/libpod_parent/libpod-ed48322c583440ebfbbd5187576cf7d8f661032ed65b8651fee43458239dfc28
check 'podman'\''s config: create' weir create -b "$bundle" podman
check 'start' weir start podman
pid=$(weir state podman | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
check 'its program runs' wait_until 5 grep -q sleep "/proc/$pid/cmdline"
check_file $cgroup/memory.max 67108864 'memory.max'
if [ -e $cgroup/memory.swap.max ]; then
	check_file $cgroup/memory.swap.max 67108864 'memory.swap.max is memory plus swap, less memory'
else
	skip 'memory.swap.max' 'this kernel has no swap accounting'
fi
check_file $cgroup/pids.max 2048 'pids.max'
check_equal "$(sed -n 's/^0:://p' "/proc/$pid/cgroup")" "${cgroup#/sys/fs/cgroup}" 'its cgroup is the one asked for'
field() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status"; }
check_equal "$(field CapBnd) $(field CapEff) $(field CapInh) $(field CapAmb)" \
	'00000000800405fb 00000000800405fb 0000000000000000 0000000000000000' 'its capabilities'
check_equal "$(field Seccomp) $(field NoNewPrivs) $(field Umask)" '2 0 0022' 'seccomp, no_new_privs, umask'
check_equal "$(cat "/proc/$pid/root/etc/hosts" "/proc/$pid/root/run/.containerenv" "/proc/$pid/root/etc/hostname")" \
	'of podman: hosts
of podman: .containerenv
of podman: hostname' 'its binds'
for line in '/proc proc rw,nosuid,nodev,noexec' '/sys sysfs ro,nosuid,nodev,noexec' '/dev tmpfs rw,nosuid' \
	'/dev/pts devpts rw,nosuid,noexec' '/dev/mqueue mqueue rw,nosuid,nodev,noexec' '/sys/fs/cgroup cgroup2 ro,nosuid,nodev,noexec'; do
	# shellcheck disable=SC2086
	set -- $line
	check "mounted: $line" grep -q " $1 $3.* - $2 " "/proc/$pid/mountinfo"
done
for path in /proc/kcore /proc/keys /proc/timer_list; do
	[ ! -e "/proc/$pid/root$path" ] || check_equal "$(stat -c %t:%T "/proc/$pid/root$path")" 1:3 "masked: $path"
done
check_equal "$(ls -A "/proc/$pid/root/sys/firmware")" '' 'masked: /sys/firmware'
check_equal "$(nsenter -t "$pid" -n cat /proc/sys/net/ipv4/ping_group_range 2>/dev/null | tr '\t' ' ')" '0 0' 'sysctl'
check_equal "$(nsenter -t "$pid" -u hostname)" ed48322c5834 'hostname'
check 'kill' weir kill podman KILL
gone() { weir state podman | grep -q '"status": "stopped"'; }
check 'stopped' wait_until 5 gone
check 'delete' weir delete podman
check_not 'and its cgroup is gone' test -e $cgroup
plan
