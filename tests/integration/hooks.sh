# SPDX-License-Identifier: Apache-2.0
# Hooks: all six kinds, what they are told, and what becomes of a container whose hook fails or hangs.
# needs: cgroup
# timeout: 400

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

log=$TMPDIR/log
# hook KIND SCRIPT [MORE]: one hook by the host's shell; MORE are further members.
hook() {
	printf '"%s": [ { "path": "/bin/sh", "args": ["sh", "-c", "%s"], "env": ["PATH=/bin:/usr/bin"]%s } ]' "$1" "$2" "${3:+, $3}"
}
# tells KIND [LOG]: a hook that writes its name and what it is told.
tells() { hook "$1" "printf '%s ' $1 >>${2:-$log}; cat >>${2:-$log}; echo >>${2:-$log}"; }
line() { sed -n "${1}p" "$TMPDIR/all"; }
has() { grep -q -e "$1" "$TMPDIR/line"; }

# ---- all six, in their order, with the state ----
fresh
: >"$log"
: >"$bundle/rootfs/log"
program 'echo program >>/log; exec sleep 1000'
top="\"annotations\": { \"a/b\": \"c/d\" }, \"hooks\": { $(tells poststop), $(tells poststart), $(tells startContainer /log),
	$(tells createContainer), $(tells createRuntime), $(tells prestart) }"
create
pid=$(pid_of c1)
check_equal "$(cut -d' ' -f1 "$log" | tr '\n' ' ')" 'prestart createRuntime createContainer ' 'create runs the three of create, in order'
check_equal "$(cat "$bundle/rootfs/log")" '' 'and not those of start'
weir start c1
check_equal "$(cut -d' ' -f1 "$log" | tr '\n' ' ')" 'prestart createRuntime createContainer poststart ' 'start runs poststart'
wait_until 5 grep -q program "$bundle/rootfs/log"
check_equal "$(cut -d' ' -f1 "$bundle/rootfs/log" | tr '\n' ' ')" 'startContainer program ' 'and startContainer in the container, before the program'
weir delete -f c1
check_equal "$(cut -d' ' -f1 "$log" | tail -n 1)" poststop 'delete runs poststop'
{ sed -n 1,3p "$log" && sed -n 1p "$bundle/rootfs/log" && sed -n 4,5p "$log"; } >"$TMPDIR/all"
check_equal "$(wc -l <"$TMPDIR/all")" 6 'each state is one line'
number=0
for wanted in "prestart creating $pid" "createRuntime creating $pid" 'createContainer creating 1' 'startContainer created 1' \
	"poststart running $pid" 'poststop stopped 0'; do
	number=$((number + 1))
	# shellcheck disable=SC2086
	set -- $wanted
	line $number >"$TMPDIR/line"
	check "$1 is told \"$2\"" has "^$1 {.*\"status\":\"$2\""
	check "$1 is told pid $3" has "\"pid\":$3[,}]"
	check "$1 is told id, bundle, version and annotations, slashes as they are" \
		has "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",.*\"bundle\":\"$bundle\".*\"annotations\":{\"a/b\":\"c/d\"}.*}$"
done

# ---- where each runs ----
fresh
top="\"hooks\": { $(hook createRuntime "readlink /proc/self/ns/mnt /proc/self/ns/net >$log"),
	$(hook createContainer "readlink /proc/self/ns/mnt /proc/self/ns/net >>$log") }"
program 'readlink /proc/self/ns/mnt; readlink /proc/self/ns/net'
run >"$TMPDIR/got"
check_equal "$(head -n 2 "$log")" "$(readlink /proc/self/ns/mnt /proc/self/ns/net)" 'createRuntime is in the runtime'\''s namespaces'
check_equal "$(tail -n 2 "$log")" "$(cat "$TMPDIR/got")" 'createContainer in the container'\''s'

# ---- env, args, input ----
fresh
top="\"hooks\": { \"createRuntime\": [ { \"path\": \"/bin/sh\", \"args\": [\"a name\", \"-c\", \"echo \$0; env; ls /proc/self/fd | wc -l\"], \"env\": [\"A=b c\"] } ] }"
program 'true'
check_equal "$(X=leaked run 2>&1 7</etc | grep -v '^_=\|^PWD=\|^SHLVL=')" 'a name
A=b c
4' 'a hook has the args and the env of the config, and no descriptor of ours'
# More than a pipe holds: 100 KiB of annotations.
many=$(head -c 100000 /dev/zero | tr '\0' x)
for kind in createRuntime createContainer startContainer; do
	top="\"annotations\": { \"many\": \"$many\" }, \"hooks\": { \"$kind\": [ { \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"exec <&-; sleep 0.2\"], \"env\": [\"PATH=/bin\"] } ] }"
	check "a $kind hook that closes its input unread is no failure" run
done
top="\"annotations\": { \"many\": \"$many\" }, \"hooks\": { $(hook createRuntime "sleep 0.2; wc -c >$log") }"
check 'a late reader' run
check 'gets all of it' test "$(cat "$log")" -gt 100000

# ---- failures ----
program 'echo ran >>/ran; sleep 1000'
rm -f "$bundle/rootfs/ran"
for kind in prestart createRuntime createContainer; do
	: >"$log"
	top="\"hooks\": { $(hook $kind 'exit 3'), $(tells poststop) }"
	check_says "hook $kind\\[0\\] /bin/sh: exited with status 3" "a $kind hook that fails is named" create
	check_equal "$tap_status" 1 'and create fails'
	check 'and nothing is left' nothing_left
	check_equal "$(cut -d' ' -f1 "$log")" poststop 'and poststop hooks have run'
done
# Whoever calls may ignore SIGCHLD; env(1) hands that on, which a shell cannot undo.
fresh
top="\"hooks\": { $(hook createRuntime 'exit 3') }"
write_config
check_says 'exited with status 3' 'as well where the caller ignores SIGCHLD' env --ignore-signal=CHLD "$WEIR" --root "$root" create --bundle "$bundle" c1
check 'and nothing is left' nothing_left
top="\"hooks\": { $(hook createRuntime 'kill -9 $$') }"
check_says 'hook createRuntime\[0\] /bin/sh: ended by signal 9 (Killed)' 'one that is killed is named' create
top='"hooks": { "createRuntime": [ { "path": "/bin/true" }, { "path": "/nowhere/hook" } ] }'
check_says 'hook createRuntime\[1\] /nowhere/hook: exec: No such file or directory' 'one that is missing is named, with its number' create
check 'and nothing is left' nothing_left
: >"$log"
top="\"hooks\": { $(hook startContainer 'exit 4'), $(tells poststop) }"
create
check_says 'hook startContainer\[0\] /bin/sh: exited with status 4' 'a startContainer hook that fails is told by start' weir start c1
check_equal "$tap_status" 1 'and start fails'
check 'and the container has stopped' wait_until 5 status_is stopped
weir delete c1
check_not 'and the program has not run' test -e "$bundle/rootfs/ran"
: >"$log"
top="\"hooks\": { $(hook poststart 'exit 5'), $(tells poststop) }"
create
check_says 'hook poststart\[0\] /bin/sh: exited with status 5' 'a poststart hook that fails is told by start' weir start c1
check_equal "$tap_status" 1 'and start fails'
check 'and the container is stopped' wait_until 5 status_is stopped
weir delete c1
check_says 'hook poststart\[0\]' 'in the foreground too' run
check_equal "$tap_status" 1 'and run fails'
check 'and nothing is left' nothing_left
top="\"hooks\": { \"poststop\": [ { \"path\": \"/bin/false\" }, { \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"echo second >$log\"] } ] }"
program 'exit 0'
check_says 'warning: hook poststop\[0\] /bin/false: exited with status 1' 'a poststop hook that fails is a warning' run
check_equal "$tap_status" 0 'no failure'
check_equal "$(cat "$log")" second 'and the next one runs'

# ---- time ----
top="\"hooks\": { $(hook createRuntime "sh -c 'trap : TERM; echo \$\$ >$log; while :; do sleep 1; done' & trap : TERM; sleep 100" '"timeout": 1') }"
began=$(date +%s)
check_says 'hook createRuntime\[0\] /bin/sh: did not end within its timeout of 1 s' 'a hook that hangs is ended' create
check 'in time' test "$(($(date +%s) - began))" -le 3
# Dead is enough: who inherits it reaps it in his own time.
dead() { ! [ -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
check 'with all of its group' wait_until 2 dead "$(cat "$log")"
check 'and nothing is left' nothing_left
top="\"hooks\": { $(hook createRuntime 'sleep 0.3' '"timeout": 5') }"
check 'one that ends in time is fine' run
top="\"hooks\": { $(hook createRuntime 'sleep 3 & exit 0') }"
began=$(date +%s)
check 'a child that it leaves behind' run
check 'holds nobody up' test "$(($(date +%s) - began))" -le 1
plan
