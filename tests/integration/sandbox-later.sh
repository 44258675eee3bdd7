#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A sandbox is a container like others: what other commands do with it while it runs.
# needs: memory
# timeout: 60

. "$TESTLIB/tap.sh"

cd "$TMPDIR" || exit 1
root=$TMPDIR/root
weir() { "$WEIR" --root "$root" "$@"; }
the_one() { id=$(weir list -q 2>/dev/null) && [ -n "$id" ] && [ -s up ]; }
ended() { ! kill -0 "$sandbox" 2>/dev/null; }

mkdir shared
chmod 755 "$TMPDIR"
env ODD="$(printf 'a\377b')" "$WEIR" --root "$root" sandbox --memory 64M -- sh -c 'echo up; exec sleep 1000' >up 2>stderr &
sandbox=$!
check 'a sandbox runs' wait_until 10 the_one
check_says '"status": "running"' 'state' weir state "$id"
check_equal "$(weir exec "$id" sh -c 'hostname; pwd; grep -c . /proc/self/cgroup; touch /etc/x 2>/dev/null || echo read-only; echo $ODD')" \
	"$(printf 'sandbox\n%s\n1\nread-only\na?b' "$TMPDIR")" 'exec: its hostname, its directory, its view'
check_equal "$(weir exec "$id" sed -n 's/^CapBnd:.*\(....\)$/\1/p; s/^NoNewPrivs:.//p' /proc/self/status | tr '\n' ' ')" '00fb 1 ' 'and its privileges'
check_equal "$(weir exec "$id" readlink /proc/self/ns/pid)" "$(readlink "/proc/$(weir state "$id" | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')/ns/pid")" 'in its namespaces'
check_says '^\[[0-9]*\]$' 'ps' weir ps --format json "$id"
check_says '"limit":67108864' 'events' weir events --stats "$id"
check 'update' weir update --memory 96M "$id"
check_says '"limit":100663296' 'takes effect' weir events --stats "$id"
check_says '"limit": 100663296' 'and is kept' cat "$root/$id/config.json"
check 'pause' weir pause "$id"
check_says '"status": "paused"' 'which state tells' weir state "$id"
check 'resume' weir resume "$id"
check 'kill' weir kill "$id" KILL
wait "$sandbox"
check_equal "$?" 137 'which is its exit status'
check_equal "$(weir list -q)" '' 'nothing is left'
plan
