# SPDX-License-Identifier: Apache-2.0
# runtime.md: what each operation must do, and must not. docs/CONFORMANCE.md names these sentences.
# needs: cgroup

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

# ---- an operation without its container ----
program 'echo >>/ran; exec sleep 1000'
write_config
mkdir "$TMPDIR/empty"
for command in state create start kill delete; do
	check_says '^weir: ' "$command generates an error if it is not provided the ID of a container" weir "$command"
	check_equal "$tap_status" 1 'with status 1'
done
check_not 'create generates an error where there is no bundle' sh -c "cd '$TMPDIR/empty' && '$WEIR' --root '$root' create c1"
for command in start kill delete; do
	check_not "$command of a container that does not exist generates an error" weir "$command" c1
done
check 'nothing is left' nothing_left

# ---- create ----
check 'create creates a container' create
pid=$(pid_of c1)
sleep 0.2
check_not 'the user-specified program is not run by create' test -e "$bundle/rootfs/ran"
check 'while the resources are there: the cgroup with the process in it' grep -qx "$pid" "/sys/fs/cgroup/$parent/c1/cgroup.procs"
check_not 'and its namespaces' test "$(readlink "/proc/$pid/ns/net")" = "$(readlink /proc/self/ns/net)"
before=$(weir state c1)
check_not 'an ID that is not unique generates an error' weir create -b "$bundle" c1
check_equal "$(weir state c1)" "$before" 'and the first container is as it was'
check_not 'delete of a container that is not stopped generates an error' weir delete c1
check_equal "$(weir state c1)" "$before" 'and has no effect'

# ---- config.json after create ----
program 'echo the first >>/ran; exec sleep 1000'
cp "$bundle/config.json" "$TMPDIR/first"
sed 's|"/prog"|"-c", "echo the second >>/ran; exec sleep 1000"|' "$TMPDIR/first" >"$bundle/config.json"
check 'start runs the user-specified program' weir start c1
wait_until 20 test -s "$bundle/rootfs/ran"
check_equal "$(cat "$bundle/rootfs/ran")" 'the first' 'an update of config.json after create does not affect the container'
rm "$bundle/config.json"
check_says '"status": "running"' 'nor does its removal' weir state c1

# ---- start and delete of a running container ----
before=$(weir state c1)
check_not 'start of a container that is running generates an error' weir start c1
check_not 'delete of a container that is running generates an error' weir delete c1
check_equal "$(weir state c1)" "$before" 'and both have no effect'
check_equal "$(cat "$bundle/rootfs/ran")" 'the first' 'the program is not run twice'
weir kill c1 KILL
wait_until 20 status_is stopped

# ---- a stopped container ----
before=$(weir state c1)
for command in start kill; do
	check_not "$command of a container that is stopped generates an error" weir "$command" c1
done
check_equal "$(weir state c1)" "$before" 'and has no effect'
check 'delete of a stopped container' weir delete c1
check_not 'deletes its cgroup' test -e "/sys/fs/cgroup/$parent/c1"
check 'and all that is known of it' nothing_left
check_not 'its state is an error' weir state c1
program 'exec sleep 1000'
check 'once it is deleted its ID may be used again' create
weir delete --force c1

# ---- kill ----
rm -f "$bundle/rootfs/ran"
program 'trap "echo USR1 >>/ran" USR1; trap "echo HUP >>/ran; exit 7" HUP; echo ready >>/ran; while :; do sleep 0.05; done'
create
weir start c1
wait_until 20 test -s "$bundle/rootfs/ran"
heard() { [ "$(wc -l <"$bundle/rootfs/ran")" -ge "$1" ]; }
number=1
for signal in USR1 10 SIGUSR1; do
	number=$((number + 1))
	weir kill c1 $signal
	wait_until 20 heard $number
done
weir kill c1 HUP
wait_until 20 status_is stopped
check_equal "$(cat "$bundle/rootfs/ran" | tr '\n' ' ')" 'ready USR1 USR1 USR1 HUP ' 'kill sends the specified signal to the container process'
weir delete c1
create
check 'a created container can be sent a signal' weir kill c1 KILL
check 'and ends of it' wait_until 20 status_is stopped
weir delete c1

# ---- no process ----
sed '/^"process": {/,/^},/d' "$TMPDIR/first" >"$bundle/config.json"
check 'a container without a process can be created' weir create -b "$bundle" c1
check_says 'process' 'start generates an error if process was not set' weir start c1
check_not 'with a status that says so' weir start c1
weir delete --force c1
check 'nothing is left' nothing_left

# ---- what the container did not create stays ----
fresh
mkdir -p "/sys/fs/cgroup/$parent/others" "$TMPDIR/volume"
echo data >"$TMPDIR/volume/file"
args='"sleep", "1000"'
write_config other
weir run -d -b "$bundle" other
of_other=$(pid_of other)
fresh
namespaces="{ \"type\": \"mount\" }, { \"type\": \"pid\" }, { \"type\": \"network\", \"path\": \"/proc/$of_other/ns/net\" }"
mounts="$basic_mounts, { \"destination\": \"/volume\", \"source\": \"$TMPDIR/volume\", \"options\": [\"bind\"] }"
program 'echo more >/volume/new'
net=$(readlink "/proc/$of_other/ns/net")
run
check_equal "$(cat "$TMPDIR/volume/file" "$TMPDIR/volume/new")" 'data
more' 'delete leaves what was bind-mounted'
check_equal "$(readlink "/proc/$of_other/ns/net")" "$net" 'and a namespace that was joined'
check_says '"status": "running"' 'and another container' weir state other
check 'and cgroups beside its own' test -d "/sys/fs/cgroup/$parent/others"
weir delete --force other
rmdir "/sys/fs/cgroup/$parent/others"

# ---- an error leaves no trace ----
fresh
list() { find "$root" "/sys/fs/cgroup/$parent" 2>/dev/null | grep -v '\.reports' | sort; }
mkdir -p "/sys/fs/cgroup/$parent"
before=$(list)
tree() { find "$bundle/rootfs" ! -path "$bundle/rootfs/data" | sort; }
tree=$(tree)
host=$(cat /proc/self/mountinfo)
mounts="$basic_mounts, { \"destination\": \"/data\", \"type\": \"nosuchfs\", \"source\": \"x\" }"
check_not 'an environment that cannot be created generates an error' create
check_equal "$(list)" "$before" 'and nothing of the container is left'
check_equal "$(cat /proc/self/mountinfo)" "$host" 'no mount either'
mounts=$basic_mounts
linux='"resources": { "unified": { "cgroup.max.depth": "many" } }'
check_not 'a property that cannot be applied generates an error' create
check_equal "$(list)" "$before" 'and no container is created'
linux=''
args='"/nowhere/program"'
check_not 'so does a program that is not there' create
check_equal "$(list)" "$before" 'and no container is created of it'
check_equal "$(tree)" "$tree" 'the root file system is as it was, but for mount points'

# ---- warnings ----
fresh
caps='"bounding": ["CAP_FLY"]'
program 'echo went on; exit 9'
run >"$TMPDIR/got" 2>"$TMPDIR/said"
check_equal "$?" 9 'after a warning the operation continues'
check_equal "$(cat "$TMPDIR/got")" 'went on' 'as if it had not been logged'
check_says 'warning' 'and the warning is there' cat "$TMPDIR/said"
plan
