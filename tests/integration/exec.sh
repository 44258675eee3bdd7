# SPDX-License-Identifier: Apache-2.0
# exec: one more process in a running container. What it is, is read from inside; what it is charged to, from outside.
# needs: cgroup
# timeout: 300

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

# up [ID]: a container that waits for its end.
up() {
	write_config "${1-c1}"
	weir run --detach --bundle "$bundle" "${1-c1}" </dev/null >"$TMPDIR/up" 2>&1 || cat "$TMPDIR/up"
}
inside() { weir exec c1 sh -c "$*" 2>&1; }
down() { weir delete --force c1; }
field() { sed -n "s/^$1:[[:space:]]*//p"; }

program 'trap "exit 0" TERM; while :; do sleep 0.1; done'

# ---- where it is ----
up
pid=$(pid_of c1)
for name in cgroup ipc mnt net pid uts; do
	check_equal "$(inside "readlink /proc/self/ns/$name")" "$(readlink "/proc/$pid/ns/$name")" "it is in the container's $name namespace"
done
check_equal "$(inside 'echo $$ >/tmp/pid; sed -n "s/^0:://p" /proc/self/cgroup')" / 'and in its cgroup'
weir exec --detach --pid-file "$TMPDIR/pid" c1 sleep 50
check_equal "$(grep -c "^$(cat "$TMPDIR/pid")\$" "/sys/fs/cgroup/$parent/c1/cgroup.procs")" 1 'as the host sees it too'
check_equal "$(tr '\0' ' ' <"/proc/$(cat "$TMPDIR/pid")/cmdline")" 'sleep 50 ' 'the pid file names the program'
check_equal "$(od -An -c "$TMPDIR/pid" | tr -d ' \n' | tr -d '0-9')" '' 'in digits, without a newline'
check_equal "$(inside 'for fd in /proc/self/fd/*; do [ -e "$fd" ] && echo "${fd##*/}"; done' | sort -n | tr '\n' ' ')" \
	'0 1 2 ' 'only stdio is open' 7</ 8</etc
check_equal "$(inside 'cat /proc/$$/stat' | awk '{ print ($1 == $6) }')" 1 'it leads a session of its own'
check_equal "$(echo in | weir exec c1 sh -c 'cat; echo err >&2' 2>"$TMPDIR/err"; cat "$TMPDIR/err")" 'in
err' 'stdio is the caller'\''s'

# ---- how it ends ----
check_status 3 'the exit status is the program'\''s' weir exec c1 sh -c 'exit 3'
check_status 137 'or 128 and the signal' weir exec c1 sh -c 'kill -9 $$'
check_says 'executable file not found in $PATH.*no such file or directory' 'a program that is missing is said so' weir exec c1 nope
check_equal "$tap_status" 255 'with the status of exec'\''s own failure'
check_says 'executable file not found in $PATH.*no such file or directory' 'by a path too' weir exec c1 /bin/nope
check_says 'permission denied' 'a file that is no program' weir exec c1 /etc/passwd
check_says 'is a directory' 'a directory' weir exec c1 /etc
check_says 'no program given' 'no program at all' weir exec c1
check_equal "$tap_status" 255 'is a failure of exec'\''s own'
check_status 255 'detached, a missing program fails too' weir exec --detach --pid-file "$TMPDIR/none" c1 nope
check_not 'and leaves no pid file' test -e "$TMPDIR/none"

# In the foreground, signals reach the program; and it goes when its runtime is killed.
cat >"$TMPDIR/foreground" <<END
exec "$WEIR" --root "$root" exec c1 sh -c 'trap "echo got; exit 7" TERM; echo ready; while :; do sleep 0.1; done'
END
sh "$TMPDIR/foreground" >"$TMPDIR/seen" 2>&1 &
waits=$!
wait_until 5 grep -q ready "$TMPDIR/seen"
kill -TERM "$waits"
wait "$waits"
check_equal "$? $(cat "$TMPDIR/seen")" '7 ready
got' 'a signal to exec reaches the program'
sh "$TMPDIR/foreground" >"$TMPDIR/seen" 2>&1 &
waits=$!
wait_until 5 grep -q ready "$TMPDIR/seen"
kill -KILL "$waits"
wait "$waits" 2>/dev/null
check 'the program goes with its runtime' wait_until 5 sh -c "! \"$WEIR\" --root \"$root\" exec c1 ps | grep -q 'echo got'"

# ---- what it inherits of the container's process ----
down
user='"uid": 1000, "gid": 100, "umask": 7, "additionalGids": [2000]'
caps='"bounding": ["CAP_KILL", "CAP_CHOWN"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]'
process='"noNewPrivileges": true, "oomScoreAdj": 321, "rlimits": [ { "type": "RLIMIT_NOFILE", "soft": 33, "hard": 44 },
	{ "type": "RLIMIT_NPROC", "soft": 22, "hard": 23 } ]'
env='"PATH=/bin", "A=config"' cwd='"/tmp"'
linux='"seccomp": { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5 } ] }'
up
facts='grep -E "^(Uid|Gid|Groups|NoNewPrivs|Seccomp|Cap...):" /proc/self/status; umask; ulimit -n; ulimit -u; cat /proc/self/oom_score_adj; pwd; echo $A'
cat >"$bundle/rootfs/tmp/facts" <<END
$facts
END
check_equal "$(weir exec c1 sh /tmp/facts 2>&1)" 'Uid:	1000	1000	1000	1000
Gid:	100	100	100	100
Groups:	2000 
CapInh:	0000000000000020
CapPrm:	0000000000000020
CapEff:	0000000000000020
CapBnd:	0000000000000021
CapAmb:	0000000000000020
NoNewPrivs:	1
Seccomp:	2
0007
33
22
321
/tmp
config' 'ids, capabilities, no_new_privs, filter, umask, limits, score, directory and environment are the config'\''s'
check_says 'Input.output error' 'and the filter is in force' weir exec c1 mkdir /tmp/x

# ---- what the command line changes ----
check_equal "$(weir exec -e A=1 --env B=2 -u 7:8 -g 9 --additional-gids 10 --cwd / c1 sh -c 'id -u; id -g; echo $A $B; pwd; grep Groups: /proc/self/status' 2>&1)" \
	'7
8
1 2
/
Groups:	9 10 2000 ' 'user, groups, environment and directory'
check_equal "$(weir exec -u 7 c1 sh -c 'id -u; id -g')" '7
100' 'a user alone keeps the group'
check_equal "$(weir exec -c CAP_CHOWN c1 grep CapBnd /proc/self/status | field CapBnd)" 0000000000000021 '--cap adds'
check_equal "$(weir exec -u 0 -c CAP_CHOWN c1 grep -E 'Cap(Inh|Prm)' /proc/self/status | cut -f2 | tr '\n' ' ')" \
	'0000000000000020 0000000000000021 ' 'to permitted, and never to inheritable'
for wrong in 01 0x1 -1 4294967295 4294967296 1: :1 '1 ' root user:group '' 1:1:1; do
	check_says "--user: '$wrong' is not UID" "--user '$wrong' is refused" weir exec "--user=$wrong" c1 true
done
check_says "env: 'A' is not NAME=VALUE" 'a variable without a value' weir exec -e A c1 true
check_says "unknown capability 'CAP_NONE'" 'a capability that does not exist' weir exec -c CAP_NONE c1 true
check_says 'is not absolute' 'a relative directory' weir exec --cwd tmp c1 true
check_says 'cwd: /nope: No such file' 'a directory that is missing' weir exec --cwd /nope c1 true
for path in /proc/self/fd/7 /proc/1/cwd/../../.. /proc/thread-self/fd/0; do
	weir exec --cwd "$path" c1 ls / >"$TMPDIR/seen" 2>&1 7</ && check_not "--cwd $path leads nowhere" grep -q lost+found "$TMPDIR/seen"
done
check_says 'apparmor' 'a profile that cannot be given is refused' weir exec --apparmor x c1 true
check_says '/process/selinuxLabel: ' 'and so is a label' weir exec --process-label x c1 true

# ---- a process object ----
process_file() { printf '%s\n' "$*" >"$TMPDIR/process.json"; }
process_file '{ "args": ["sh", "/tmp/facts"], "cwd": "/", "env": ["PATH=/bin"], "user": { "uid": 5, "gid": 6 } }'
check_equal "$(weir exec --process "$TMPDIR/process.json" c1 2>&1)" 'Uid:	5	5	5	5
Gid:	6	6	6	6
Groups:	 
CapInh:	0000000000000020
CapPrm:	0000000000000020
CapEff:	0000000000000020
CapBnd:	0000000000000021
CapAmb:	0000000000000020
NoNewPrivs:	1
Seccomp:	2
0007
33
22
321
/' 'what a process object is silent about is the config'\''s'
process_file '{ "args": ["sh", "/tmp/facts"], "cwd": "/", "env": ["PATH=/bin", "A=own"], "user": { "uid": 0, "gid": 0, "umask": 63 },
	"capabilities": { "bounding": ["CAP_CHOWN"] }, "noNewPrivileges": false, "oomScoreAdj": 400,
	"rlimits": [ { "type": "RLIMIT_NOFILE", "soft": 20, "hard": 21 },
		{ "type": "RLIMIT_NPROC", "soft": 30, "hard": 31 } ] }'
check_equal "$(weir exec -p "$TMPDIR/process.json" c1 2>&1)" 'Uid:	0	0	0	0
Gid:	0	0	0	0
Groups:	 
CapInh:	0000000000000000
CapPrm:	0000000000000001
CapEff:	0000000000000001
CapBnd:	0000000000000001
CapAmb:	0000000000000000
NoNewPrivs:	0
Seccomp:	2
0077
20
30
400
/
own' 'what it says is its own'
while IFS='@' read -r what json words; do
	process_file "$json"
	check_says "$words" "process object: $what" weir exec --process "$TMPDIR/process.json" c1
	check_equal "$tap_status" 255 "  is refused"
done <<'END'
no program@{ "cwd": "/", "user": { "uid": 0, "gid": 0 } }@/args
uid as a string@{ "args": ["true"], "cwd": "/", "user": { "uid": "0", "gid": 0 } }@/user/uid: expected an integer, found a string
a user that is a list@{ "args": ["true"], "cwd": "/", "user": [] }@/user: expected an object
no_new_privs as a string@{ "args": ["true"], "cwd": "/", "user": { "uid": 0, "gid": 0 }, "noNewPrivileges": "true" }@/noNewPrivileges: expected a boolean
uid 2^32-1@{ "args": ["true"], "cwd": "/", "user": { "uid": 4294967295, "gid": 0 } }@/user/uid
a relative directory@{ "args": ["true"], "cwd": "tmp", "user": { "uid": 0, "gid": 0 } }@/cwd
a property twice@{ "args": ["true"], "args": ["false"], "cwd": "/", "user": { "uid": 0, "gid": 0 } }@twice
trailing data@{ "args": ["true"], "cwd": "/", "user": { "uid": 0, "gid": 0 } } x@json\|JSON\|trailing
a duplicate limit@{ "args": ["true"], "cwd": "/", "user": { "uid": 0, "gid": 0 }, "rlimits": [ { "type": "RLIMIT_CORE", "soft": 0, "hard": 0 }, { "type": "RLIMIT_CORE", "soft": 0, "hard": 0 } ] }@listed twice
END
check_says 'No such file' 'a file that is missing' weir exec --process "$TMPDIR/nope" c1
mkfifo "$TMPDIR/fifo"
check_says 'regular' 'a FIFO is not waited for' weir exec --process "$TMPDIR/fifo" c1
process_file '{ "args": ["true"], "cwd": "/", "user": { "uid": 0, "gid": 0 } }'
check 'an object may come by stdin' sh -c "cat '$TMPDIR/process.json' | '$WEIR' --root '$root' exec --process - c1"
check 'by the name it has in /dev too' sh -c "cat '$TMPDIR/process.json' | '$WEIR' --root '$root' exec -p /dev/stdin c1"
check_equal "$(weir exec c1 -- echo -- here)" '-- here' 'exec ID -- PROGRAM'
check_says 'no program given' 'and no program behind it' weir exec c1 --
check_says 'the one says the other' 'an object and words contradict each other' weir exec --process "$TMPDIR/process.json" c1 false
down

# ---- cgroups ----
fresh
up
mkdir "/sys/fs/cgroup/$parent/c1/part"
check_equal "$(weir exec --cgroup part c1 sed -n 's/^0:://p' /proc/self/cgroup)" /part '--cgroup: one below the container'\''s'
check_equal "$(weir exec --cgroup memory,pids:/part c1 sed -n 's/^0:://p' /proc/self/cgroup)" /part 'as cgroup v1 spelt it'
check_says 'No such file' 'one that is missing' weir exec --cgroup nope c1 true
for wrong in .. ../c2 part/../../x; do
	check_says "--cgroup" "--cgroup $wrong is refused" weir exec --cgroup "$wrong" c1 true
	check_equal "$tap_status" 255 '  as a failure'
done
# An init that divides its cgroup lives in a part of it.
if grep -qw pids "/sys/fs/cgroup/$parent/c1/cgroup.controllers"; then
	echo "$(pid_of c1)" >"/sys/fs/cgroup/$parent/c1/part/cgroup.procs"
	wait_until 5 sh -c "! grep -q . '/sys/fs/cgroup/$parent/c1/cgroup.procs'"
	echo +pids >"/sys/fs/cgroup/$parent/c1/cgroup.subtree_control"
	check_equal "$(weir exec c1 sed -n 's/^0:://p' /proc/self/cgroup)" /part 'beside a first process that divided its cgroup'
else
	skip 'beside a first process that divided its cgroup' 'no controller to divide'
fi

# ---- states ----
weir pause c1
check_says 'cannot exec in a paused container' 'a paused container is refused' weir exec c1 true
check_equal "$tap_status" 255 '  as a failure'
"$WEIR" --root "$root" exec --ignore-paused c1 sh -c 'echo thawed' >"$TMPDIR/seen" 2>&1 &
waits=$!
sleep 0.3
check_equal "$(cat "$TMPDIR/seen")" '' 'with --ignore-paused it waits'
weir resume c1
wait "$waits"
check_equal "$? $(cat "$TMPDIR/seen")" '0 thawed' 'until the container is resumed'
weir kill c1 KILL
wait_until 5 status_is stopped
check_says 'container not running' 'a stopped container' weir exec c1 true
check_equal "$tap_status" 255 '  as a failure'
down
check_says 'does not exist' 'a container that does not exist' weir exec c1 true
create
check_equal "$(weir exec c1 echo here)" here 'a created container takes processes before its start'
down

# ---- other kinds of container ----
namespaces='{ "type": "pid" }, { "type": "ipc" }' mounts='' linux=''
program 'sleep 1000'
up
check_equal "$(weir exec c1 cat /etc/hosts)" '127.0.0.1 localhost' 'without a mount namespace the root is the container'\''s'
down
fresh
namespaces="$basic_namespaces, { \"type\": \"user\" }"
linux='"uidMappings": [ { "containerID": 0, "hostID": 100000, "size": 1000 } ], "gidMappings": [ { "containerID": 0, "hostID": 300000, "size": 1000 } ]'
chown -R 100000:300000 "$bundle/rootfs"
up
check_equal "$(weir exec -u 5:6 -g 7 c1 sh -c 'id -u; id -g; grep Groups: /proc/self/status; readlink /proc/self/ns/user')" "5
6
Groups:	7 
$(readlink "/proc/$(pid_of c1)/ns/user")" 'a user namespace: ids and groups of its own'
check_says 'user' 'an id without a mapping is refused' weir exec -u 5000 c1 true
check_equal "$tap_status" 255 '  as a failure'
weir exec --detach --pid-file "$TMPDIR/pid" c1 sleep 50
check_equal "$(field Uid <"/proc/$(cat "$TMPDIR/pid")/status" | cut -f1)" 100000 'and the host'\''s id for it'
down
check 'nothing is left' nothing_left

plan
