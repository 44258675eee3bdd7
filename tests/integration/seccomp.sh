# SPDX-License-Identifier: Apache-2.0
# Filters of system calls, by what a program sees of them: each action, the 32-bit entry, an agent that is asked.
# needs: cgroup
# timeout: 300

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

peer=$BUILT/tests/integration/peer
if [ "$(uname -m)" != x86_64 ]; then
	skip 'filters' "the numbers here are x86_64's"
	plan
	exit
fi
cp "$PROGRAMS/calls" "$bundle/rootfs/calls"
getppid=110 # which nobody needs, and which answers 0 to the first process of a pid namespace
nnp='"noNewPrivileges": true'

# profile ACTION [MEMBERS [ARGS]]: getppid and what the 32-bit entry calls so get the action; all else is allowed.
profile() {
	linux="\"seccomp\": { \"defaultAction\": \"SCMP_ACT_ALLOW\"$(part "${2-}" ', '), \"syscalls\": [
		{ \"names\": [\"getppid\"], \"action\": \"SCMP_ACT_$1\"$(part "${3-}" ', ') } ] }"
}
# calls HOW...: the container's program.
calls() {
	args='"/calls"'
	for word; do args="$args, \"$word\""; done
}
seen() { run 2>&1; }

# ---- each action, with and without no_new_privs: the filter is installed at two different places ----
for process in '' "$nnp"; do
	with=${process:+ with no_new_privs}
	calls do $getppid
	profile ERRNO
	check_equal "$(seen)" 'errno 1' "ERRNO is EPERM$with"
	profile ERRNO '' '"errnoRet": 38'
	check_equal "$(seen)" 'errno 38' "ERRNO with its number$with"
	profile ALLOW '"architectures": ["SCMP_ARCH_X86_64"]'
	check_equal "$(seen)" 'returned 0' "ALLOW$with"
	profile LOG '"flags": ["SECCOMP_FILTER_FLAG_LOG"]'
	check_equal "$(seen)" 'returned 0' "LOG lets through$with"
	profile TRACE '' '"errnoRet": 7'
	check_equal "$(seen)" 'errno 38' "TRACE without a tracer$with"
	for action in KILL KILL_THREAD KILL_PROCESS; do
		profile $action
		check_status 159 "$action ends a program of one thread by SIGSYS$with" run
	done
	calls traced $getppid
	profile TRACE '' '"errnoRet": 7'
	check_equal "$(seen | head -n 1)" 'traced with 7' "TRACE with a tracer$with"
	calls trapped $getppid
	profile TRAP
	check_equal "$(seen)" "SIGSYS $getppid errno 0" "TRAP is a signal that can be handled$with"
	calls thread $getppid
	for action in KILL KILL_THREAD; do
		profile $action
		check_equal "$(seen)" 'the thread is gone' "$action ends a thread$with"
	done
	profile KILL_PROCESS
	check_status 159 "KILL_PROCESS ends all$with" run
	calls filters
	profile ERRNO
	check_says '^Seccomp:.2' "the program is filtered$with" run
done

# ---- arguments ----
calls do 33 0 7
linux='"seccomp": { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["dup2"], "action": "SCMP_ACT_ERRNO",
	"errnoRet": 99, "args": [ { "index": 1, "value": 7, "op": "SCMP_CMP_EQ" } ] } ] }'
check_equal "$(seen)" 'errno 99' 'a rule by argument'
calls do 33 0 8
check_equal "$(seen)" 'returned 8' 'is of that argument alone'

# ---- the other entries of this machine ----
calls i386 64
profile ERRNO '"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]'
if "$bundle/rootfs/calls" i386 20 >/dev/null 2>&1; then
	check_equal "$(seen)" 'errno 1' 'the 32-bit entry is filtered by its own numbers'
	profile ERRNO
	check_status 159 'and closed, where its architecture is not listed' run
	calls i386 110
	profile ERRNO '"architectures": ["SCMP_ARCH_X86"]'
	check_equal "$(seen | cut -d' ' -f1)" returned 'a number of the other entry is another call'
else
	skip 'the 32-bit entry' 'this kernel has none'
fi
calls x32 $getppid
profile ERRNO '"architectures": ["SCMP_ARCH_X86_64"]'
check_status 159 'the x32 entry is closed, where it is not listed' run

# ---- flags ----
calls do $getppid
for flag in TSYNC LOG SPEC_ALLOW WAIT_KILLABLE_RECV; do
	profile ERRNO "\"flags\": [\"SECCOMP_FILTER_FLAG_$flag\"]"
	check_equal "$(seen)" 'errno 1' "the flag $flag"
done

# ---- words that are none ----
while IFS='@' read -r seccomp wanted; do
	linux="\"seccomp\": { $seccomp }"
	check_says "$wanted" "refused: $seccomp" run
	check 'with nothing left' nothing_left
done <<'END'
"defaultAction": "SCMP_ACT_PRAY"@/linux/seccomp/defaultAction: 
"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_ABACUS"]@/linux/seccomp/architectures/1: 
"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LUCK"]@/linux/seccomp/flags/0: 
"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "errnoRet": 1}]@/linux/seccomp/syscalls/0/errnoRet: 
"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_LIKE"}]}]@/linux/seccomp/syscalls/0/args/0/op: 
"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}]@/linux/seccomp/syscalls/0/args/0/index: 
"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"@/linux/seccomp/listenerMetadata: 
"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]@/linux/seccomp/listenerPath: required
END
linux='"seccomp": { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["of_tomorrow"], "action": "SCMP_ACT_ERRNO" } ] }'
check_equal "$(seen)" 'returned 0' 'a call nobody knows is passed over'
top='"annotations": { "run.oci.seccomp_fail_unknown_syscall": "1" }'
check_says "/linux/seccomp/syscalls/0/names/0: 'of_tomorrow' is unknown" 'unless the annotation forbids it' run
top=''

# ---- an agent ----
socket=$TMPDIR/agent
# agent ANSWER: listens; what it is told and asked goes to $TMPDIR/agent.out.
agent() {
	rm -f "$socket"
	"$peer" agent "$socket" "$1" >"$TMPDIR/agent.out" 2>&1 &
	agent_pid=$!
	wait_until 5 test -S "$socket"
}
told() { grep -q -e "$1" "$TMPDIR/agent.out"; }
listener="\"listenerPath\": \"$socket\", \"listenerMetadata\": \"a/b=c\""
for process in '' "$nnp"; do
	with=${process:+ with no_new_privs}
	calls do $getppid
	profile NOTIFY "$listener"
	agent 4242
	check_equal "$(seen)" 'returned 4242' "NOTIFY: the agent answers$with"
	wait_until 5 told asked
	status=creating
	[ -z "$process" ] || status=created
	for pattern in '^{"ociVersion":"1.3.0","fds":\["seccompFd"\],"pid":[0-9]*,"metadata":"a/b=c","state":{"ociVersion":"1.3.0","id":"c1",' \
		"\"status\":\"$status\",\"bundle\":\"$bundle\"" '^1 descriptors$' "^asked for call $getppid of process "; do
		check "it is told$with: $pattern" told "$pattern"
	done
	check 'its listener ends with the container' wait_until 5 sh -c "! kill -0 $agent_pid 2>/dev/null"
	agent -13
	check_equal "$(seen)" 'errno 13' "NOTIFY: the agent refuses$with"
	# Every call from the installation on may ask: sending the listener must not.
	linux="\"seccomp\": { \"defaultAction\": \"SCMP_ACT_ALLOW\", $listener, \"syscalls\": [ { \"names\": [\"sendmsg\", \"sendto\",
		\"recvmsg\", \"read\", \"write\", \"close\", \"futex\", \"wait4\", \"execve\"], \"action\": \"SCMP_ACT_NOTIFY\" } ] }"
	agent continue
	check_equal "$(seen)" 'returned 0' "a filter that asks for what sends its listener$with"
	linux="\"seccomp\": { \"defaultAction\": \"SCMP_ACT_NOTIFY\", $listener }"
	agent continue
	check_equal "$(seen)" 'returned 0' "a filter that asks for everything$with"
	# The helper that sends it is not the program's to wait for.
	args='"sh", "/prog"'
	program 'cat /proc/1/task/1/children | wc -w; grep SigIgn /proc/1/status; sleep 0 & wait $! && echo waited'
	profile NOTIFY "$listener"
	agent 1
	# The two of the pipe; SIGCHLD, the 17th, is not ignored; a child can be waited for.
	check_equal "$(seen | sed 's/SigIgn:.*\(.\)....$/\1/' | tr '\n' ,)" '2,0,waited,' "the program has no child or signal of ours$with"
	for flag in TSYNC WAIT_KILLABLE_RECV; do
		calls do $getppid
		profile NOTIFY "$listener, \"flags\": [\"SECCOMP_FILTER_FLAG_$flag\"]"
		agent 7
		check_equal "$(seen)" 'returned 7' "an agent and the flag $flag$with"
	done
	# Nobody there.
	rm -f "$socket"
	check_says "/linux/seccomp/listenerPath: $socket: No such file" "no agent is an error$with" run
	check 'with nothing left' nothing_left
	"$peer" deaf "$socket" >/dev/null 2>&1 &
	wait_until 5 test -S "$socket"
	check_equal "$(seen | tail -n 1 | sed 's/weir: .*Broken pipe/errno 38/')" 'errno 38' "an agent that hangs up: the call fails$with"
done

# ---- at create or at start, and exec ----
calls do $getppid
process=$nnp
profile NOTIFY "$listener"
write_config
rm -f "$socket"
check 'create asks nobody, with no_new_privs' weir create -b "$bundle" c1
check_says 'listenerPath' 'but start does' weir start c1
check 'and ends the container without it' wait_until 5 status_is stopped
weir delete c1
args='"sh", "/prog"'
program 'exec sleep 1000'
agent 4242
create
check 'start with an agent' weir start c1
wait_until 5 told descriptors
check 'tells the pid as the host sees it' told "\"pid\":$(pid_of c1),"
agent 77
check_equal "$(weir exec c1 /calls do $getppid 2>&1)" 'returned 77' 'exec is filtered too, by a listener of its own'
check 'and of a running container' told '"status":"running"'
weir delete -f c1
process=''
agent 4242
write_config
check 'create asks at once, without no_new_privs' weir create -b "$bundle" c1
wait_until 5 told descriptors
check 'with the pid as the host sees it' told "\"pid\":$(pid_of c1),"
weir delete -f c1

# ---- the annotation ----
linux="\"seccomp\": { \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [ { \"names\": [\"getppid\"], \"action\": \"SCMP_ACT_NOTIFY\" } ] }"
top="\"annotations\": { \"run.oci.seccomp.receiver\": \"$socket\" }"
calls do $getppid
agent 5
check_equal "$(seen)" 'returned 5' 'run.oci.seccomp.receiver is a listenerPath'

# ---- the caller's environment ----
top='' process=$nnp
agent 6
write_config
check_equal "$(RUN_OCI_SECCOMP_RECEIVER=$socket weir run -b "$bundle" c1 2>&1)" 'returned 6' 'RUN_OCI_SECCOMP_RECEIVER stands for the annotation'
check_says 'listenerPath: required' 'without it an agent is missing' run
args='"sh", "/prog"'
program 'exec sleep 1000'
write_config
check 'create knows it' env RUN_OCI_SECCOMP_RECEIVER="$socket" "$WEIR" --root "$root" create -b "$bundle" c1
agent 7
check 'and start goes by it' weir start c1
agent 8
check_equal "$(weir exec c1 /calls do $getppid 2>&1)" 'returned 8' 'exec too'
weir delete -f c1
plan
