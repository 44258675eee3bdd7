#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a program inside is told, wherever it lives: read-only root, user namespace, another user, exec, sandbox.
# needs: memory
# timeout: 120

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

cp "$PROGRAMS/hog" "$bundle/rootfs/bin/"
mib() { echo $(($1 << 20)); }
limits='"resources": { "memory": { "limit": '$(mib 64)', "swap": '$(mib 64)' } }'
weir_exec() { weir exec c1 "$@"; }
json() { weir_exec sed -n 's/.*"'"$1"'": *\([^,}]*\).*/\1/p' /run/weir/memory.json; }
has_json() { [ "$(json "$1")" = "$2" ]; }

# ---- a read-only root, in a user namespace, as a user of it ----
cat >"$bundle/rootfs/prog" <<'END'
#!/bin/sh
echo "variable $MEMORY_PRESSURE_WATCH"
stat -c 'file %F %u %g' /run/weir/pressure /run/weir/memory.json
touch /run/weir/mine 2>/dev/null && echo 'a file can be made'
exec 3<"$MEMORY_PRESSURE_WATCH"
hog --max 40 --hold 3 >/dev/null &
read -r line <&3
echo "heard $line"
[ -e /run/weir/unready ] && echo 'unready'
wait
while [ -e /run/weir/unready ]; do sleep 0.1; done
echo 'ready again'
exec sleep 1000
END
chmod 755 "$bundle/rootfs/prog"
mkdir -p "$bundle/rootfs/run/weir"
chown -R 100000:300000 "$bundle/rootfs"
namespaces="$basic_namespaces, { \"type\": \"user\" }"
linux='"uidMappings": [ { "containerID": 0, "hostID": 100000, "size": 70000 } ],
	"gidMappings": [ { "containerID": 0, "hostID": 300000, "size": 70000 } ], '$limits
user='"uid": 1000, "gid": 1001'
root_more='"readonly": true'
write_config
weir create --bundle "$bundle" --ladder '50:notify,unready' c1 >"$TMPDIR/out" 2>&1 </dev/null
check 'a container with all of it' weir start c1
check 'it is unready, and ready again' wait_until 20 grep -q '^ready again' "$TMPDIR/out"
check_equal "$(sed -n 1,3p "$TMPDIR/out")" 'variable /run/weir/pressure
file fifo 1000 1001
file regular file 65534 65534' 'the variable, a FIFO that is its own, and a state that is not'
check_equal "$(grep -c 'can be made' "$TMPDIR/out")" 0 'it can write nothing there'
check_says '^heard {"rung": *50,.*"limit": *67108864' 'it heard of the rung by a line' cat "$TMPDIR/out"
check_equal "$(grep -cx unready "$TMPDIR/out")" 1 'and was unready by then'
check 'memory.json says that no rung is left' wait_until 5 has_json rung null
check_equal "$(json unready) $(json limit)" 'false 67108864' 'and the rest'
check_equal "$(weir_exec sh -c 'echo $MEMORY_PRESSURE_WATCH')" /run/weir/pressure 'exec has the variable too'
check_equal "$(weir exec --env MEMORY_PRESSURE_WATCH=/own c1 sh -c 'echo $MEMORY_PRESSURE_WATCH')" /own 'one that is given wins'
check 'an update of the limit' weir update --memory 80m c1
check 'is published' wait_until 5 has_json limit "$(mib 80)"
weir delete --force c1

# ---- one that watches something of its own ----
fresh
linux=$limits env='"PATH=/bin", "MEMORY_PRESSURE_WATCH=/dev/null"'
program 'echo $MEMORY_PRESSURE_WATCH; ls /run/weir'
check_equal "$(run --ladder '50:notify' | tr '\n' ' ')" '/dev/null memory.json pressure ' 'its own variable stays, and the files are there'
linux=$limits env='"PATH=/bin"'
program 'echo ${MEMORY_PRESSURE_WATCH-unset}; ls -d /run/weir 2>&1'
rm -rf "$bundle/rootfs/run/weir"
check_says '^unset' 'without a ladder there is no variable' run
check_equal "$(run 2>/dev/null | grep -cx /run/weir)" 0 'and no directory'

# ---- events for programs of the host, signals for all ----
peer=$BUILT/tests/integration/peer
"$peer" datagram "$root/.events" >"$TMPDIR/event" 2>&1 &
wait_until 5 test -S "$root/.events"
program "trap 'echo parent' USR1; hog --shed-on USR1 --rate 60 --max 40 --hold 2 & wait; wait; wait"
check_says '^parent' 'signal: with @all the first process hears' run --ladder '50:event,signal:USR1@all'
check_says 'signal  *SIGUSR1 to 2 processes' 'and its child' weir memory explain c1
check_says '"type": *"memory".*"id": *"c1".*"rung": *"50".*"limit": *67108864' 'event: a program of the host is told' cat "$TMPDIR/event"
rm -f "$root/.events"
check 'where nobody listens it is as if nobody had asked' run --ladder '50:event'

# ---- a service by the words of the protocol, in a sandbox ----
check_says '^heard with \(2[8-9]\|3[0-9]\|40\) MiB' 'sandbox: a client hears at half of 64 MiB' \
	weir sandbox --memory 64M --ladder '50:notify' -- "$PROGRAMS/pressure-client" protocol
check_equal "$tap_status" 0 'and lives'
check_status 0 'what systemd told its caller of is not taken for its own' env MEMORY_PRESSURE_WATCH=/sys/fs/cgroup/x/memory.pressure \
	"$WEIR" --root "$root" sandbox --memory 64M --ladder '50:notify' -- "$PROGRAMS/pressure-client" protocol
check_status 2 'without a ladder it finds nobody' weir sandbox --memory 64M -- "$PROGRAMS/pressure-client" protocol
plan
