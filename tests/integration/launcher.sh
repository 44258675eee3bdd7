#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# needs: cgroup
# The launcher's commands, as a person or an engine calls them; effects are read from inside.
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

work=$(mktemp -d)
root=$work/root
bundle=$work/bundle
mkdir -p "$bundle"
sh "$TESTLIB/mkrootfs" "$bundle/rootfs"
weir() { "$WEIR" --root "$root" "$@"; }

# config JQ-LIKE-SED...: the default config with the given sed edits.
config() {
	rm -f "$bundle/config.json"
	"$WEIR" spec --bundle "$bundle"
	for edit in "$@"; do
		sed -i "$edit" "$bundle/config.json"
	done
}
# program WORDS...: an edit that makes the default config run a shell line.
shell() {
	printf 's|"sh"|"sh", "-c", "%s"|' "$1"
}
output() { weir run --bundle "$bundle" c1 2>&1; }
cleanup() {
	for id in $(weir list -q 2>/dev/null); do
		weir delete --force "$id" 2>/dev/null
	done
	rm -rf "$work"
}
trap cleanup EXIT

nothing_left() {
	[ -z "$(weir list -q)" ] || return 1
	[ "$(find "$root" -mindepth 1 -maxdepth 1 ! -name .reports | wc -l)" = 0 ] || return 1
	! [ -d /sys/fs/cgroup/weir/c1 ]
}

# ---- run ----
config "$(shell 'echo hello')"
check "run prints what the program prints" test "$(output)" = hello
check "and leaves nothing behind" nothing_left
config "$(shell 'exit 42')"
output >/dev/null
check "the exit status is the program's" test $? = 42
config "$(shell 'kill -9 $$')"
output >/dev/null
check "a signal is 128 and its number" test $? = 137
config "$(shell 'kill -15 $$; sleep 1; echo alive')"
check "pid 1 of a pid namespace ignores SIGTERM unless it handles it" test "$(output)" = alive

# ---- what the program finds ----
config "$(shell 'hostname; id -u; id -g; pwd; umask; echo $$; cat /proc/self/cgroup')"
got=$(output | tr '\n' ' ')
check "hostname, ids, cwd, pid 1, its own cgroup at the root: $got" \
	sh -c 'case "$1" in "weir 0 0 / 0022 1 0::/ ") ;; *) exit 1 ;; esac' sh "$got"
config "$(shell 'touch /x')"
output >/dev/null
check "a read-only root is read-only" test $? = 1
config "$(shell 'ls /proc/1/fd | tr \\\\n \\\" \\\"')" "s|tr .*\"|wc -w\"|"
check "no descriptor but stdio gets in (3 and the one of ls itself)" sh -c 'test "$1" -le 4' sh "$(output 7</ 8</etc)"
config "$(shell 'cat /proc/self/status')"
got=$(output)
check "no_new_privs is set" sh -c 'echo "$1" | grep -q "NoNewPrivs:.*1"' sh "$got"
check "the capabilities are exactly the three asked for" \
	sh -c 'echo "$1" | grep -q "CapEff:.*0000000020000420"' sh "$got"
check "the bounding set too" sh -c 'echo "$1" | grep -q "CapBnd:.*0000000020000420"' sh "$got"
check "and nothing is inheritable" sh -c 'echo "$1" | grep -q "CapInh:.*0000000000000000"' sh "$got"
config "$(shell 'cat /proc/mounts')"
got=$(output)
for mount in "proc /proc proc" "tmpfs /dev tmpfs" "devpts /dev/pts devpts" "shm /dev/shm tmpfs" \
	"mqueue /dev/mqueue mqueue" "sysfs /sys sysfs ro"; do
	check "mounted: $mount" sh -c 'echo "$1" | grep -q "^$2"' sh "$got" "$mount"
done
config "$(shell 'for d in null zero full random urandom tty; do test -c /dev/$d || echo no $d; done; readlink /dev/fd /dev/stdin /dev/stdout /dev/stderr /dev/ptmx')"
check "the default devices and links are there" \
	test "$(output | tr '\n' ' ')" = "/proc/self/fd /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 pts/ptmx "
config "$(shell 'ip addr show lo | grep -c UP,LOOPBACK\\\\|LOOPBACK,UP')"
check "loopback is up" test "$(output)" = 1
config "$(shell 'wc -c </proc/kcore; echo x >/proc/sys/kernel/hostname')"
got=$(output)
check "a masked path is empty" sh -c 'echo "$1" | grep -q "^0"' sh "$got"
check "a read-only path is read-only" sh -c 'echo "$1" | grep -qi "read-only"' sh "$got"

# ---- create, start, state, kill, delete ----
config "$(shell 'exec sleep 1000')"
check "create" weir create --bundle "$bundle" --pid-file "$work/pid" c1
check "state: created" sh -c '"$0" --root "$1" state c1 | grep -q "\"status\": \"created\""' "$WEIR" "$root"
check "the pid file names the first process" \
	sh -c 'test "$(cat "$1")" = "$("$0" --root "$2" state c1 | sed -n "s/.*\"pid\": \([0-9]*\).*/\1/p")"' \
	"$WEIR" "$work/pid" "$root"
got=$(weir create --bundle "$bundle" c1 2>&1)
check "an id cannot be used twice: $got" sh -c 'test "$1" = "weir: container with given ID already exists: '\''c1'\''"' sh "$got"
check "a created container cannot be deleted" sh -c '! "$0" --root "$1" delete c1 2>/dev/null' "$WEIR" "$root"
check "start" weir start c1
check "state: running" sh -c '"$0" --root "$1" state c1 | grep -q "\"status\": \"running\""' "$WEIR" "$root"
got=$(weir start c1 2>&1)
check "a second start is refused: $got" sh -c 'case "$1" in *"it is running") ;; *) exit 1 ;; esac' sh "$got"
got=$(weir delete c1 2>&1)
check "a running one cannot be deleted: $got" sh -c 'case "$1" in *"not stopped: running") ;; *) exit 1 ;; esac' sh "$got"
check "list names it" sh -c '"$0" --root "$1" list | grep -q "^c1 .* running "' "$WEIR" "$root"
check "list --format json is an array of one" sh -c '"$0" --root "$1" list -f json | grep -c "\"id\": \"c1\"" | grep -qx 1' "$WEIR" "$root"
check "kill" weir kill c1 KILL
stopped() {
	tries=0
	while [ $tries -lt 50 ]; do
		weir state "$1" | grep -q '"status": "stopped"' && return 0
		tries=$((tries + 1))
		sleep 0.1
	done
	return 1
}
check "state: stopped" stopped c1
got=$(weir kill c1 2>&1)
check "a stopped one cannot be killed: $got" sh -c 'case "$1" in *"container not running"*) ;; *) exit 1 ;; esac' sh "$got"
got=$(weir start c1 2>&1)
check "nor started: $got" sh -c 'case "$1" in *"cannot start a container that has stopped"*) ;; *) exit 1 ;; esac' sh "$got"
check "delete" weir delete c1
check "and nothing is left" nothing_left
got=$(weir delete c1 2>&1)
check "delete of what does not exist fails: $got" sh -c 'case "$1" in *"does not exist"*) ;; *) exit 1 ;; esac' sh "$got"
check "but not with --force" weir delete --force c1
check "run --detach and delete --force" sh -c '"$0" --root "$1" run -d -b "$2" c1 && "$0" --root "$1" delete -f c1' "$WEIR" "$root" "$bundle"
check "leave nothing either" nothing_left

# ---- what cannot start ----
config 's|"sh"|"/nope"|'
got=$(weir create --bundle "$bundle" c1 2>&1)
check "a missing program is told at create, in the words engines look for: $got" \
	sh -c 'case "$1" in *"executable file not found in \$PATH"*) echo "$1" | grep -qi "no such file or directory" ;; *) exit 1 ;; esac' sh "$got"
check "and nothing is left" nothing_left
config 's|"/proc",|"/proc", "options": ["bogus=1"],|'
weir run -b "$bundle" c1 >/dev/null 2>&1
check "a mount that fails is an error" test $? = 1
check "and leaves nothing" nothing_left
plan
