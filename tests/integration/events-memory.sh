#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# events: memory's numbers, and each kill for want of it.
# needs: memory
# timeout: 60

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

has() { grep -q -e "$1" "$TMPDIR/line"; }
oom() { grep -q '^{"type":"oom","id":"c1"}$' "$TMPDIR/stream"; }

cp "$PROGRAMS/hog" "$bundle/rootfs/bin/"
program 'hog --max 100 --hold 1; exec sleep 1000'
linux='"resources": { "memory": { "limit": 33554432, "swap": 50331648 }, "pids": { "limit": 20 } }'
create
weir events --interval 100s c1 >"$TMPDIR/stream" 2>&1 &
events=$!
# It has armed its files once it waits for them.
wait_until 5 grep -q poll "/proc/$events/wchan"
weir start c1
check 'a kill is told as it happens' wait_until 20 oom
check_equal "$(grep -c oom "$TMPDIR/stream")" 1 'once'
weir events --stats c1 >"$TMPDIR/line"
for word in '"memory":{.*"usage":{"limit":33554432,"usage":[1-9][0-9]*,"max":[1-9][0-9]*,"failcnt":0}' \
	'"swap":{"limit":50331648,"usage":[1-9][0-9]*,' '"raw":{"anon":[0-9]*,"file":' '"events":{"low":0,.*"oom_kill":1' \
	'"events_local":{"low":0,' '"swap_events":{"high":0,"max":' '"pids":{"current":[1-9],"limit":20}'; do
	check "--stats has $word" has "$word"
done
weir kill c1 KILL
wait "$events"
check_equal "$?" 0 'it ends with the container'
plan
