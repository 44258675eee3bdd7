#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A create that is still at work: what other commands say meanwhile, at once.
# needs: cgroup
# timeout: 60

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

hang() { printf '#!/bin/sh\n: >%s\nuntil [ -e %s ]; do sleep 0.05; done\n' "$TMPDIR/in-hook" "$TMPDIR/go" >"$TMPDIR/hook"; }
hang
chmod 755 "$TMPDIR/hook"
program 'exec sleep 1000'
top="\"hooks\": { \"createRuntime\": [ { \"path\": \"$TMPDIR/hook\" } ] }"
write_config
# at_once SENTENCE STATUS WORDS ARGUMENTS...
at_once() {
	sentence=$1 status=$2 words=$3
	shift 3
	check_says "$words" "$sentence" timeout 5 "$WEIR" --root "$root" "$@"
	check_equal "$tap_status, $(wc -l <"$tap_seen")" "$status, ${lines:-1}" "$sentence: status $status, one line"
}
"$WEIR" --root "$root" create -b "$bundle" c1 >"$TMPDIR/create" 2>&1 &
creating=$!
check 'a create is in its hook' wait_until 5 test -e "$TMPDIR/in-hook"
check_says '"status": "creating"' 'state' timeout 5 "$WEIR" --root "$root" state c1
at_once start 1 "container 'c1' is still being created" start c1
at_once delete 1 "container 'c1' is still being created" delete c1
at_once pause 1 "container 'c1' is still being created" pause c1
at_once resume 1 "container 'c1' is still being created" resume c1
at_once update 1 "container 'c1' is still being created" update --pids-limit 5 c1
at_once exec 255 "container not running: 'c1' is creating" exec c1 true
at_once events 1 "container not running: 'c1' is creating" events --stats c1
at_once 'a second create' 1 'container with given ID already exists' create -b "$bundle" c1
at_once ps 0 '^\[[0-9]*\]$' ps --format json c1
touch "$TMPDIR/go"
wait "$creating"
check_equal "$? $(cat "$TMPDIR/create")" '0 ' 'the create goes on'
check 'then it can be started' weir start c1
weir delete -f c1
rm -f "$TMPDIR/go" "$TMPDIR/in-hook"
"$WEIR" --root "$root" create -b "$bundle" c1 >"$TMPDIR/create" 2>&1 &
creating=$!
wait_until 5 test -e "$TMPDIR/in-hook"
check 'kill ends its first process' timeout 5 "$WEIR" --root "$root" kill c1 KILL
touch "$TMPDIR/go"
wait "$creating"
check_equal "$?" 1 'and with it the create'
check 'nothing is left' nothing_left
mkdir "$root/c1"
for command in state start delete pause 'update --pids-limit 1' events ps; do
	# shellcheck disable=SC2086
	check_says "container 'c1' does not exist" "claimed, and no more: $command" timeout 5 "$WEIR" --root "$root" $command c1
done
check 'delete --force takes it away' weir delete -f c1
check 'nothing is left' nothing_left
plan
