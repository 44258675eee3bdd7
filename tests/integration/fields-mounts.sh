# SPDX-License-Identifier: Apache-2.0
# Id-mapped mounts, symbolic links as mounts, labels of mounts: asked for in config.json, read back from inside.
# needs: cgroup
# timeout: 400

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

with() { mounts="$basic_mounts, { \"destination\": \"/data\", $1 }"; }
data=$TMPDIR/data
mkdir -p "$data/deep" && chmod 755 "$data"
echo content >"$data/file" && chown 10:20 "$data/file"

# ---- idmap ----
show='stat -c "%u %g" /data/file'
maps='"uidMappings": [ { "containerID": 10, "hostID": 5000, "size": 10 }, { "containerID": 0, "hostID": 6000, "size": 1 } ],
	"gidMappings": [ { "containerID": 0, "hostID": 7000, "size": 100 } ]'
fresh
program "$show; touch /data/new 2>&1 && stat -c '%u %g' /data/new"
with "\"type\": \"bind\", \"source\": \"$data\", \"options\": [\"bind\", \"idmap\"], $maps"
user='"uid": 6000, "gid": 7003'
seen=$(run 2>&1)
case $seen in
*'idmap of '*'Invalid argument'*)
	skip 'id-mapped mounts' "the file system of $TMPDIR cannot be mapped"
	plan
	exit 0
	;;
esac
check_equal "$seen" '5000 7020
6000 7003' 'idmap: other owners, of what is there and of what is made'
check_equal "$(stat -c '%u %g' "$data/new")" '0 3' 'which are translated back on the disk'
rm -f "$data/new"
user='"uid": 0, "gid": 0'
program "$show"
with "\"type\": \"bind\", \"source\": \"$data\", \"options\": [\"bind\"], $maps"
check_equal "$(run 2>&1)" '5000 7020' 'mappings alone ask for it too'
with "\"source\": \"$data\", \"options\": [\"bind\", \"ro\", \"idmap=uids=10-11-1#0-100-2;gids=20-30-1\"]"
check_equal "$(run 2>&1)" '11 30' 'idmap=uids=…;gids=…'
mount -t tmpfs tmpfs "$data/deep"
touch "$data/deep/file" && chown 10:20 "$data/deep/file"
program 'stat -c "%u %g" /data/file /data/deep/file'
with "\"source\": \"$data\", \"options\": [\"rbind\", \"idmap=uids=10-11-1;gids=20-30-1\"]"
check_equal "$(run 2>&1)" '11 30
10 20' 'idmap: of the mount alone'
with "\"source\": \"$data\", \"options\": [\"rbind\", \"ridmap=uids=10-11-1;gids=20-30-1\"]"
seen=$(run 2>&1)
case $seen in
*'Invalid argument'*) skip 'ridmap: of all below it too' 'this kernel cannot map a tmpfs' ;;
*) check_equal "$seen" '11 30
11 30' 'ridmap: of all below it too' ;;
esac
umount "$data/deep"

# The container's own.
fresh
chown -R 100000:300000 "$bundle/rootfs"
namespaces="$basic_namespaces, { \"type\": \"user\" }"
linux='"uidMappings": [ { "containerID": 0, "hostID": 100000, "size": 100 }, { "containerID": 100, "hostID": 200000, "size": 10 } ],
	"gidMappings": [ { "containerID": 0, "hostID": 300000, "size": 100 } ]'
program "$show"
with "\"type\": \"bind\", \"source\": \"$data\", \"options\": [\"bind\"]"
check_equal "$(run 2>&1)" '65534 65534' 'without it, a user namespace shows nobody'
with "\"type\": \"bind\", \"source\": \"$data\", \"options\": [\"bind\", \"idmap\"]"
check_equal "$(run 2>&1)" '10 20' 'idmap without mappings: those of the container'
program "$show; touch /data/new"
check_equal "$(run 2>&1; stat -c '%u %g' "$data/new")" '10 20
0 0' 'with which what its root makes is the host'\''s root'\''s'
rm -f "$data/new"
program "$show"
with "\"type\": \"bind\", \"source\": \"$data\", \"options\": [\"bind\", \"idmap=uids=@10-104-1;gids=@20-7-1\"]"
check_equal "$(run 2>&1)" '104 7' 'idmap=uids=@…: seen from the container'
with "\"type\": \"bind\", \"source\": \"$data\", \"options\": [\"bind\", \"idmap=uids=@10-99-2;gids=@20-7-1\"]"
check_says '/mounts/2/options: idmap: .@10-99-2.: not within one mapping' 'what does not lie in it is an error' run
program 'exec sleep 1000'
mounts=$basic_mounts
write_config other
weir run -d -b "$bundle" other
namespaces="{ \"type\": \"mount\" }, { \"type\": \"pid\" }, { \"type\": \"user\", \"path\": \"/proc/$(pid_of other)/ns/user\" }"
linux='' args='"stat", "-c", "%u %g", "/data/file"'
with "\"type\": \"bind\", \"source\": \"$data\", \"options\": [\"bind\", \"idmap\"]"
check_equal "$(run 2>&1)" '10 20' 'and those of a user namespace by path'
weir delete -f other

# ---- mistakes ----
fresh
program true
while IFS=@ read -r mount says; do
	with "$mount"
	check_says "$says" "$mount is refused" run
done <<END
"type": "bind", "source": "$data", "options": ["bind", "idmap"]@/mounts/2/options: idmap without mappings, and the container has no
"type": "tmpfs", "source": "tmpfs", $(echo $maps)@/mounts/2: only bind mounts can be id-mapped
"source": "$data", "options": ["bind", "idmap=uids=0-1"]@/mounts/2/options: idmap: '0-1' is not FROM-TO-SIZE
"source": "$data", "options": ["bind", "idmap=uids=0-1-1"]@/mounts/2/options: idmap: needs both
"source": "$data", "options": ["bind", "idmap=uids=0-1-1;x=3"]@/mounts/2/options: idmap: 'x=3' is neither
"source": "$data", "options": ["bind", "idmap=uids=0-4294967295-1;gids=0-0-1"]@is not FROM-TO-SIZE
"source": "$data", "options": ["bind"], "uidMappings": [ { "containerID": 0, "hostID": 1, "size": 1 } ]@/mounts/2/gidMappings: required with uidMappings
"source": "/proc", "options": ["bind", "idmap=uids=0-1-1;gids=0-1-1"]@/mounts/2: /data: idmap of /proc: mount_setattr
END
check 'nothing is left' nothing_left
check_equal "$(grep -c "$data" /proc/self/mountinfo)" 0 'and the host has no mount more'

# ---- symbolic links ----
fresh
ln -sfn ../some/where "$data/link"
rmdir "$bundle/rootfs/data"
with "\"source\": \"$data/link\", \"options\": [\"bind\", \"copy-symlink\"]"
program 'readlink /data'
check_equal "$(run 2>&1)" ../some/where 'copy-symlink: the link itself is made'
check_equal "$(run 2>&1)" ../some/where 'one that is there already with the same content is as good'
ln -sfn elsewhere "$bundle/rootfs/data"
check_says '/mounts/2: /data: is a symbolic link to elsewhere, not to ../some/where' 'another one is an error' run
rm "$bundle/rootfs/data" && mkdir "$bundle/rootfs/data"
check_says '/mounts/2: /data: exists and is no symbolic link' 'and so is a directory' run
with "\"source\": \"$data/file\", \"options\": [\"bind\", \"copy-symlink\"]"
rmdir "$bundle/rootfs/data"
program 'cat /data'
check_says content 'of what is no link it is a bind' run
rm -f "$bundle/rootfs/data"
ln -sfn /etc/passwd "$bundle/rootfs/data"
with "\"source\": \"$data/file\", \"options\": [\"bind\"]"
program 'cat /etc/passwd'
check_says content 'a link in the container is followed' run
with "\"source\": \"$data/file\", \"options\": [\"bind\", \"dest-nofollow\"]"
check_says '^root:' 'but not with dest-nofollow' run
program 'readlink /data || cat /data'
check_says content 'which mounts on the link itself' run
with "\"source\": \"$data/link\", \"options\": [\"bind\", \"src-nofollow\", \"dest-nofollow\"]"
program 'readlink /data'
check_equal "$(run 2>&1)" ../some/where 'with src-nofollow: a link mounted on a link'
rm -f "$bundle/rootfs/data"

# ---- labels ----
fresh
linux='"mountLabel": "system_u:object_r:container_file_t:s0:c715,c811"'
if grep -q selinuxfs /proc/filesystems; then
	skip 'a mount label without SELinux is an error' 'SELinux is on'
else
	check_says '/linux/mountLabel: SELinux is not available in this kernel' 'a mount label without SELinux is an error' run
fi
top='"annotations": { "run.oci.mount_context_type": "loud" }'
check_says "/annotations/run.oci.mount_context_type: unknown value 'loud'" 'an unknown way to label is an error' run
check 'nothing is left' nothing_left
plan
