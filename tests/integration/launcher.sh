# SPDX-License-Identifier: Apache-2.0
# The launcher's commands, as a person or an engine calls them; effects are read from inside.
# needs: cgroup
# timeout: 400

. "$TESTLIB/tap.sh"

root=$TMPDIR/root
bundle=$TMPDIR/bundle
mkdir -p "$bundle"
sh "$TESTLIB/mkrootfs" "$bundle/rootfs"
weir() { "$WEIR" --root "$root" "$@"; }

# config [EDIT...]: the default config, running /prog of the rootfs, with sed edits.
config() {
	rm -f "$bundle/config.json"
	"$WEIR" spec --bundle "$bundle"
	sed -i 's|"terminal": true|"terminal": false|' "$bundle/config.json"
	sed -i 's|"sh"$|"sh", "/prog"|' "$bundle/config.json"
	for edit in "$@"; do
		sed -i "$edit" "$bundle/config.json"
	done
}
# program: its text from stdin.
program() { cat >"$bundle/rootfs/prog"; }
run() { weir run --bundle "$bundle" c1; }

trap 'for id in $(weir list -q 2>/dev/null); do weir delete --force "$id"; done' EXIT

nothing_left() {
	[ -z "$(weir list -q)" ] && ! [ -d /sys/fs/cgroup/weir/c1 ] &&
		[ -z "$(find "$root" -mindepth 1 -maxdepth 1 ! -name .reports)" ]
}
has() { grep -q -e "$1" "$TMPDIR/got"; }
line() { sed -n "${1}p" "$TMPDIR/got"; }
status_is() { weir state c1 | grep -q "\"status\": \"$1\""; }

# ---- run ----
config
program <<'END'
echo hello
END
check_equal "$(run 2>&1)" hello 'run prints what the program prints'
check 'and leaves nothing behind' nothing_left
echo 'exit 42' | program
check_status 42 'the exit status is the program'\''s' run
printf '%s\n' 'trap "exit 3" TERM' 'kill -TERM $$' 'sleep 5' | program
check_status 3 'a program handles its signals' run
printf '%s\n' 'kill -TERM $$' 'echo alive' | program
check_equal "$(run 2>&1)" alive 'pid 1 of a pid namespace is not ended by a signal it does not handle'

# ---- what the program finds ----
program <<'END'
hostname
id -u
id -g
pwd
umask
echo $$
sed -n s/^0:://p /proc/self/cgroup
touch /x 2>/dev/null || echo read-only
ls /proc/self/fd | wc -l
cat /proc/kcore 2>/dev/null | wc -c
ls -A /sys/firmware | wc -l
echo x 2>/dev/null >/proc/sys/kernel/shmmax || echo read-only too
END
run >"$TMPDIR/got" 2>&1 7</ 8</etc
for wanted in 'weir=hostname' '0=uid' '0=gid' '/=working directory' '0022=umask' '1=pid' \
	'/=cgroup' 'read-only=root file system' '4=open descriptors (stdio and the one of ls)' \
	'0=bytes in a masked file' '0=entries in a masked directory' 'read-only too=/proc/sys'; do
	number=$((${number:-0} + 1))
	check_equal "$(line $number)" "${wanted%%=*}" "inside: ${wanted#*=}"
done
program <<'END'
cat /proc/self/status /proc/mounts
for d in null zero full random urandom tty; do
	test -c /dev/$d && echo device $d
done
for l in fd stdin stdout stderr ptmx; do echo link $l $(readlink /dev/$l); done
ip addr show lo
echo x >/dev/null && echo wrote null
END
run >"$TMPDIR/got" 2>&1
for pattern in 'NoNewPrivs:.1' 'CapEff:.0000000020000420' 'CapPrm:.0000000020000420' 'CapBnd:.0000000020000420' \
	'CapInh:.0000000000000000' 'CapAmb:.0000000000000000' '^proc /proc proc' '^tmpfs /dev tmpfs rw,nosuid' \
	'^devpts /dev/pts devpts' '^shm /dev/shm tmpfs' '^mqueue /dev/mqueue mqueue' '^sysfs /sys sysfs ro' \
	'^cgroup /sys/fs/cgroup cgroup2 ro' 'device null' 'device zero' 'device full' 'device random' 'device urandom' \
	'device tty' 'link fd /proc/self/fd' 'link stdin /proc/self/fd/0' 'link stdout /proc/self/fd/1' \
	'link stderr /proc/self/fd/2' 'link ptmx pts/ptmx' 'LOOPBACK,UP' 'wrote null'; do
	check "inside: $pattern" has "$pattern"
done

# ---- create, start, state, kill, delete ----
echo 'exec sleep 1000' | program
check 'create' weir create --bundle "$bundle" --pid-file "$TMPDIR/pid" c1
check 'state: created' status_is created
check_equal "$(cat "$TMPDIR/pid")" "$(weir state c1 | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')" \
	'the pid file names the first process'
check_says "weir: container with given ID already exists: 'c1'" 'an id cannot be used twice' \
	weir create --bundle "$bundle" c1
check 'and the container is as it was' status_is created
check_says 'not stopped: created' 'a created container cannot be deleted' weir delete c1
check 'start' weir start c1
check 'state: running' status_is running
check_says 'it is running' 'a second start is refused' weir start c1
check_says 'not stopped: running' 'a running one cannot be deleted' weir delete c1
check_says '^c1 .* running ' 'list names it' weir list
check_equal "$(weir list --format json | grep -c '"id": "c1"')" 1 'list --format json has it once'
check_equal "$(weir state c1 2>&1 >/dev/null)" '' 'state says nothing on stderr'
check 'kill' weir kill c1 KILL
check 'state: stopped' wait_until 5 status_is stopped
check_says 'container not running' 'a stopped one cannot be killed' weir kill c1
check_says 'cannot start a container that has stopped' 'nor started' weir start c1
check 'delete' weir delete c1
check 'and nothing is left' nothing_left
check_says "container 'c1' does not exist" 'delete of what does not exist fails' weir delete c1
check 'but not with --force' weir delete --force c1
check 'run --detach' weir run -d -b "$bundle" c1
check 'and delete --force' weir delete -f c1
check 'leave nothing either' nothing_left

# ---- several starts at once ----
weir create --bundle "$bundle" c1
for i in 1 2 3 4 5 6 7 8; do
	{ weir start c1 2>/dev/null && echo started >>"$TMPDIR/starts"; } &
done
wait
check_equal "$(wc -l <"$TMPDIR/starts")" 1 'of eight starts at once one succeeds and none hangs'
weir delete --force c1

# ---- a created container outlives its create ----
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	weir create --bundle "$bundle" c1
	status_is created && echo alive >>"$TMPDIR/alive"
	weir delete --force c1
done
check_equal "$(wc -l <"$TMPDIR/alive")" 20 'of twenty created containers twenty outlive their create'

# ---- a supervisor that is killed ----
"$WEIR" --root "$root" run --bundle "$bundle" c1 >/dev/null 2>&1 &
supervisor=$!
wait_until 5 status_is running
kill -KILL $supervisor
check 'a foreground program goes with its supervisor' wait_until 5 status_is stopped
check 'and what is left can be deleted' weir delete c1
check 'with nothing left' nothing_left

# ---- an init that is gone before its start ----
weir create --bundle "$bundle" c1
weir kill c1 KILL
wait_until 5 status_is stopped
check_says 'has stopped' 'start of a container whose first process is gone is told at once' weir start c1
weir delete c1

# ---- nobody waits for a lock that is held for long ----
config
echo 'exec sleep 1000' | program
weir create --bundle "$bundle" c1
kill -STOP "$(weir state c1 | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')"
check_says 'stopped by a signal' 'start of a stopped first process is told, and does not hang' \
	timeout 5 "$WEIR" --root "$root" start c1
check 'and it can be deleted' timeout 5 "$WEIR" --root "$root" delete --force c1
"$WEIR" --root "$root" run --bundle "$bundle" c1 >/dev/null 2>&1 &
wait_until 5 status_is running
check 'a foreground container can be deleted by another' timeout 5 "$WEIR" --root "$root" delete --force c1
wait $!
check 'and nothing is left' nothing_left

# ---- what a killed create leaves ----
mkdir "$root/c1"
check_not 'a directory without an intent is no container' weir delete c1
check 'but --force gives its name back' weir delete --force c1
check 'and nothing is left' nothing_left
config
long=$(head -c 60000 /dev/zero | tr '\0' x)
{
	echo '{"annotations": {'
	for i in $(seq 100); do echo "\"k$i\": \"$long\","; done
	echo '"last": ""},'
	sed 1d "$bundle/config.json"
} >"$bundle/config.new"
mv "$bundle/config.new" "$bundle/config.json"
check_says '/annotations: more than' 'annotations that could not be read again are refused at create' \
	weir create --bundle "$bundle" c1
check 'and nothing is left' nothing_left

# ---- no way out through a descriptor (CVE-2024-21626) ----
config
cp "$(command -v busybox)" "$TMPDIR/outside"
fd=3
while [ $fd -le 20 ]; do
	config "s|\"sh\", \"/prog\"|\"/proc/self/fd/$fd/../../../../../../../../../../../..$TMPDIR/outside\", \"echo\", \"escaped\"|"
	run 2>&1 | grep -q escaped && echo "args through $fd" >>"$TMPDIR/escapes"
	config "s|\"cwd\": \"/\"|\"cwd\": \"/proc/self/fd/$fd\"|"
	printf '%s\n' "ls .$TMPDIR/outside ./work ./var/lib/dpkg && echo escaped" | program
	run 2>&1 9</ | grep -q escaped && echo "cwd through $fd" >>"$TMPDIR/escapes"
	fd=$((fd + 1))
done
check_equal "$(cat "$TMPDIR/escapes" 2>/dev/null)" '' 'no descriptor of the runtime leads out, as args[0] or cwd'
check 'and nothing is left' nothing_left

# ---- a caller without stdio ----
config
echo 'echo to nobody; exit 5' | program
weir run --bundle "$bundle" c1 <&- >&- 2>&-
check_equal $? 5 'a caller may have closed stdin, stdout and stderr'

# ---- devices without rules ----
config '/"devices": \[/,/\]/c\            "devices": []' 's/"CAP_KILL"/"CAP_KILL", "CAP_MKNOD"/'
# Opening the kernel's log for writing needs no privilege but the device's.
printf '%s\n' 'mknod /dev/kmsg c 1 11 && echo made' '{ : >/dev/kmsg; } 2>&1 || :' | program
check_says 'not permitted' 'without rules an unlisted device cannot be opened' run
check_says '^made' 'though its node can be made' run

# ---- what cannot start ----
config 's|"sh", "/prog"|"/nope"|'
check_says 'executable file not found in $PATH: no such file or directory' \
	'a missing program is told at create, in the words engines look for' weir create --bundle "$bundle" c1
check 'and nothing is left' nothing_left
config 's|"sh", "/prog"|"/etc"|'
check_says 'is a directory' 'so is a directory' weir create --bundle "$bundle" c1
echo data >"$bundle/rootfs/data"
config 's|"sh", "/prog"|"/data"|'
check_says 'permission denied' 'and a file that is not executable' weir create --bundle "$bundle" c1
config 's|"ptmxmode=0666"|"ptmxmode=nope"|'
check_says '/mounts/2: /dev/pts: .*ptmxmode' 'a mount option the kernel refuses is named' run
check 'and nothing is left' nothing_left
config 's|"path": "rootfs"|"path": "nowhere"|'
check_says '/root/path: .*nowhere: No such file or directory' 'a missing root is named' run
check 'and nothing is left' nothing_left

# ---- the command line ----
check_says "unknown command 'bogus'" 'an unknown command' weir bogus
check_says "run: unknown option '--bogus'" 'an unknown option' weir run --bogus c1
check_says 'bundle /nowhere: No such file or directory' 'a missing bundle' weir run -b /nowhere c1
for id in '' . .. a/b ../x 'a b' '-' 'ü'; do
	check_not "the id '$id' is refused" weir run -b "$bundle" -- "$id"
done
check_equal "$(weir --version | head -n 1 | cut -d' ' -f1,2)" 'weir version' '--version names itself'
check 'help fits a screen' test "$(weir --help | wc -l)" -le 24

# ---- the log ----
weir --log "$TMPDIR/log.json" --log-format json state nobody 2>"$TMPDIR/got"
check_equal "$(wc -l <"$TMPDIR/log.json")" 1 'a JSON log has exactly one entry'
check_says '"msg":"container .nobody. does not exist","level":"error","time":"2' 'with msg, level and time' \
	cat "$TMPDIR/log.json"
check 'and stderr has the error too' has "^weir: container 'nobody' does not exist"

# ---- without a cgroup ----
config
echo 'echo no cgroup' | program
check_equal "$(weir --cgroup-manager=disabled run -b "$bundle" c1 2>&1)" 'no cgroup' \
	'--cgroup-manager=disabled needs none'
config 's|"resources": {|"resources": { "memory": {"limit": 1048576},|'
check_says '/linux/resources/memory/limit: needs a cgroup' 'but a memory limit is never dropped in silence' \
	weir --cgroup-manager=disabled run -b "$bundle" c1
plan
