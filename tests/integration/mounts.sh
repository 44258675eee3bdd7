# SPDX-License-Identifier: Apache-2.0
# Mounts: every option word, read back from /proc/self/mountinfo inside; masked and read-only paths; the root.
# needs: cgroup
# timeout: 400

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

source=$TMPDIR/source
mkdir -p "$source/sub" "$bundle/rootfs/data" "$bundle/rel"
echo file >"$source/file"
echo secret >"$source/secret"
echo rel >"$bundle/rel/name"
# A tree of two mounts, for what is recursive.
mount -t tmpfs -o rw,nosuid tmpfs "$source/sub"
mkdir "$source/sub/dir"
trap 'delete_all; umount -l "$source/sub"' EXIT

# attributes PATH: the program prints the flags of the mount and of the file system at PATH.
attributes() { program "awk '\$5 == \"$1\" { print \$6; for (i = 7; \$i != \"-\"; i++); print \$(i + 3) }' /proc/self/mountinfo"; }
# mounted WORDS: a mount of the words at /data, its attributes.
with() { mounts="$basic_mounts, { \"destination\": \"/data\", $1 }"; }
words() { printf '%s' "$1" | sed 's/[^,]*/"&"/g'; }

# ---- attributes of one mount ----
fresh
attributes /data
while read -r list wanted; do
	with "\"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [$(words "$list")]"
	check_equal "$(run 2>&1 | head -n 1)" "$wanted" "tmpfs $list"
done <<'END'
ro ro,relatime
rw rw,relatime
ro,rw rw,relatime
rw,ro ro,relatime
nosuid rw,nosuid,relatime
nosuid,suid rw,relatime
nodev rw,nodev,relatime
nodev,dev rw,relatime
noexec rw,noexec,relatime
noexec,exec rw,relatime
noatime rw,noatime
noatime,atime rw,relatime
noatime,relatime rw,relatime
nodiratime rw,nodiratime,relatime
nodiratime,diratime rw,relatime
strictatime rw
noatime,strictatime rw
nosymfollow rw,relatime,nosymfollow
nosymfollow,symfollow rw,relatime
defaults rw,relatime
async,loud,silent,nomand,norelatime,nostrictatime rw,relatime
ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
END
# ---- of the file system ----
while read -r list pattern; do
	with "\"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [$(words "$list")]"
	check_says "$pattern" "tmpfs $list" run
done <<'END'
sync ^rw,sync
dirsync ^rw,dirsync
lazytime ^rw,lazytime
size=64k,mode=1700,nr_inodes=9 size=64k,nr_inodes=9,mode=1700
END
with "\"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [\"bogus=1\"]"
check_says '/mounts/2: /data: bogus .*Unknown parameter' 'an option that the file system does not know is named' run

# ---- binds ----
program 'cat /data/file; touch /data/new && echo written; ls /data/sub | wc -l'
with "\"type\": \"bind\", \"source\": \"$source\", \"options\": [\"bind\"]"
check_equal "$(run 2>&1)" 'file
written
0' 'bind: the directory without what is mounted on it'
with "\"source\": \"$source\", \"options\": [\"rbind\"]"
check_equal "$(run 2>&1)" 'file
written
1' 'rbind: with it; no type needed'
with "\"type\": \"none\", \"source\": \"$source\", \"options\": [\"rbind\", \"ro\"]"
check_equal "$(run 2>&1)" "file
touch: /data/new: Read-only file system
1" 'rbind,ro: read-only'
program 'touch /data/sub/x && echo below can be written; touch /data/x'
check_equal "$(run 2>&1)" 'below can be written
touch: /data/x: Read-only file system' 'but only the top'
with "\"type\": \"none\", \"source\": \"$source\", \"options\": [\"rbind\", \"rro\"]"
check_equal "$(run 2>&1)" 'touch: /data/sub/x: Read-only file system
touch: /data/x: Read-only file system' 'rbind,rro: all of the tree'
check_not 'a bind changes nothing outside' sh -c "grep ' $source/sub ' /proc/self/mountinfo | grep -q ' ro,'"
program "awk '\$5 ~ \"^/data\" { print \$5, \$6 }' /proc/self/mountinfo"
while read -r list upper lower; do
	with "\"type\": \"bind\", \"source\": \"$source\", \"options\": [\"rbind\",$(words "$list")]"
	run >"$TMPDIR/got" 2>&1
	check_says "^/data $upper" "$list of the top" cat "$TMPDIR/got"
	check_says "^/data/sub $lower" "$list of what is below" cat "$TMPDIR/got"
done <<'END'
rro ro, ro,nosuid
rro,rrw rw, rw,nosuid
rnosuid rw,nosuid rw,nosuid
rsuid rw,rel rw,rel
rnodev rw,nodev rw,nosuid,nodev
rnodev,rdev rw,rel rw,nosuid,rel
rnoexec rw,noexec rw,nosuid,noexec
rnoexec,rexec rw,rel rw,nosuid,rel
rnoatime rw,noatime$ rw,nosuid,noatime$
rnoatime,rrelatime rw,relatime$ rw,nosuid,relatime$
rstrictatime rw$ rw,nosuid$
rnodiratime rw,nodiratime rw,nosuid,nodiratime
rnodiratime,rdiratime rw,rel rw,nosuid,rel
rnosymfollow rw,.*nosymfollow rw,nosuid,.*nosymfollow
rnosymfollow,rsymfollow rw,relatime$ rw,nosuid,relatime$
rro,rw rw, ro,nosuid
END
program 'cat /a/new/file; ls -ld /a/new | cut -c1; cat /etc/fstab; cat /deep/er/dir/file; cat /x/y'
mounts="$basic_mounts, { \"destination\": \"/a/new/file\", \"source\": \"$source/file\", \"options\": [\"bind\"] },
	{ \"destination\": \"/etc/fstab\", \"source\": \"$source/file\", \"options\": [\"bind\", \"ro\"] },
	{ \"destination\": \"/deep/er/dir\", \"source\": \"$source\", \"options\": [\"bind\"] },
	{ \"destination\": \"x/y\", \"source\": \"rel/name\", \"options\": [\"bind\"] }"
check_equal "$(run 2>&1)" 'file
d
file
file
rel' 'files and directories, made where missing; relative destination and source'
with "\"source\": \"$source/nothing\", \"options\": [\"bind\"]"
check_says "/mounts/2: /data: source $source/nothing: No such file or directory" 'a missing source is named' run
with "\"source\": \"$source/file\", \"options\": [\"bind\"]"
check_says '/mounts/2: /data: a file cannot be mounted on a directory' 'a file on a directory is an error' run
with "\"type\": \"bind\", \"source\": \"$source\", \"options\": [\"bind\", \"mode=755\"]"
program true
check_says "warning: /mounts/2/options: 'mode' is of no effect" 'an option that a bind cannot have is warned of' run
ln -sfn "$source/secret" "$source/link"
program 'cat /data2'
mounts="$basic_mounts, { \"destination\": \"/data2\", \"source\": \"$source/link\", \"options\": [\"bind\"] }"
check_equal "$(run 2>&1)" secret 'a source that is a link is followed'
mounts="$basic_mounts, { \"destination\": \"/data2\", \"source\": \"$source/link\", \"options\": [\"bind\", \"src-nofollow\"] }"
check_not 'but not with src-nofollow' run
ln -sfn /etc/group "$bundle/rootfs/to-group"
program 'head -n 1 /to-group /etc/group'
mounts="$basic_mounts, { \"destination\": \"/to-group\", \"source\": \"$source/file\", \"options\": [\"bind\"] }"
check_equal "$(run 2>&1 | grep -c '^file$')" 2 'a destination that is a link is followed, inside'
mounts="$basic_mounts, { \"destination\": \"/to-group\", \"source\": \"$source/file\", \"options\": [\"bind\", \"dest-nofollow\"] }"
check_says '^root:x:0:' 'but not with dest-nofollow, which mounts on the link' run
mounts="$basic_mounts, { \"destination\": \"/etc/new-file\", \"source\": \"$source/file\", \"options\": [\"bind\", \"dest-nofollow\"] }"
program 'cat /etc/new-file'
check_equal "$(run 2>&1)" file 'which takes files'

# ---- remount ----
attributes /data
mounts="$basic_mounts, { \"destination\": \"/data\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" },
	{ \"destination\": \"/data\", \"options\": [\"remount\", \"ro\", \"nodev\"] }"
check_equal "$(run 2>&1 | head -n 1)" ro,nodev,relatime 'remount'

# ---- propagation ----
program "awk '\$5 == \"/data\" || \$5 == \"/data/sub\" { printf \"%s\", \$5; for (i = 7; \$i != \"-\"; i++) printf \" %s\", substr(\$i, 1, 6); print \"\" }' /proc/self/mountinfo"
while read -r word upper lower; do
	with "\"source\": \"$source\", \"options\": [\"rbind\"${word:+, \"$word\"}]"
	case $word in none) with "\"source\": \"$source\", \"options\": [\"rbind\"]" ;; esac
	check_equal "$(run 2>&1)" "$(printf '/data%s\n/data/sub%s' "${upper:+ $upper}" "${lower:+ $lower}" | sed 's/ -//')" "propagation: $word"
done <<'END'
none - -
private - -
rprivate - -
shared shared -
rshared shared shared
unbindable unbind -
runbindable unbind unbind
END

# ---- the root ----
program 'touch /x && echo written; awk "\$5 == \"/\" { print \$6, \$7 }" /proc/self/mountinfo | sed "s/,.*relatime//; s/:.*//"'
check_equal "$(run 2>&1)" 'written
rw -' 'root: can be written, private'
root_more='"readonly": true'
check_equal "$(run 2>&1)" 'touch: /x: Read-only file system
ro -' 'root/readonly'
root_more=''
while read -r word wanted; do
	linux="\"rootfsPropagation\": \"$word\""
	program 'awk "\$5 == \"/\" { for (i = 7; \$i != \"-\"; i++) print substr(\$i, 1, 6) }" /proc/self/mountinfo'
	check_equal "$(run 2>&1)" "$wanted" "rootfsPropagation: $word"
done <<'END'
private
shared shared
unbindable unbind
END

# ---- masked and read-only paths ----
fresh
mkdir -p "$bundle/rootfs/m/dir/below" "$bundle/rootfs/m/dir2"
echo secret | tee "$bundle/rootfs/m/file" "$bundle/rootfs/m/dir/file" "$bundle/rootfs/m/dir2/file" >/dev/null
linux='"maskedPaths": ["/m/dir", "/m/file", "/m/missing", "/m/file/below", "/m/dir2", "/proc/cmdline", "/proc/scsi"],
	"readonlyPaths": ["/etc", "/proc/sys", "/m/missing", "/proc/irq"]'
program 'ls -A /m/dir /m/dir2; cat /m/file; wc -c </proc/cmdline; touch /m/dir/x; touch /etc/x; echo a >/proc/sys/kernel/domainname
	cat /etc/hostname-not-there 2>/dev/null; umount /m/dir; mount -o remount,rw /etc'
caps='"bounding": ["CAP_DAC_OVERRIDE"], "permitted": ["CAP_DAC_OVERRIDE"], "effective": ["CAP_DAC_OVERRIDE"]'
check_equal "$(run 2>&1)" "/m/dir:

/m/dir2:
0
touch: /m/dir/x: Read-only file system
touch: /etc/x: Read-only file system
/prog: line 1: can't create /proc/sys/kernel/domainname: Read-only file system
umount: can't unmount /m/dir: Operation not permitted
mount: permission denied (are you root?)" 'masked paths are empty, read-only ones are read-only, missing ones are fine'
check_equal "$(cat "$bundle/rootfs/m/file" "$bundle/rootfs/m/dir/file")" 'secret
secret' 'and what they cover is as it was'

# ---- without a mount namespace ----
fresh
namespaces='{ "type": "pid" }'
check_says '/mounts: needs a mount namespace' 'mounts without a mount namespace are refused' run
check 'nothing is left' nothing_left
plan
