# SPDX-License-Identifier: Apache-2.0
# Where the runtime's own words go, in the forms that engines read back.
# needs: cgroup

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

peer=$BUILT/tests/integration/peer
has() { grep -q -e "$1" "$TMPDIR/got"; }
log=$TMPDIR/log

# ---- a file ----
for target in "$log" "file:$log"; do
	rm -f "$log"
	check_not "--log $target" weir --log "$target" state nobody
	check_equal "$(sed 's/^20.*Z //' "$log")" "error: container 'nobody' does not exist" 'the error is in the log'
	check_equal "$(cat "$tap_seen")" "weir: container 'nobody' does not exist" 'and on stderr'
done
rm -f "$log"
check 'a success' weir --log "$log" list
check 'leaves no log' test ! -e "$log"
check_says "^weir: --log /nowhere/log: No such file" 'a log that cannot be written is told' weir --log /nowhere/log state nobody
check_says "^weir: --log: 'file:' names nothing" 'a log without a name' weir --log file: state nobody

# ---- JSON: one object, whatever happened before ----
# A warning (a capability that the kernel does not know), then an error.
caps='"bounding": ["CAP_LUCK"]' args='"/nowhere"'
write_config
check_not 'create of what cannot start' weir --log "$log" --log-format json create -b "$bundle" c1
check_equal "$(grep -c '^weir: ' "$tap_seen")" 1 'stderr has it once'
check_equal "$(wc -l <"$log")" 1 'a JSON log has one entry'
cp "$log" "$TMPDIR/got"
check 'the error' has '^{"msg":".*/nowhere.*no such file or directory.*","level":"error","time":"20[^"]*Z"}$'
rm -f "$log"
args='"/bin/true"'
write_config
check 'a container with a warning' weir --log "$log" --log-format json run -b "$bundle" c1
check 'leaves no JSON log' test ! -e "$log"
check_equal "$(cat "$tap_seen")" '' 'and stderr says nothing'
check 'with text' weir --log "$log" run -b "$bundle" c1
check_says ' warning: .*CAP_LUCK' 'the warning is in the log' cat "$log"
check_equal "$(weir --log "$log" run -b "$bundle" c1 2>&1)" '' 'and not on stderr'

# ---- levels ----
rm -f "$log"
check '--log-level error' weir --log "$log" --log-level error run -b "$bundle" c1
check 'drops warnings' test ! -e "$log"
check '--log-level=warning with JSON' weir --log "$log" --log-format json --log-level=warning run -b "$bundle" c1
check_says '"level":"warning"' 'has them' cat "$log"
check_says 'warning: .*CAP_LUCK' 'without --log they are on stderr' weir run -b "$bundle" c1
check_equal "$(weir --log-level error run -b "$bundle" c1 2>&1)" '' 'unless --log-level error'
check_says "unknown level 'loud'" 'an unknown level' weir --log-level loud list
check_says "unknown format 'xml'" 'an unknown format' weir --log-format xml list

# ---- the journal and syslog: beside a /run and a /dev of our own ----
# apart SOCKET COMMAND...: what the command's datagram to SOCKET holds.
apart() {
	# shellcheck disable=SC2016
	peer=$peer out=$TMPDIR/datagram unshare -m --propagation private sh -c '
		mount -t tmpfs tmpfs /run
		mkdir -p /run/systemd/journal
		mount -t tmpfs tmpfs /dev
		mknod -m 666 /dev/null c 1 3
		timeout 10 "$peer" datagram "$1" >"$out" 2>&1 &
		while ! [ -S "$1" ]; do sleep 0.02; done
		shift
		"$@"
		wait' sh "$@"
}
args='"/nowhere"'
write_config
apart /run/systemd/journal/socket "$WEIR" --root "$root" --log journald:pod --log-format json state nobody 2>/dev/null
tr '\0' . <"$TMPDIR/datagram" >"$TMPDIR/got"
for field in '^MESSAGE$' "container 'nobody' does not exist\$" '^PRIORITY$' '3$' '^SYSLOG_IDENTIFIER$' 'pod$' '^ID$'; do
	check "journald: gets $field" has "$field"
done
# The length in front of the message, 64 bits, little-endian.
check_equal "$(sed -n 2p "$TMPDIR/datagram" | od -An -tu1 -N8 | tr -s ' ')" ' 33 0 0 0 0 0 0 0' 'with lengths in front'
apart /dev/log "$WEIR" --root "$root" --log syslog:pod state nobody 2>/dev/null
cp "$TMPDIR/datagram" "$TMPDIR/got"
check 'syslog: gets the error' has "^<11>.* pod\[[0-9]*\]: container 'nobody' does not exist"
check_says "does not exist" 'a journal that is not there is no second error' weir --log journald:pod state nobody
check_equal "$tap_status" 1 'status 1'
plan
