#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The governor's service and whoever talks to it: one for a root, few and short requests, no harm from bad ones.
# needs: cgroup
# timeout: 60

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

peer=$BUILT/tests/integration/peer
socket=$root/.governor
asks() { "$peer" packet "$socket" "$1"; }
listens() { asks 'weir1 hosts x' | grep -qx no; }

# ---- for systemd ----
check_says 'usage: weir governor' 'there is a help' weir governor --help
"$peer" datagram "$TMPDIR/notify" >"$TMPDIR/said" 2>&1 &
wait_until 5 test -S "$TMPDIR/notify"
mkdir -p "$root"
NOTIFY_SOCKET=$TMPDIR/notify "$WEIR" --root "$root" governor --foreground >"$TMPDIR/out" 2>&1 &
service=$!
check 'it listens in the root' wait_until 5 listens
check_equal "$(cat "$TMPDIR/said")" 'STATUS=Governing 0 containers' 'and tells systemd'
check_equal "$(stat -c %a "$socket")" 600 'with a socket of its user alone'
check_equal "$(cat "/proc/$service/comm")" weir-governor 'by that name'
check_equal "$(sed -n 's/^NoNewPrivs:.//p' "/proc/$service/status")" 1 'without new privileges'

# ---- one for a root ----
check_says 'another governor has this root already' 'a second one is refused' weir governor --foreground
check_not 'in the background too' weir governor
check 'and the first one listens' listens

# ---- bad requests ----
check_says '^no: an unknown request' 'another verb' asks 'weir1 stop c1'
check_says '^no: an unknown request' 'another version' asks 'weir2 govern c1'
check_says '^no: container id is empty' 'no id' asks 'weir1 govern '
check_says '^no: container id .* is invalid' 'a path' asks 'weir1 govern ../c1'
check_says '^no: container id .c1$' 'a line end' asks 'weir1 govern c1
'
check_says '^no: a request that is none' 'too long a one' asks "weir1 govern $(head -c 1000 /dev/zero | tr '\0' a)"
check_says '^no: container .nobody. does not exist' 'nobody' asks 'weir1 govern nobody'
mkdir "$root/empty" "$root/torn"
echo '{"weirState": 1, "id":' >"$root/torn/state.json"
check_says '^no: ' 'a directory without a state' asks 'weir1 govern empty'
check_says '^no: .*state.json' 'a state that is torn' asks 'weir1 govern torn'
rm -r "$root/empty" "$root/torn"
program 'exec sleep 1000'
create
check_says '^no: it has no ladder' 'a container without a ladder' asks 'weir1 govern c1'
weir delete --force c1
if [ "$(id -u)" -eq 0 ] && setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
	chmod 711 "$root" "$TMPDIR"
	cp "$peer" "$TMPDIR/peer"
	check_not 'another user cannot even connect' setpriv --reuid 65534 --clear-groups "$TMPDIR/peer" packet "$socket" 'weir1 hosts x'
	chmod 666 "$socket"
	check_says '^no: user 65534 may not ask' 'and where it can it may not ask' \
		setpriv --reuid 65534 --clear-groups "$TMPDIR/peer" packet "$socket" 'weir1 hosts x'
fi

# ---- those who say nothing ----
"$peer" crowd "$socket" 150 >"$TMPDIR/crowd" 2>&1 &
crowd=$!
wait_until 5 grep -q here "$TMPDIR/crowd"
began=$(date +%s)
check '150 that say nothing do not keep one from being heard' listens
check 'for longer than a few seconds' test $(($(date +%s) - began)) -lt 6
kill "$crowd"

# ---- killed, and ended ----
kill -KILL "$service"
wait "$service" 2>/dev/null
check 'a socket is left by one that is killed' test -S "$socket"
create
check 'where nobody listens, a container is created all the same' status_is created
weir delete --force c1
check 'the next one, in the background, says when it is ready' weir governor
check 'and listens' listens
kill -TERM "$(cat "$root/.governor.lock")"
gone() { ! [ -e "$socket" ]; }
check 'it takes its socket with it' wait_until 5 gone
check 'the hosts of no container are listed' weir governor --status
plan
