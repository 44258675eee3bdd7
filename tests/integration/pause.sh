#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pause and resume, as engines call them; that it stands still is seen from what it does.
# needs: cgroup
# timeout: 120

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

ticks=$bundle/rootfs/ticks
program 'while :; do echo x >>/ticks; sleep 0.02; done'
size() { wc -c <"$ticks" 2>/dev/null || echo 0; }
grows() {
	before=$(size)
	wait_until 5 grown
}
grown() { [ "$(size)" -gt "$before" ]; }
stands_still() {
	before=$(size)
	sleep 0.3
	! grown
}
frozen() { cat "/sys/fs/cgroup/$parent/c1/cgroup.events" | sed -n 's/^frozen //p'; }
# A fresh one that runs.
start() {
	weir delete --force c1
	create && weir start c1 && wait_until 5 test -s "$ticks"
}

check 'a container that ticks' start
check 'pause' weir pause c1
check_equal "$tap_status $(cat "$tap_seen")" '0 ' 'and not a word of it'
check 'state: paused' status_is paused
check_says '^c1 .* paused ' 'list: paused' weir list
check 'no tick while it is paused' stands_still
check_equal "$(frozen)" 1 'the kernel reports it frozen'
check 'pause of a paused one is done already' weir pause c1
check_says 'not stopped: paused' 'a paused one cannot be deleted' weir delete c1
check_says 'it is paused' 'nor started' weir start c1
check 'resume' weir resume c1
check 'state: running' status_is running
check 'it ticks again' grows
check_says "container not paused: 'c1' is running" 'resume of a running one is an error' weir resume c1

# ---- signals ----
weir pause c1
check 'a signal to a paused one is taken' weir kill c1 TERM
check 'and waits: it is still paused' status_is paused
check 'kill KILL of a paused one' weir kill c1 KILL
check 'ends it' wait_until 5 status_is stopped
check_says "container not running: 'c1' is stopped" 'a stopped one cannot be paused' weir pause c1
check_not 'which is an error' weir pause c1
check_says 'container not running' 'nor resumed' weir resume c1
check 'delete' weir delete c1
check 'and nothing is left' nothing_left
start
weir pause c1
check 'delete --force of a paused one' weir delete --force c1
check 'and nothing is left' nothing_left
start
weir pause c1
check 'kill --all KILL of a paused one' weir kill --all c1 KILL
check 'ends it' wait_until 5 status_is stopped
weir delete c1

# ---- before its start ----
create
check 'a created one can be paused' weir pause c1
check 'state: paused' status_is paused
check 'and resumed' weir resume c1
check 'state: created' status_is created
check 'and started' weir start c1
check 'state: running' status_is running
weir delete --force c1

# ---- what cannot be ----
check_says "container 'c1' does not exist" 'what does not exist cannot be paused' weir pause c1
check_says "container 'c1' does not exist" 'nor resumed' weir resume c1
write_config
weir --cgroup-manager=disabled run -d -b "$bundle" c1
check_says "pause container 'c1': the container has no cgroup of its own" 'without a cgroup it says so' weir pause c1
weir delete --force c1
# Frozen from above: a thaw of its own does nothing, and resume does not claim that it did.
start
echo 1 >"/sys/fs/cgroup/$parent/cgroup.freeze"
check 'frozen from above it counts as paused' wait_until 5 status_is paused
[ -z "${FULL-}" ] ||
	check_says "'frozen' did not become 0 in time" 'and resume says that it does not help' weir resume c1
echo 0 >"/sys/fs/cgroup/$parent/cgroup.freeze"
check 'thawed from above it runs' wait_until 5 status_is running
plan
