# SPDX-License-Identifier: Apache-2.0
# mounts add and remove: into and out of a container that runs, seen from inside.
# needs: cgroup

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

mkdir "$TMPDIR/data" "$TMPDIR/other"
echo here >"$TMPDIR/data/file"
echo there >"$TMPDIR/other/file"
inside() { weir exec c1 "$@" 2>&1; }
mounts() { printf '%s\n' "$1" >"$TMPDIR/mounts"; }
table() { inside cat /proc/self/mountinfo | wc -l; }

for user in no yes; do
	fresh
	with=''
	if [ $user = yes ]; then
		with=' (user namespace)'
		namespaces="$basic_namespaces, { \"type\": \"user\" }"
		linux='"uidMappings": [ { "containerID": 0, "hostID": 100000, "size": 65536 } ],
			"gidMappings": [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]'
		chown 100000:100000 "$bundle/rootfs" "$bundle/rootfs/mnt"
	fi
	program 'exec sleep 1000'
	write_config
	weir run -d -b "$bundle" c1
	before=$(table)
	mounts "[ { \"destination\": \"/mnt/in\", \"type\": \"bind\", \"source\": \"$TMPDIR/data\", \"options\": [\"bind\", \"ro\"] },
		{ \"destination\": \"/mnt/in-file\", \"type\": \"bind\", \"source\": \"$TMPDIR/other/file\", \"options\": [\"bind\"] },
		{ \"destination\": \"/mnt/tmp\", \"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [\"size=1m\"] },
		{ \"destination\": \"/mnt/proc\", \"type\": \"proc\", \"source\": \"proc\" } ]"
	check "mounts add$with" weir mounts add c1 "$TMPDIR/mounts"
	check_equal "$(inside cat /mnt/in/file)" here 'a directory of the host is seen'
	check_says 'Read-only file system' 'read-only, as asked' inside touch /mnt/in/new
	check_equal "$(inside cat /mnt/in-file)" there 'so is a file'
	check_says ' 1024 .* /mnt/tmp' 'a new file system' inside df -k /mnt/tmp
	check_equal "$(inside cat /mnt/proc/1/comm)" sleep 'a procfs is of the container, not of the host'
	check 'mounts remove' weir mounts remove c1 "$TMPDIR/mounts"
	check_equal "$(table)" "$before" 'all are gone'
	check_says 'No such file' 'and what they showed' inside cat /mnt/in/file
	check_equal "$(cat "$TMPDIR/data/file")" here 'but not on the host'
	weir delete -f c1
	rm -rf "$bundle/rootfs/mnt/in"
done

# ---- all or nothing ----
fresh
program 'exec sleep 1000'
write_config
weir create -b "$bundle" c1
mounts "{ \"mounts\": [ { \"destination\": \"/mnt/a\", \"type\": \"bind\", \"source\": \"$TMPDIR/data\", \"options\": [\"bind\"] },
	{ \"destination\": \"/proc/sys\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" } ] }"
check_says '/mounts/1: /proc/sys: .*may not be covered' 'what create would refuse is refused' weir mounts add c1 "$TMPDIR/mounts"
check_equal "$tap_status" 1 'with status 1'
weir start c1
check_says 'No such file' 'and what came before it is taken back' inside cat /mnt/a/file
check_says '/mounts/1: /proc/sys: lies inside procfs' 'remove of what is not mounted' weir mounts remove c1 "$TMPDIR/mounts"
echo "[ { \"destination\": \"/mnt/a\", \"type\": \"bind\", \"source\": \"$TMPDIR/data\", \"options\": [\"rbind\"] } ]" |
	weir mounts add c1 - 2>"$TMPDIR/got"
check_equal "$(inside cat /mnt/a/file; cat "$TMPDIR/got")" here 'the list may come by stdin'

# ---- id-mapped, and links ----
ln -s file "$TMPDIR/data/link"
chown 1000:1000 "$TMPDIR/data/file"
map='[ { "containerID": 1000, "hostID": 3000, "size": 1 } ]'
mounts "[ { \"destination\": \"/mnt/map\", \"type\": \"bind\", \"source\": \"$TMPDIR/data\", \"options\": [\"bind\", \"idmap\"],
		\"uidMappings\": $map, \"gidMappings\": $map },
	{ \"destination\": \"/mnt/copied\", \"type\": \"bind\", \"source\": \"$TMPDIR/data/link\", \"options\": [\"bind\", \"copy-symlink\"] },
	{ \"destination\": \"/mnt/plain\", \"type\": \"bind\", \"source\": \"$TMPDIR/data/file\", \"options\": [\"bind\", \"copy-symlink\"] } ]"
if weir mounts add c1 "$TMPDIR/mounts" 2>"$TMPDIR/got"; then
	check_equal "$(inside stat -c %u:%g /mnt/map/file)" 3000:3000 'idmap: other owners'
	check_equal "$(inside readlink /mnt/copied) $(inside cat /mnt/plain)" 'file here' 'copy-symlink: a link is copied, a file is bound'
	check 'mounts remove' weir mounts remove c1 "$TMPDIR/mounts"
	check_says 'No such file' 'takes the mounts' inside cat /mnt/map/file
	check_equal "$(inside readlink /mnt/copied)" file 'and leaves the link'
else
	check_says 'idmap of .*Invalid argument' 'idmap: this file system cannot be mapped, and it is said so' cat "$TMPDIR/got"
fi

# ---- no way out ----
ln -s /../../../../../../..$TMPDIR/other "$bundle/rootfs/mnt/link"
mounts "[ { \"destination\": \"/mnt/link/x\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" } ]"
weir mounts add c1 "$TMPDIR/mounts" 2>/dev/null
check 'a link in the container does not lead out' test ! -e "$TMPDIR/other/x"
rm -rf "${bundle:?}/rootfs/tmp/weir-test"*

# ---- nothing else is taken out ----
mkdir "$bundle/rootfs/a"
mounts "[ { \"destination\": \"/a/data\", \"type\": \"bind\", \"source\": \"$TMPDIR/data\", \"options\": [\"bind\"] } ]"
weir mounts add c1 "$TMPDIR/mounts"
before=$(table)
inside sh -c 'mv /a /a2; mkdir /a; ln -s /mnt/a /a/data'
check_says 'is not a mount point\|Not a directory' 'what a link in the place leads to stays' weir mounts remove c1 "$TMPDIR/mounts"
inside sh -c 'rm -r /a; mkdir /a3; ln -s / /a'
mounts '[ { "destination": "/a/mnt/a", "type": "tmpfs", "source": "x" } ]'
check_says 'a symbolic link leads there' 'so does what one on the way leads to' weir mounts remove c1 "$TMPDIR/mounts"
mounts '[ { "destination": "/proc/sys", "type": "tmpfs", "source": "x" } ]'
check_says 'stay as they are' 'and what covers procfs' weir mounts remove c1 "$TMPDIR/mounts"
check_equal "$(table)" "$before" 'nothing was unmounted'

# ---- who may trace in the container sees nobody come ----
cp "$PROGRAMS/spy" "$bundle/rootfs/bin/"
weir exec --detach -c CAP_SYS_PTRACE c1 spy /tmp/seized 4000
wait_until 5 test -e "$bundle/rootfs/tmp/seized"
mounts '[ { "destination": "/mnt/spied", "type": "tmpfs", "source": "x" }, { "destination": "/mnt/proc", "type": "proc", "source": "proc" } ]'
for turn in 1 2 3 4 5 6 7 8; do
	weir mounts add c1 "$TMPDIR/mounts"
	weir mounts remove c1 "$TMPDIR/mounts"
done
check_file "$bundle/rootfs/tmp/seized" '' 'nothing of ours can be seized'
weir exec c1 true
check 'though it is watched' wait_until 5 grep -q pid "$bundle/rootfs/tmp/seized"

# ---- strict input ----
while IFS='@' read -r text wanted; do
	mounts "$text"
	check_says "$wanted" "refused: $text" weir mounts add c1 "$TMPDIR/mounts"
	[ "$tap_status" -eq 1 ] || tap_not_ok "$text: status 1"
done <<'END'
nonsense@mounts add: .*/mounts: line 1
{}@/mounts: required, but missing
"x"@expected an object, found a string
[ { "type": "tmpfs" } ]@/0/destination: required, but missing
[ { "destination": "/a", "options": "ro" } ]@/0/options: expected 
[ { "destination": "/a", "type": "bind" } ]@/source: 
[ { "destination": "/a", "type": "bind", "source": "/nowhere" } ]@/mounts/0: /a: source /nowhere: No such file
[ { "destination": "/a", "type": "luckfs", "source": "x" } ]@/mounts/0: /a: fsopen luckfs: No such device
[ { "destination": "/", "type": "tmpfs", "source": "x" } ]@/mounts/0: /: is the root itself
END
check_says "'put' is neither add nor remove" 'another word' weir mounts put c1 "$TMPDIR/mounts"
check_says "does not exist" 'another container' weir mounts add nobody "$TMPDIR/mounts"
weir kill c1 KILL
wait_until 5 status_is stopped
check_says 'container not running' 'one that has stopped' weir mounts add c1 "$TMPDIR/mounts"
plan
