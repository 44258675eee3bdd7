# SPDX-License-Identifier: Apache-2.0
# Strict input, by runs: each refused config of tests/spec/cases.txt, of which nothing runs and nothing is left; files
# that never end; and the state on a file system that is full.
# needs: cgroup
# timeout: 300

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"
. "$TESTLIB/../../attack/lib/host.sh"

spec=$TESTLIB/../../spec
host_begin
mkdir -p "$root" "/sys/fs/cgroup/$parent"

# ---- the table ----
count=0 wrong=0 line=0
# A push takes a sixth of them, another one with each commit: that they are refused is tested of all by test-spec-cases.
stride=6
[ -z "${FULL-}" ] || stride=1
turn=$(($("$WEIR" --version | sed -n 's/^commit: //p' | cksum | cut -d ' ' -f 1) % stride))
top_srcdir=$TESTLIB/../../..
export top_srcdir
while IFS='|' read -r path json answer; do
	path=${path% } json=${json# } json=${json% } answer=${answer# }
	case $path in '' | '#'*) continue ;; esac
	case $answer in ok | *ignored | *ignored\ * | *'left out'*) continue ;; esac
	line=$((line + 1))
	[ $((line % stride)) -eq $turn ] || continue
	"$BUILT/tests/programs/config-of" base.json --put "$path" "$json" >"$bundle/config.json" 2>"$TMPDIR/seen" || { echo "no config: $path $json"; continue; }
	count=$((count + 1))
	status=0
	"$WEIR" --root "$root" run -b "$bundle" c1 >"$TMPDIR/out" 2>"$TMPDIR/seen" || status=$?
	if [ $status -ne 1 ] || [ -s "$TMPDIR/out" ] || ! grep -q -F -e "${path%%/-}" "$TMPDIR/seen" || ! nothing_left; then
		grep -q -F -e "$answer" "$TMPDIR/seen" && nothing_left && [ $status -eq 1 ] && continue
		wrong=$((wrong + 1))
		note "$path | $json: status $status, wanted $answer, got $(cat "$TMPDIR/seen")"
	fi
done <"$spec/cases.txt"
check_equal "$wrong" 0 "$count configs: each refused at its JSON path, nothing ran, nothing is left"
check 'there are at least 250 of them' test $line -ge 250
host_unharmed 'all of them'

# ---- what has no end, or too much of one ----
rm -f "$bundle/config.json"
write_config
cp "$bundle/config.json" "$TMPDIR/good"
{ cat "$TMPDIR/good"; head -c 67108864 /dev/zero | tr '\0' ' '; } >"$bundle/config.json"
check_says 'config.json: ' '64 MiB: refused' timeout 5 sh -c "ulimit -v 200000; '$WEIR' --root '$root' run -b '$bundle' c1"
check_equal "$tap_status" 1 'with an error'
{ printf '{ "x": '; head -c 1500000 /dev/zero | tr '\0' '['; } >"$bundle/config.json"
check_says 'config.json: .*deep\|config.json: .*nest' 'a depth of 1,500,000: refused' timeout 5 "$WEIR" --root "$root" run -b "$bundle" c1
check_equal "$tap_status" 1 'with an error'
host_unharmed 'endless configs'
for file in passwd group; do
	cp "$TMPDIR/good" "$bundle/config.json"
	sed -i 's|"args": \[[^]]*\]|"args": ["true"]|' "$bundle/config.json"
	mv "$bundle/rootfs/etc/$file" "$TMPDIR/$file"
	mkfifo "$bundle/rootfs/etc/$file"
	check "/etc/$file is a pipe: the container does not wait for it" timeout 5 "$WEIR" --root "$root" run -b "$bundle" c1
	rm "$bundle/rootfs/etc/$file"
	ln -s /dev/zero "$bundle/rootfs/etc/$file"
	check "/etc/$file is endless" timeout 5 "$WEIR" --root "$root" run -b "$bundle" c1
	rm "$bundle/rootfs/etc/$file"
	truncate -s 10G "$bundle/rootfs/etc/$file"
	check "/etc/$file is of 10 GiB" timeout 5 "$WEIR" --root "$root" run -b "$bundle" c1
	rm "$bundle/rootfs/etc/$file"
	mv "$TMPDIR/$file" "$bundle/rootfs/etc/$file"
done
host_unharmed 'passwd and group'

# ---- a state directory that is full, or read-only ----
cp "$TMPDIR/good" "$bundle/config.json"
program 'exec sleep 1000'
small=$TMPDIR/small
mkdir "$small"
full() {
	mount -t tmpfs -o "size=$1,nr_inodes=$2" tmpfs "$small"
	if timeout 10 "$WEIR" --root "$small/root" create -b "$bundle" c1 >"$TMPDIR/seen" 2>&1; then
		timeout 10 "$WEIR" --root "$small/root" delete --force c1 >>"$TMPDIR/seen" 2>&1 || echo "delete: $(cat "$TMPDIR/seen")"
	else
		grep -q 'No space left' "$TMPDIR/seen" || echo "no reason: $(cat "$TMPDIR/seen")"
	fi
	find "$small" -mindepth 2 ! -name .reports
	find "/sys/fs/cgroup/$parent" -mindepth 1 -type d
	umount "$small" || umount -l "$small"
}
for pages in 1 2 3 4 5; do
	check_equal "$(full $((pages * 4))k 100)" '' "$pages pages: an error or a container, nothing left"
done
for inodes in 1 2 3 4 5 6 7 8; do
	check_equal "$(full 1m $inodes)" '' "$inodes inodes: an error or a container, nothing left"
done
mount -t tmpfs -o ro tmpfs "$small"
check_says 'Read-only file system' 'a read-only root is told' weir --root "$small/root" create -b "$bundle" c1
umount "$small"
host_unharmed 'a full state directory'
plan
