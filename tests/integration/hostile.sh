# SPDX-License-Identifier: Apache-2.0
# Hostile images and configs: each attack's outcome, a canary tree of the host unchanged, nothing left.
# needs: cgroup
# timeout: 600

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

# What the attacks aim at. Its mounts count as well: none may appear on it.
canary=$TMPDIR/canary
mkdir -p "$canary/dir" "$canary/dev" "$canary/proc" "$canary/sys" "$canary/bin"
echo of-the-host >"$canary/file"
echo of-the-host >"$canary/dir/file"
printf '#!/bin/sh\necho "host program ran" >&2\n' >"$canary/bin/sh"
chmod 755 "$canary/bin/sh"
fingerprint() {
	(cd "$canary" && find . -exec stat -c '%n %F %a %u %g %s %Y' {} + | sort && find . -type f -exec cksum {} + | sort)
	grep -c "$canary" /proc/self/mountinfo
	cat /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname
	stat -c '%F %t:%T %a' /dev/null /dev/zero
}
before=$(fingerprint)
image=$bundle/rootfs
cp -a "$image" "$TMPDIR/clean"
# again: a clean image, the default config.
again() {
	rm -rf "$image"
	cp -a "$TMPDIR/clean" "$image"
	fresh
}
# unharmed ATTACK: after each.
unharmed() {
	if nothing_left; then left=''; else left='something of the container'; fi
	check_equal "$(fingerprint) $left" "$before " "$1: the host is as it was, nothing is left"
}
# contained_or_error ATTACK: the container ran inside its root, or was refused.
contained_or_error() {
	tap_run run
	if [ "$tap_status" -le 1 ]; then tap_ok "$1: contained or refused"; else tap_not_ok "$1: contained or refused" "$tap_seen"; fi
	unharmed "$1"
}
refused() {
	check_says "$2" "$1: refused" run
	[ "$tap_status" -eq 1 ] || tap_not_ok "$1: with status 1 and not $tap_status"
	unharmed "$1"
}
only_proc='{ "destination": "/proc", "type": "proc", "source": "proc" }'

# 1, 2: /dev leads out, and nothing is mounted there
for link in "$canary/dev" "../..$canary/dev" "../../../../../../../../..$canary/dev"; do
	again
	rmdir "$image/dev" && ln -s "$link" "$image/dev"
	mounts=$only_proc
	program 'test -c /dev/null && echo inside'
	contained_or_error "/dev -> $link"
	mounts=$basic_mounts
	contained_or_error "/dev -> $link, mounted on"
done

# 3: /proc or /sys is a link
for place in proc sys; do
	for target in tmp /nowhere "$place" "$canary/$place"; do
		again
		rmdir "$image/$place" && ln -s "$target" "$image/$place"
		mounts="{ \"destination\": \"/$place\", \"type\": \"$(echo $place | sed 's/sys/sysfs/')\", \"source\": \"x\" }"
		refused "/$place -> $target" "/mounts/0: /$place: "
	done
done

# 4: something else on /proc, or inside it
for place in /proc //proc /./proc /proc/ /tmp/../proc /to-proc; do
	again
	ln -s proc "$image/to-proc"
	mounts="{ \"destination\": \"$place\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }"
	refused "tmpfs on $place" "/mounts/0: .*only procfs may be mounted there"
	mounts="{ \"destination\": \"$place\", \"type\": \"bind\", \"source\": \"$canary/proc\", \"options\": [\"bind\"] }"
	refused "a bind on $place" "/mounts/0: .*only procfs may be mounted there"
done
for place in /proc/self/attr /proc/sys /proc/sys/kernel /proc/1 /to-sys; do
	again
	ln -s proc/sys "$image/to-sys"
	mounts="$only_proc, { \"destination\": \"$place\", \"source\": \"$canary/dir\", \"options\": [\"bind\"] }"
	refused "a bind on $place" "/mounts/1: $place: .*procfs"
done
again
mounts="$only_proc, { \"destination\": \"/proc/uptime\", \"source\": \"$canary/file\", \"options\": [\"bind\"] }"
program 'cat /proc/uptime'
check_equal "$(run 2>&1)" of-the-host 'but a file on /proc/uptime may be, as lxcfs does'

# 5, 6: a /dev whose null is no null device
masked='"maskedPaths": ["/etc/passwd", "/proc/kcore"]'
for what in link regular fifo missing zero; do
	again
	rm -rf "$TMPDIR/dev" && mkdir "$TMPDIR/dev"
	case $what in
	link) ln -s "$canary/file" "$TMPDIR/dev/null" ;;
	regular) echo trap >"$TMPDIR/dev/null" ;;
	fifo) mkfifo "$TMPDIR/dev/null" ;;
	zero) mknod "$TMPDIR/dev/null" c 1 5 ;;
	esac
	mounts="$only_proc, { \"destination\": \"/dev\", \"source\": \"$TMPDIR/dev\", \"options\": [\"bind\"] }"
	linux=$masked
	program 'wc -c </etc/passwd; echo to stdout'
	if [ $what = missing ]; then
		check_equal "$(run 2>&1 | cat)" '0
to stdout' 'a /dev without null: it is made, masked stays masked, stdout reaches the caller'
		unharmed 'a /dev without null'
	else
		refused "/dev/null is a $what" 'default device: /dev/null: exists and is not the device'
		check_equal "$(run 2>/dev/null | cat)" '' "/dev/null is a $what: and nothing has run"
	fi
done

# 7: links where the terminals' devices go
again
mounts=$only_proc
ln -s "$canary/file" "$image/dev/console"
ln -s "$canary/dir" "$image/dev/pts"
for name in ptmx fd stdin core; do ln -s "$canary/file" "$image/dev/$name"; done
program 'echo ran'
contained_or_error 'links at the names of /dev'

# 8: a destination that leads out
for link in "$canary/dir" /nowhere loop "../../../..$canary/dir" /proc/self/root /proc/1/root; do
	again
	ln -s "$link" "$image/loop"
	for end in '' /deeper; do
		mounts="$basic_mounts, { \"destination\": \"/loop$end\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }"
		program 'echo ran'
		contained_or_error "a destination -> $link$end"
	done
done
again
program 'echo ran'
mounts="$basic_mounts, { \"destination\": \"/../../../..$canary/dir\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }"
contained_or_error 'a destination with ..'
mounts="$basic_mounts, { \"destination\": \"/missing/../..$canary/dir\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }"
contained_or_error 'a destination with a missing part before ..'

# 11, 12: by way of a descriptor that the caller left open
again
exec 7<"$canary" 8<"$canary/dir" 9</
for path in /proc/self/fd/7 /proc/self/fd/8 /proc/self/fd/9 /proc/1/fd/7 /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5 \
	/proc/self/fd/6 /proc/self/fd/7/.. /proc/self/root/proc/self/fd/9; do
	cwd="\"$path\""
	program "cat file bin/sh $canary/file"
	run >"$TMPDIR/got" 2>&1
	check_not "cwd $path shows nothing of the host" grep -q -e of-the-host -e "host program" "$TMPDIR/got"
done
unharmed 'cwd by descriptor'
cwd='"/"'
for path in /proc/self/fd/7/bin/sh /proc/self/fd/9/bin/sh /proc/1/fd/7/bin/sh ../proc/self/fd/7/bin/sh; do
	args="\"$path\", \"-c\", \"echo host\""
	refused "args $path" 'executable file not found'
done
env='"PATH=/proc/self/fd/7/bin"' args='"sh"'
refused 'PATH by descriptor' 'executable file not found'
env='"PATH=/bin"'
# 13: descriptors
args='"sh", "/prog"'
# No pipe in there: the shell would hold an end of it while ls looks.
program 'ls /proc/self/fd; ls /proc/1/fd'
check_equal "$(run 2>&1 3</ 4</ 5</ 6</ | tr '\n' ' ')" '0 1 2 3 0 1 10 2 ' 'run: exactly 0, 1, 2 (3 is ls'\''s, 10 the script of sh)'
args='"sleep", "1000"'
create 3</ 4</ 5</ 6</
weir start c1 3</ 4</ 5</ 6</
wait_until 5 sh -c "grep -q sleep /proc/$(pid_of c1)/cmdline"
check_equal "$(find "/proc/$(pid_of c1)/fd" -mindepth 1 | sed 's/.*fd.//' | sort | tr '\n' ' ')" '0 1 2 ' 'create and start: exactly 0, 1, 2'
exec 7<&- 8<&- 9<&-
weir delete -f c1

# 18: kernel parameters of the host
again
while read -r key value; do
	linux="\"sysctl\": { \"$key\": \"$value\" }"
	refused "sysctl $key" '/linux/sysctl'
done <<'END'
kernel.core_pattern |/x
kernel/core_pattern |/x
net/../kernel/core_pattern |/x
net.ipv4/../../kernel/core_pattern |/x
net...kernel.core_pattern |/x
+kernel.core_pattern |/x
net.ipv4.ip_forward 1\nkernel.core_pattern=|/x
net.ipv4.ip_forward\nkernel.core_pattern 1
kernel.hostnamex x
fs.file-max 1
END
namespaces='{ "type": "mount" }, { "type": "pid" }'
for key in net.ipv4.ip_forward kernel.shmmax kernel.hostname fs.mqueue.msg_max; do
	linux="\"sysctl\": { \"$key\": \"1\" }"
	refused "sysctl $key without its namespace" '/linux/sysctl'
done

# 19: cgroup files and paths
again
for key in ../x a/b cgroup.procs cgroup.kill cgroup.subtree_control memory.max/../cgroup.procs '' . .. 'a b' 'x\ny'; do
	linux="\"resources\": { \"unified\": { \"$key\": \"1\" } }"
	check_not "unified '$key': refused" run
	unharmed "unified '$key'"
done
again
write_config
for path in /../../x ../x /a/../../x /.. . /; do
	sed -i "s|\"cgroupsPath\": \"[^\"]*\"|\"cgroupsPath\": \"$path\"|" "$bundle/config.json"
	check_says '/linux/cgroupsPath: ' "cgroupsPath $path: refused" weir run -b "$bundle" c1
	check "cgroupsPath $path: nothing is left" nothing_left
done

# 20: the caller's terminal
again
program 'awk "{ print \$7, \$6 == \$1 }" /proc/1/stat; { : </dev/tty; } 2>&1 | grep -c "No such device"'
write_config
if command -v script >/dev/null 2>&1; then
	script -qec "'$WEIR' --root '$root' run --bundle '$bundle' c1" /dev/null </dev/null >"$TMPDIR/got" 2>&1
	check_equal "$(tr -d '\r' <"$TMPDIR/got")" '0 1
1' 'a session of its own without the caller'\''s terminal, which therefore takes no keys from inside'
else
	skip 'a session of its own without the caller'\''s terminal' 'script(1) is missing'
fi
unharmed 'the terminal'
plan
