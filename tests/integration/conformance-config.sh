# SPDX-License-Identifier: Apache-2.0
# config.md and config-linux.md: what must be so and no other script proves. docs/CONFORMANCE.md names these sentences.
# needs: cgroup

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

# ---- mounts: the order ----
fresh
mkdir -p "$TMPDIR/a" "$TMPDIR/b/below" "$bundle/rootfs/data"
echo a >"$TMPDIR/a/name"
echo b >"$TMPDIR/b/name"
program 'cat /data/name; test -d /data/below/deep && echo nested'
mount_of() { printf '{ "destination": "%s", "type": "%s", "source": "%s", "options": [%s] }' "$1" "$2" "$3" "${4-\"bind\"}"; }
mounts="$basic_mounts, $(mount_of /data bind "$TMPDIR/a"), $(mount_of /data bind "$TMPDIR/b"), $(mount_of /data/below/deep tmpfs x '"size=4k"')"
check_equal "$(run 2>&1)" 'b
nested' 'mounts are made in the order listed'
mounts="$basic_mounts, $(mount_of /data bind "$TMPDIR/b"), $(mount_of /data bind "$TMPDIR/a")"
check_equal "$(run 2>&1)" 'a' 'and the other way round in the other order'

# ---- mount options that have no attribute of their own ----
mounts=$basic_mounts
words='iversion noiversion loud silent async mand nomand _netdev nofail auto noauto x-anything'
for word in $words; do
	mounts="$mounts, $(mount_of "/of/$word" tmpfs tmpfs "\"$word\"")"
done
program 'cut -d" " -f2 /proc/mounts | sed -n "s|^/of/||p"'
run >"$TMPDIR/got" 2>/dev/null
for word in $words; do
	check "the option $word is taken" grep -qx "$word" "$TMPDIR/got"
done
attributes="awk '\$5 == \"/data\" { print \$6; for (i = 7; \$i != \"-\"; i++); print \$(i + 3) }' /proc/self/mountinfo"
program "$attributes"
mounts="$basic_mounts, $(mount_of /data tmpfs tmpfs '"lazytime", "nolazytime"')"
check_not 'nolazytime takes back lazytime' sh -c "'$WEIR' --root '$root' run -b '$bundle' c1 | grep -q lazytime" "$(write_config)"
mounts="$basic_mounts, $(mount_of /data bind "$TMPDIR/a" '"rbind", "rnorelatime", "rnostrictatime"')"
check 'rnorelatime and rnostrictatime are taken' run
mounts="$basic_mounts, $(mount_of /data bind "$TMPDIR/a" '"rbind", "rnoatime", "ratime"')"
check_says 'relatime' 'ratime takes back rnoatime' run

# ---- propagation, between the host and the container ----
shared=$TMPDIR/shared
mkdir -p "$shared/sub"
mount -t tmpfs tmpfs "$shared"
mount --make-shared "$shared"
mkdir "$shared/sub" "$shared/back"
trap 'delete_all; umount -R -l "$shared"' EXIT
propagates() { # WORD SEEN-INSIDE SEEN-OUTSIDE
	rm -f "$bundle/rootfs/seen"
	mounts="$basic_mounts, $(mount_of /data bind "$shared" "\"rbind\", \"$1\"")"
	caps='"bounding": ["CAP_SYS_ADMIN"], "permitted": ["CAP_SYS_ADMIN"], "effective": ["CAP_SYS_ADMIN"]'
	program 'mount -t tmpfs inner /data/back; while ! [ -e /go ]; do sleep 0.05; done; ls /data/sub >/seen.new; mv /seen.new /seen; exec sleep 1000'
	rm -f "$bundle/rootfs/go"
	create && weir start c1
	wait_until 20 sh -c "grep -q ' /data/back ' /proc/$(pid_of c1)/mountinfo"
	outside=no
	! grep -q " $shared/back " /proc/self/mountinfo || outside=yes
	mount -t tmpfs outer "$shared/sub"
	touch "$shared/sub/of-the-host" "$bundle/rootfs/go"
	wait_until 20 test -e "$bundle/rootfs/seen"
	check_equal "$(cat "$bundle/rootfs/seen")" "$2" "$1: a mount of the host is ${2:+seen}${2:-not seen} inside"
	check_equal "$outside" "$3" "$1: a mount of the container is seen outside: $3"
	umount "$shared/sub"
	weir delete --force c1
	! grep -q " $shared/back " /proc/self/mountinfo || umount "$shared/back"
}
propagates rslave of-the-host no
propagates slave of-the-host no
propagates rshared of-the-host yes
propagates shared of-the-host yes
propagates rprivate '' no
propagates private '' no

# ---- consoleSize ----
fresh
process='"consoleSize": { "height": 25, "width": 80 }'
program 'echo ran'
check_equal "$(run 2>&1)" ran 'consoleSize is ignored if terminal is unset'
process='"terminal": false, "consoleSize": { "height": 25, "width": 80 }'
check_equal "$(run 2>&1)" ran 'and if it is false'

# ---- cgroupsPath ----
fresh
args='"sleep", "1000"'
for path in "/$parent/deep/er" "$parent-relative/x"; do
	for turn in first second; do
		write_config
		sed -i "s|\"cgroupsPath\": \"[^\"]*\"|\"cgroupsPath\": \"$path\"|" "$bundle/config.json"
		weir run -d -b "$bundle" c1
		sed -n 's/^0:://p' "/proc/$(pid_of c1)/cgroup" >"$TMPDIR/$turn"
		weir delete --force c1
	done
	check_equal "$(cat "$TMPDIR/second")" "$(cat "$TMPDIR/first")" "cgroupsPath $path: the same place each time"
	case $path in
	/*) check_equal "$(cat "$TMPDIR/first")" "$path" 'an absolute cgroupsPath is relative to the cgroups mount point' ;;
	*) check_says "/$path\$" 'a relative one ends as it is written' cat "$TMPDIR/first" ;;
	esac
done
rmdir "/sys/fs/cgroup/$parent/deep" "/sys/fs/cgroup/weir/$parent-relative" 2>/dev/null

# ---- a cgroup that is in use ----
fresh
args='"sleep", "1000"'
mkdir -p "/sys/fs/cgroup/$parent/c1"
sleep 1000 >/dev/null 2>&1 &
sleeper=$!
echo $sleeper >"/sys/fs/cgroup/$parent/c1/cgroup.procs"
check_not 'create generates an error for a cgroup that is not empty' create
check 'and does not kill who lives there' kill -0 $sleeper
echo $sleeper >/sys/fs/cgroup/cgroup.procs
kill $sleeper
echo 1 >"/sys/fs/cgroup/$parent/c1/cgroup.freeze"
wait_until 20 grep -q 'frozen 1' "/sys/fs/cgroup/$parent/c1/cgroup.events"
check_not 'and for one that is frozen' create
check 'which stays' test -d "/sys/fs/cgroup/$parent/c1"
rmdir "/sys/fs/cgroup/$parent/c1"

# ---- unified ----
fresh
linux='"resources": { "unified": { "cgroup.max.depth": "3", "cgroup.max.descendants": "5" } }'
create
check_equal "$(cat "/sys/fs/cgroup/$parent/c1/cgroup.max.depth" "/sys/fs/cgroup/$parent/c1/cgroup.max.descendants")" '3
5' 'unified: what the runtime does not know is written to the relevant file'
weir delete --force c1
linux='"resources": { "unified": { "nosuch.max": "1" } }'
check_says 'nosuch' 'unified: a controller that is not present generates an error' create
check 'nothing is left' nothing_left

# ---- user namespace: owners ----
fresh
touch "$bundle/rootfs/of-root"
before=$(find "$bundle/rootfs" -printf '%u %g %p\n' | sort | cksum)
namespaces="$basic_namespaces, { \"type\": \"user\" }"
linux='"uidMappings": [ { "containerID": 0, "hostID": 100000, "size": 1000 } ], "gidMappings": [ { "containerID": 0, "hostID": 100000, "size": 1000 } ]'
program 'stat -c %u /of-root'
check_equal "$(run 2>&1)" 65534 'a file of the host'\''s root is nobody'\''s in a user namespace'
check_equal "$(find "$bundle/rootfs" -printf '%u %g %p\n' | sort | cksum)" "$before" 'the ownership of the root file system is not changed for a mapping'

# ---- devices ----
fresh
program 'echo "ptmx -> $(readlink /dev/ptmx)"; for d in null zero full random urandom tty; do stat -c "$d %t:%T" /dev/$d; done'
mounts="$basic_mounts, $(mount_of /dev/pts devpts devpts '"newinstance", "ptmxmode=0666", "mode=0620"')"
check_equal "$(run 2>&1)" 'ptmx -> pts/ptmx
null 1:3
zero 1:5
full 1:7
random 1:8
urandom 1:9
tty 5:0' 'the default devices are supplied'

# ---- unknown things ----
fresh
top='"annotations": { "com.example.unknown": "x", "org.example": "" }, "futureThing": { "a": [1, 2.5, null] }'
process='"futureProcess": true'
program 'echo ran'
run >"$TMPDIR/got" 2>&1
check_equal "$(cat "$TMPDIR/got")" ran 'unknown annotations and unknown properties are ignored'
plan
