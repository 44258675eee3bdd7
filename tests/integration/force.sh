# SPDX-License-Identifier: Apache-2.0
# Removing what does not give itself up: a create that hangs in a hook, a state file that is damaged.
# needs: cgroup
# timeout: 200

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

# A hook that ignores what asks it to end, leaves a child behind, and says where it is.
hanging() {
	printf '"%s": [ { "path": "/bin/sh", "args": ["sh", "-c", "%s"], "env": ["PATH=/bin:/usr/bin"] } ]' "$1" \
		"trap '' TERM INT HUP; echo \$\$ >${2:-$TMPDIR/hook}; sleep 987654 & wait; sleep 987654"
}
hook_runs() { [ -s "$TMPDIR/hook" ]; }
# Its whole process group: the hook is its leader.
hook_is_gone() { ! kill -0 "-$(cat "$TMPDIR/hook")" 2>/dev/null; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }

# begin HOW...: in the background, up to its hook.
begin() {
	rm -f "$TMPDIR/hook"
	write_config
	"$WEIR" --root "$root" "$@" -b "$bundle" c1 >"$TMPDIR/out" 2>&1 &
	creator=$!
	wait_until 10 hook_runs
}

program 'exec sleep 1000'
for how in create run 'run -d'; do
	top="\"hooks\": { $(hanging createRuntime) }"
	begin $how
	check_says '"status": "creating"' "$how: hangs in its hook" weir state c1
	check 'delete --force does not wait for it' timeout 15 "$WEIR" --root "$root" delete --force c1
	check 'nothing is left' nothing_left
	check 'the creator is gone' wait_until 5 is_gone "$creator"
	check 'and so is the hook' wait_until 5 hook_is_gone
	wait "$creator"
	check_equal "$?" 1 'it ended with an error'
	check_says 'hook createRuntime\[0\] /bin/sh: ended by SIGTERM' 'which it told' cat "$TMPDIR/out"
	begin $how
	kill -TERM "$creator"
	check "$how: SIGTERM ends it" wait_until 5 is_gone "$creator"
	check 'nothing is left' nothing_left
	check 'nor of the hook' wait_until 5 hook_is_gone
done
# In a shell's background SIGINT is ignored, and stays so.
begin create
kill -INT "$creator"
sleep 0.3
check 'an ignored signal does not end it' kill -0 "$creator"
kill -HUP "$creator"
check 'another one does' wait_until 5 is_gone "$creator"
check 'nothing is left' nothing_left

# ---- a hook in the container, and one that is told by the child ----
: >"$bundle/rootfs/hook"
chmod 666 "$bundle/rootfs/hook"
ln -sf "$bundle/rootfs/hook" "$TMPDIR/hook"
for kind in createContainer startContainer; do
	: >"$bundle/rootfs/hook"
	file=/hook
	[ $kind = startContainer ] || file=$bundle/rootfs/hook
	top="\"hooks\": { $(hanging $kind "$file") }"
	write_config
	"$WEIR" --root "$root" run -b "$bundle" c1 >"$TMPDIR/out" 2>&1 &
	creator=$!
	wait_until 10 test -s "$bundle/rootfs/hook"
	kill -TERM "$creator"
	check "$kind: SIGTERM ends a foreground run" wait_until 5 is_gone "$creator"
	check 'nothing is left' nothing_left
done
rm "$TMPDIR/hook"

# ---- a creator that cannot be asked: it is stopped ----
top="\"hooks\": { $(hanging createRuntime) }"
begin create
kill -STOP "$creator"
check 'a creator that is stopped is ended' timeout 25 "$WEIR" --root "$root" delete --force c1
check 'nothing is left' nothing_left
check 'the creator is gone' wait_until 5 is_gone "$creator"
kill -KILL "-$(cat "$TMPDIR/hook")" 2>/dev/null
top=''

# ---- a state file that is damaged, of a container that runs ----
damage() {
	case $1 in
	empty) : >"$root/c1/state.json" ;;
	garbage) head -c 200 /dev/urandom >"$root/c1/state.json" ;;
	cut) head -c 300 "$root/c1/state.json" >"$TMPDIR/cut" && cat "$TMPDIR/cut" >"$root/c1/state.json" ;;
	'not JSON') echo '{ "weirState": 1, "pid": "x" ' >"$root/c1/state.json" ;;
	'another version') sed -i 's/"weirState": 1/"weirState": 99/' "$root/c1/state.json" ;;
	missing) rm "$root/c1/state.json" ;;
	'a directory') rm "$root/c1/state.json" && mkdir "$root/c1/state.json" ;;
	esac
}
for what in empty garbage cut 'not JSON' 'another version' missing 'a directory'; do
	write_config
	weir run -d -b "$bundle" c1
	pid=$(pid_of c1)
	damage "$what"
	check_not "$what: state is an error" weir state c1
	check_not 'so is delete' weir delete c1
	check 'the container runs on' kill -0 "$pid"
	check_says 'its state is damaged' 'delete --force tells' weir delete --force c1
	check_equal "$tap_status" 0 'and removes it'
	check 'its process' wait_until 5 is_gone "$pid"
	check 'and all else' nothing_left
done

# ---- without the copy of the config too: the default path, or what the state still says ----
write_config
sed -i 's|"cgroupsPath": "[^"]*"|"cgroupsPath": ""|' "$bundle/config.json"
weir run -d -b "$bundle" "lost-$$"
pid=$(pid_of "lost-$$")
: >"$root/lost-$$/state.json"
rm "$root/lost-$$/config.json"
check 'the cgroup of the default path is found' weir delete --force "lost-$$"
check 'with its process' wait_until 5 is_gone "$pid"
write_config
weir run -d -b "$bundle" c1
pid=$(pid_of c1)
printf x >>"$root/c1/state.json"
rm "$root/c1/config.json"
check 'so is the one that the state names' weir delete --force c1
check 'with its process' wait_until 5 is_gone "$pid"
check 'nothing is left' nothing_left
# Without a cgroup it is the first process by its pid and start time.
write_config
weir --cgroup-manager=disabled run -d -b "$bundle" c1
pid=$(pid_of c1)
printf x >>"$root/c1/state.json"
check 'without a cgroup' weir delete --force c1
check 'the process that the state names' wait_until 5 is_gone "$pid"
write_config
weir --cgroup-manager=disabled run -d -b "$bundle" c1
pid=$(pid_of c1)
: >"$root/c1/state.json"
rm "$root/c1/config.json"
check_says 'some may be left' 'where nothing tells, that is told' weir delete --force c1
check_equal "$tap_status" 1 'and is no success'
kill -KILL "$pid"
check 'but the name is free' nothing_left
plan
