# SPDX-License-Identifier: Apache-2.0
# --plan: says what would be done, to anyone, and does none of it.
# needs: cgroup

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

program 'echo THE PROGRAM RAN'
linux='"resources": { "pids": { "limit": 7 } }'
top='"hooks": { "prestart": [ { "path": "/bin/touch", "args": ["touch", "'$TMPDIR'/hook"] } ] }'
write_config
for command in run create; do
	check_says '"file": "pids.max"' "$command --plan shows the cgroup's files" weir $command --plan -b "$bundle" c1
	check_equal "$tap_status" 0 'with status 0'
	check_says '"path": "/bin/touch"' 'and the hooks' weir $command --plan -b "$bundle" c1
	check_equal "$(grep -c 'THE PROGRAM RAN' "$tap_seen")" 0 'the program has not run'
	check_not 'nor has the hook' test -e "$TMPDIR/hook"
	check_not 'nothing is kept' test -e "$root"
	check_not 'no cgroup is made' test -e "/sys/fs/cgroup/$parent"
done
weir run --plan -b "$bundle" c1 >"$TMPDIR/first"
weir run --plan -b "$bundle" c1 >"$TMPDIR/second"
check 'twice the same bytes' cmp "$TMPDIR/first" "$TMPDIR/second"
cp "$WEIR" "$TMPDIR/weir"
chmod 755 "$TMPDIR" "$TMPDIR/weir"
setpriv --reuid=65534 --regid=65534 --clear-groups "$TMPDIR/weir" run --plan -b "$bundle" c1 >"$TMPDIR/second" 2>&1
check 'to nobody the same as to root' cmp "$TMPDIR/first" "$TMPDIR/second"
rm -rf "$bundle/rootfs"
check 'the root file system need not be there' weir run --plan -b "$bundle" c1
process='"oomScoreAdj": "x"'
write_config
check_says '^weir: .*/process/oomScoreAdj: expected an integer, found a string' 'a mistake is told in the same words' \
	weir run --plan -b "$bundle" c1
check_equal "$tap_status" 1 'with status 1'
plan
