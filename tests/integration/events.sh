#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# events: the numbers of a container, in the format of runc, until it ends. (Kills: events-memory.sh)
# needs: cgroup
# timeout: 60

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

has() { grep -q -e "$1" "$TMPDIR/line"; }
count() { [ "$(grep -c '"type":"stats"' "$TMPDIR/stream")" -ge "$1" ]; }

program 'sleep 1001 & exec sleep 1002'
linux='"resources": { "unified": { "cgroup.max.depth": "7" } }'
create
check 'a created container has numbers' weir events --stats c1
weir start c1
weir events --stats c1 >"$TMPDIR/line" 2>"$TMPDIR/stderr"
check_equal "$?: $(wc -l <"$TMPDIR/line") $(cat "$TMPDIR/stderr")" '0: 1 ' 'events --stats: one line, and nothing on stderr'
check 'it begins as engines read it' has '^{"type":"stats","id":"c1","data":{"cpu":{"usage":{"total":[1-9][0-9]*,'
for word in '"kernel":[0-9]*,"user":[0-9]*}' '"throttling":{}' '"psi":{"some":{"avg10":[0-9.]*,"avg60":[0-9.]*,"avg300":[0-9.]*,"total":[0-9]*},"full":{' \
	'"cpuset":{.*"sched_load_balance":0,"sched_relax_domain_level":0}' '"memory":{' '"usage":{"limit":[0-9]*,.*"failcnt":0}' \
	'"swap":{"limit":[0-9]*,' '"kernel":{"limit":0,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0}' '"pids":{"current":2' '"blkio":{' \
	'"hugetlb":{' '"intel_rdt":{}' '"network_interfaces":\['; do
	check "and has $word" has "$word"
done
if [ -e "/sys/fs/cgroup/$parent/c1/hugetlb.2MB.current" ]; then
	check 'pages of 2 MiB' has '"2MB":{"failcnt":0}'
fi
check_equal "$("$PROGRAMS/schema-says" defs.json <"$TMPDIR/line")" ok 'it is strict JSON'

weir events --interval 50ms c1 >"$TMPDIR/stream" 2>"$TMPDIR/stderr" &
events=$!
check 'a stream has more than one line' wait_until 10 count 2
check 'paused, it goes on' weir pause c1
seen=$(wc -l <"$TMPDIR/stream")
check 'with more lines' wait_until 10 count $((seen + 2))
weir resume c1
check_says "'0' is not a time" 'an interval of 0 is refused' weir events --interval 0 c1
check_says "'soon' is not a time" 'and one that is none' weir events --interval=soon c1
weir kill c1 KILL
wait "$events"
check_equal "$?: $(cat "$TMPDIR/stderr")" '0: ' 'it ends by itself with the container, with status 0'
check 'each line of it is an event' test "$(grep -vc '^{"type":"stats","id":"c1","data":{.*}}$' "$TMPDIR/stream")" -eq 0
wait_until 5 status_is stopped
check_says 'container not running' 'a stopped one has no numbers' weir events --stats c1
check_says 'container not running' 'and no events' weir events c1
weir delete c1
check_says "container 'c1' does not exist" 'nor has one that does not exist' weir events c1

create && weir start c1
weir events --interval 50ms c1 >"$TMPDIR/stream" 2>"$TMPDIR/stderr" &
events=$!
wait_until 10 grep -q stats "$TMPDIR/stream"
weir delete --force c1
wait "$events"
check_equal "$?: $(cat "$TMPDIR/stderr")" '0: ' 'it ends with a container that is deleted'
plan
