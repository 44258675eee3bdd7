#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# NOTIFY_SOCKET: what a program in a container says by sd_notify(3), and what of it our caller hears.
# needs: cgroup
# timeout: 60

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

peer=$BUILT/tests/integration/peer
cp "$peer" "$bundle/rootfs/bin/peer"
mkdir "$TMPDIR/host"
socket=$TMPDIR/host/socket
heard=$TMPDIR/heard
notified() { env NOTIFY_SOCKET="$socket" "$WEIR" --root "$root" "$@"; }
# hears COUNT: so many datagrams, from here on.
hears() {
	rm -f "$socket"
	"$peer" datagrams "$socket" "$1" >"$heard" 2>&1 &
	hearing=$!
	wait_until 5 test -S "$socket"
}
says='peer say "$NOTIFY_SOCKET" STATUS=soon "$(printf "STATUS=x\nREADY=1\nMAINPID=1\n")" WATCHDOG=1'
gone() { ! kill -0 "$starting" 2>/dev/null; }

# ---- in the foreground ----
hears 1
program "echo \$NOTIFY_SOCKET; ls -ld \${NOTIFY_SOCKET%/*} | cut -c1-10; grep -c \" \${NOTIFY_SOCKET%/*} ro,nosuid,nodev,noexec\" /proc/self/mountinfo;
	touch \${NOTIFY_SOCKET%/*}/x; $says; echo said \$?; env | grep -c NOTIFY"
write_config
check_equal "$(notified run -b "$bundle" c1 2>"$TMPDIR/stderr" | tr '\n' ' ')" "$socket/notify drwxr-xr-x 1 said 0 1 " \
	'the program has a socket of its own, in a directory that it cannot write to'
check_says 'Read-only file system' 'not even as root' cat "$TMPDIR/stderr"
wait "$hearing"
check_equal "$(cat "$heard")" 'READY=1' 'READY=1 is heard, and nothing else that it said'
check 'nothing is left' nothing_left
user='"uid": 1000, "gid": 1000'
hears 1
program "$says"
write_config
check 'a user of the container is heard' notified run -b "$bundle" c1
wait "$hearing"
check_equal "$(cat "$heard")" 'READY=1' 'all the same'

# ---- create and start ----
fresh
program "until [ -e /go ]; do sleep 0.02; done; $says; exec sleep 1000"
write_config
check 'create does not wait' notified create -b "$bundle" c1
hears 3
notified start c1 >"$TMPDIR/start" 2>&1 &
starting=$!
check 'the program runs' wait_until 5 status_is running
check 'and start waits for it' kill -0 "$starting"
touch "$bundle/rootfs/go"
check 'until it is ready' wait_until 5 gone
wait "$starting"
check_equal "$?: $(cat "$TMPDIR/start")" '0: ' 'with status 0'
wait "$hearing"
check_equal "$(tr '\n' ' ' <"$heard")" "READY=1 MAINPID=$(pid_of c1) BARRIER=1 " 'who called hears of it, and whom to watch'
check_equal "$(weir exec c1 sh -c 'echo $NOTIFY_SOCKET')" '' 'exec is not told'
weir delete --force c1
check 'a start that nobody wants to hear of' notified create -b "$bundle" c1
check 'does not wait' weir start c1
weir delete --force c1

program 'exit 3'
write_config
notified create -b "$bundle" c1
check 'nor one whose program ends' notified start c1
weir delete --force c1
program 'exec sleep 1000'
write_config
notified create -b "$bundle" c1
notified start c1 >"$TMPDIR/start" 2>&1 &
starting=$!
wait_until 5 status_is running
check 'a container whose start waits can be deleted' weir delete --force c1
check 'which ends the start' wait_until 5 gone
rm -f "$bundle/rootfs/go"
program "$says; sleep 1000"
hears 3
check 'run --detach waits too' notified run -d -b "$bundle" c1
wait "$hearing"
check_equal "$(head -n 1 "$heard")" 'READY=1' 'and passes it on'
weir delete --force c1

# ---- names ----
program 'echo $NOTIFY_SOCKET'
env='"PATH=/bin", "NOTIFY_SOCKET=/run/notify/notify.sock"'
write_config
check_equal "$(notified run -b "$bundle" c1)" /run/notify/notify.sock 'one that the config names stays as it is'
env='"PATH=/bin"'
write_config
check_equal "$(env NOTIFY_SOCKET=@abstract "$WEIR" --root "$root" run -b "$bundle" c1)" /run/notify/notify 'an abstract one has a path inside'
check_equal "$(env NOTIFY_SOCKET=vsock:2:3 "$WEIR" --root "$root" run -b "$bundle" c1)" '' 'another kind is passed over'
plan
