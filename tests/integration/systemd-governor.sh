#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The governor's service under systemd, by the unit in contrib: ready when it is ready, and back after kill -9.
# needs: systemd
# timeout: 120

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

unit=/run/systemd/system/weir-governor.service
sed "s|^ExecStart=.*|ExecStart=$WEIR --root $root governor --foreground|" "$TESTLIB/../../../contrib/systemd/weir-governor.service" >"$unit"
systemctl daemon-reload
check 'it starts: systemd was told that it is ready' systemctl start weir-governor
check_equal "$(systemctl show -P StatusText weir-governor)" 'Governing 0 containers' 'with a status'
linux='"resources": { "memory": { "limit": 67108864 } }'
program 'exec sleep 1000'
write_config
weir create --bundle "$bundle" --ladder '50:log' c1 >"$TMPDIR/out" 2>&1 </dev/null
check 'a container' weir start c1
governor_of() { weir governor --status | sed -n 's/^c1 .* //p'; }
is_governed() { [ "$(governor_of)" = service ]; }
check 'it has it' is_governed
check 'and says so' wait_until 5 sh -c '[ "$(systemctl show -P StatusText weir-governor)" = "Governing 1 containers" ]'
pid=$(systemctl show -P MainPID weir-governor)
kill -KILL "$pid"
another() { new=$(systemctl show -P MainPID weir-governor) && [ "$new" != "$pid" ] && [ "$new" != 0 ]; }
check 'killed, it is started anew' wait_until 20 another
check 'and has the container again' wait_until 20 is_governed
check 'the container was not touched' status_is running
check 'it can be stopped' systemctl stop weir-governor
check_equal "$(governor_of)" none 'and leaves the container without a governor'
check_equal "$(cat "/sys/fs/cgroup/$parent/c1/memory.high")" max 'and without a brake'
weir delete --force c1
rm -f "$unit"
systemctl daemon-reload
plan
