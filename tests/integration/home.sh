#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# HOME: from the image's /etc/passwd where the config leaves it out; whatever that file is, nothing waits for it.
# needs: cgroup
# timeout: 60

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

etc=$bundle/rootfs/etc
cp "$etc/passwd" "$TMPDIR/passwd"
home() { timeout 10 "$WEIR" --root "$root" run -b "$bundle" c1 2>&1; }
# image WORDS...: a command that makes another passwd of it, in $etc.
image() {
	rm -rf "$etc/passwd"
	(cd "$etc" && eval "$*")
}
program 'echo $HOME'
write_config
check_equal "$(home)" /root 'HOME of root'
env='"PATH=/bin", "HOME=/elsewhere"'
write_config
check_equal "$(home)" /elsewhere 'one that the config has stays'
env='"PATH=/bin", "HOME="'
write_config
check_equal "$(home)" '' 'an empty one too'
fresh
user='"uid": 1000, "gid": 1000'
write_config
check_equal "$(home)" /home 'of a user'
linux='"uidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }], "gidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }]'
namespaces="$basic_namespaces, { \"type\": \"user\" }"
write_config
check_equal "$(home)" /home 'in a user namespace'
fresh
user='"uid": 4242, "gid": 0'
write_config
check_equal "$(home)" / 'of a user that the image does not know'

fresh
write_config
while IFS='|' read -r how wanted what; do
	image "$how"
	check_equal "$(home)" "$wanted" "$what"
done <<'END'
mkfifo passwd|/|a FIFO
mkdir passwd|/|a directory
mknod passwd c 1 5|/|a device
ln -s passwd passwd|/|a link to itself
ln -s /proc/self/fd/0 passwd|/|a magic link
:|/|no file
printf 'x:x:1:0::/one:\nroot:x:0:0::/two:\nroot:x:0:0::/three:\n' >passwd|/two|the first line of the user counts
printf 'root:x:0:0:\n' >passwd|/|a line without a home
printf 'root:x:00:0::/octal:\nroot:x::0::/none:\nroot:x: 0:0::/blank:\n' >passwd|/octal|a uid is a number, whatever its zeros
printf 'root:x:0:0::relative:\n' >passwd|/|a relative home
printf 'root:x:0:0::/last' >passwd|/last|a line without its end
truncate -s 8T passwd|/|a file of 8 TiB
awk 'BEGIN { for (i = 0; i < 100000; i++) print "x:x:1:1::/x:" }' >passwd; echo root:x:0:0::/late: >>passwd|/|what lies behind 1 MiB is not looked at
ln -s ../../../../../../../../etc/hostname passwd|/|a link that would lead out
END
rm -rf "$etc/passwd"
cp "$TMPDIR/passwd" "$etc/passwd"

# ---- exec ----
program 'exec sleep 1000'
create && weir start c1
asks() { weir exec "$@" sh -c 'echo $HOME'; }
check_equal "$(asks c1)" /root 'exec: of root'
check_equal "$(asks -u 1000 c1)" /home 'of another user'
check_equal "$(asks -e HOME=/mine c1)" /mine 'as --env says'
printf '{ "args": ["sh", "-c", "echo $HOME"], "cwd": "/", "env": ["PATH=/bin"], "user": { "uid": 65534, "gid": 65534 } }' >"$TMPDIR/process"
check_equal "$(weir exec -p "$TMPDIR/process" c1)" / 'with a process object'
image mkfifo passwd
check_equal "$(timeout 10 "$WEIR" --root "$root" exec c1 sh -c 'echo $HOME')" / 'a FIFO holds it up no more than it does create'
plan
