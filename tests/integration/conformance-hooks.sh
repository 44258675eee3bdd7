# SPDX-License-Identifier: Apache-2.0
# config.md, POSIX-platform Hooks: where each kind resolves and runs, when it is called, in which order.
# docs/CONFORMANCE.md names these sentences.
# needs: cgroup

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

out=$TMPDIR/out
mkdir "$out" "$TMPDIR/only-outside"
# A path that only the runtime's namespace has, and one that only the container's root has.
outside=$TMPDIR/only-outside/hook
inside=/only-inside/hook
mkdir "$bundle/rootfs/only-inside" "$bundle/rootfs/out"
cat >"$outside" <<END
#!/bin/sh
# KIND NUMBER: the state from stdin, and what is to be seen at this moment.
state=\$(cat)
id=\$(echo "\$state" | sed 's/.*"id":"\([^"]*\)".*/\1/')
pid=\$(echo "\$state" | sed 's/.*"pid":\([0-9]*\).*/\1/')
echo "\$1 \$2" >>$out/order
[ "\$2" = 1 ] || exit 0
{
	for n in mnt net uts ipc; do readlink /proc/self/ns/\$n; done
} >$out/\$1.namespaces
{
	readlink /proc/\$pid/ns/net
	[ -d /proc/\$pid/root$TMPDIR ] && echo not pivoted
	tr '\\0' ' ' </proc/\$pid/cmdline
	echo
} >$out/\$1.process 2>/dev/null
[ -d /sys/fs/cgroup/$parent/c1 ] && echo cgroup >$out/\$1.cgroup
"$WEIR" --root "$root" state "\$id" >$out/\$1.state 2>&1
[ -e $bundle/rootfs/out/program ] && echo ran >$out/\$1.program
exit 0
END
cat >"$bundle/rootfs$inside" <<'END'
#!/bin/sh
cat >/out/state
{
	for n in mnt net uts ipc; do readlink /proc/self/ns/$n; done
} >/out/startContainer.namespaces
[ -e /out/program ] && echo ran >/out/startContainer.program
echo "startContainer $2" >>/out/order
exit 0
END
chmod 755 "$outside" "$bundle/rootfs$inside"
# two KIND PATH: two hooks of the kind.
two() { printf '"%s": [ { "path": "%s", "args": ["hook", "%s", "1"] }, { "path": "%s", "args": ["hook", "%s", "2"] } ]' "$1" "$2" "$1" "$2" "$1"; }
top="\"hooks\": { $(two poststop "$outside"), $(two poststart "$outside"), $(two startContainer "$inside"),
	$(two createContainer "$outside"), $(two createRuntime "$outside"), $(two prestart "$outside") }"
program 'for n in mnt net uts ipc; do readlink /proc/self/ns/$n; done >/out/namespaces; echo >/out/program; exec sleep 1000'
here() { for n in mnt net uts ipc; do readlink /proc/self/ns/$n; done; }

# ---- create ----
check 'a container whose hooks are at paths of their own namespace is created' create
pid=$(pid_of c1)
for kind in prestart createRuntime createContainer; do
	check "the path of a $kind hook resolves in the runtime namespace" grep -q "^$kind 1" "$out/order"
done
check_equal "$(cat "$out/order")" 'prestart 1
prestart 2
createRuntime 1
createRuntime 2
createContainer 1
createContainer 2' 'hooks are called in the listed order, prestart before createRuntime before createContainer'
for kind in prestart createRuntime; do
	check_equal "$(cat "$out/$kind.namespaces")" "$(here)" "$kind hooks are executed in the runtime namespace"
	check_equal "$(sed -n 1p "$out/$kind.process")" "$(readlink "/proc/$pid/ns/net")" "at $kind the container's namespaces are there"
	check_equal "$(sed -n 2p "$out/$kind.process")" 'not pivoted' "$kind is before the pivot_root"
done
check_equal "$(sed -n 1,2p "$out/createContainer.namespaces")" "$(readlink "/proc/$pid/ns/mnt" "/proc/$pid/ns/net")" \
	'createContainer hooks are executed in the container namespace'
check 'createContainer is before the pivot_root: a path of the host was found in the container namespace' \
	test -s "$out/createContainer.namespaces"
check_not 'no startContainer hook at create' test -e "$bundle/rootfs/out/order"
check_not 'no program at create' test -e "$bundle/rootfs/out/program"

# ---- start ----
weir start c1
# What is there the moment start has returned.
cp "$out/order" "$TMPDIR/after-start"
wait_until 20 test -e "$bundle/rootfs/out/program"
check_equal "$(cat "$bundle/rootfs/out/order")" 'startContainer 1
startContainer 2' 'the path of a startContainer hook resolves in the container namespace'
check_equal "$(cat "$bundle/rootfs/out/startContainer.namespaces")" "$(cat "$bundle/rootfs/out/namespaces")" \
	'startContainer hooks are executed in the container namespace'
check_not 'startContainer hooks are called before the user-specified process is executed' \
	test -e "$bundle/rootfs/out/startContainer.program"
check_equal "$(tail -n 2 "$TMPDIR/after-start")" 'poststart 1
poststart 2' 'poststart hooks are called before start returns; their path resolves in the runtime namespace'
check_equal "$(cat "$out/poststart.namespaces")" "$(here)" 'poststart hooks are executed in the runtime namespace'
check_says '^sh /prog\|^sleep' 'poststart hooks are called after the user-specified process is executed' \
	sed -n '$p' "$out/poststart.process"

# ---- delete ----
weir kill c1 KILL
wait_until 20 status_is stopped
check_not 'poststop hooks are not called while the container is there' grep -q poststop "$out/order"
weir delete c1
check_equal "$(tail -n 2 "$out/order")" 'poststop 1
poststop 2' 'poststop hooks are called before delete returns; their path resolves in the runtime namespace'
check_equal "$(cat "$out/poststop.namespaces")" "$(here)" 'poststop hooks are executed in the runtime namespace'
check_not 'poststop hooks are called after the cgroup is deleted' test -e "$out/poststop.cgroup"

# ---- a failure at start ----
fresh
program 'echo >/out/ran'
for kind in startContainer poststart; do
	rm -f "$out"/* "$bundle/rootfs/out"/*
	top="\"hooks\": { \"$kind\": [ { \"path\": \"/bin/false\" } ], $(two poststop "$outside") }"
	create
	check_not "start generates an error when a $kind hook fails" weir start c1
	check 'the container is stopped' wait_until 20 status_is stopped
	check 'and can be destroyed' weir delete c1
	check_equal "$(cat "$out/order")" 'poststop 1
poststop 2' 'its poststop hooks are invoked'
	check 'nothing is left' nothing_left
done
plan
