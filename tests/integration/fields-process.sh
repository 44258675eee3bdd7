# SPDX-License-Identifier: Apache-2.0
# Scheduler, disk priority, CPU affinity, memory policy, personality and labels of a process: asked for in config.json,
# read back from inside the container or, where nothing inside tells, from the kernel's answer about its process.
# needs: cgroup
# timeout: 400

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

# policy_of PID: as chrt says it, one line.
policy_of() { chrt -p "$1" 2>&1 | sed 's/.*current //' | tr '\n' ' ' | sed 's/ $//'; }
start_it() {
	program 'exec sleep 1000'
	write_config
	weir run -d -b "$bundle" c1 && pid=$(pid_of c1)
}

# ---- scheduler ----
fresh
while IFS=@ read -r scheduler seen; do
	process="\"scheduler\": { $scheduler }"
	case $seen in
	SCHED_FIFO* | SCHED_RR*) chrt -f 1 true 2>/dev/null || { skip "scheduler: $scheduler" 'the caller may not'; continue; } ;;
	esac
	start_it
	nice=$(cut -d' ' -f19 "/proc/$pid/stat")
	check_equal "$(policy_of "$pid") nice $nice" "scheduling policy: $seen" "scheduler: $scheduler"
	weir delete -f c1
done <<'END'
"policy": "SCHED_OTHER", "nice": -7@SCHED_OTHER scheduling priority: 0 nice -7
"policy": "SCHED_BATCH", "nice": 5@SCHED_BATCH scheduling priority: 0 nice 5
"policy": "SCHED_IDLE"@SCHED_IDLE scheduling priority: 0 nice 0
"policy": "SCHED_FIFO", "priority": 9@SCHED_FIFO scheduling priority: 9 nice 0
"policy": "SCHED_RR", "priority": 1@SCHED_RR scheduling priority: 1 nice 0
"policy": "SCHED_FIFO", "priority": 3, "flags": ["SCHED_FLAG_RESET_ON_FORK"]@SCHED_FIFO|SCHED_RESET_ON_FORK scheduling priority: 3 nice 0
END
process='"scheduler": { "policy": "SCHED_DEADLINE", "runtime": 10000000, "deadline": 100000000, "period": 200000000 }'
if chrt -d -T 10000000 -D 100000000 -P 200000000 0 true 2>/dev/null; then
	start_it
	check_says 'SCHED_DEADLINE' 'SCHED_DEADLINE' policy_of "$pid"
	check_says '10000000/100000000/200000000' 'its runtime, deadline and period' policy_of "$pid"
	cat >"$TMPDIR/process.json" <<END
{ "args": ["/bin/sleep", "1000"], "cwd": "/", "user": { "uid": 7, "gid": 7 },
  "scheduler": { "policy": "SCHED_DEADLINE", "runtime": 20000000, "deadline": 100000000, "period": 100000000 } }
END
	weir exec -d --pid-file "$TMPDIR/pid" -p "$TMPDIR/process.json" c1
	check_says '20000000/100000000/100000000' 'and of one more process, which the first could not give it' policy_of "$(cat "$TMPDIR/pid")"
	weir delete -f c1
else
	for what in 'SCHED_DEADLINE' 'its runtime, deadline and period' 'and of one more process, which the first could not give it'; do
		skip "$what" 'the caller may not'
	done
fi
process='"scheduler": { "policy": "SCHED_ISO" }'
check_says '/process/scheduler: SCHED_ISO: Invalid argument' 'a policy that the kernel does not have is an error' run
process='"scheduler": { "policy": "SCHED_DEADLINE", "runtime": 10, "deadline": 5, "period": 3 }'
check_says '/process/scheduler: SCHED_DEADLINE: Invalid argument' 'and values that make no sense to it' run
process='"scheduler": { "policy": "SCHED_FIFO" }'
check_says '/process/scheduler/priority: SCHED_FIFO needs one from 1 to 99' 'a priority that is missing is named' run
process='"scheduler": { "policy": "SCHED_OTHER", "priority": 4 }'
check_says '/process/scheduler/priority: SCHED_OTHER has none' 'and one that is too much' run
process='"scheduler": { "policy": "SCHED_RR", "priority": 4, "runtime": 1 }'
check_says 'runtime, deadline and period are of SCHED_DEADLINE only' 'and a runtime' run

# ---- ioPriority ----
fresh
user='"uid": 1000, "gid": 1000'
for case in 'IOPRIO_CLASS_RT 0@realtime: prio 0' 'IOPRIO_CLASS_BE 6@best-effort: prio 6' 'IOPRIO_CLASS_IDLE 7@idle'; do
	io=${case%@*}
	process="\"ioPriority\": { \"class\": \"${io% *}\", \"priority\": ${io#* } }"
	start_it
	check_equal "$(ionice -p "$pid")" "${case#*@}" "ioPriority: $io, of an unprivileged user"
	weir delete -f c1
done

# ---- personality ----
fresh
program 'uname -m; sed -n 1p /proc/self/personality'
plain=$(run 2>&1)
linux='"personality": { "domain": "LINUX32" }'
if [ "$(uname -m)" = x86_64 ]; then
	check_equal "$(run 2>&1)" 'i686
00000008' 'personality LINUX32'
else
	check_equal "$(run 2>&1 | sed -n 2p)" 00000008 'personality LINUX32'
fi
linux='"personality": { "domain": "LINUX" }'
check_equal "$(run 2>&1)" "$plain" 'personality LINUX'
linux='"personality": { "domain": "LINUX", "flags": ["ADDR_NO_RANDOMIZE"] }'
check_says "/linux/personality/flags/0: there is no flag 'ADDR_NO_RANDOMIZE'" 'its flags are refused by name' run

# ---- memoryPolicy ----
fresh
program 'sed -n "1s/^[0-9a-f]* \(.*\) file=.*/\1/p" /proc/self/numa_maps'
if [ -e /proc/self/numa_maps ]; then
	while IFS=@ read -r policy seen; do
		linux="\"memoryPolicy\": { $policy }"
		check_equal "$(run 2>&1)" "$seen" "memoryPolicy: $policy"
	done <<'END'
"mode": "MPOL_DEFAULT"@default
"mode": "MPOL_LOCAL"@local
"mode": "MPOL_BIND", "nodes": "0"@bind:0
"mode": "MPOL_INTERLEAVE", "nodes": "0-0"@interleave:0
"mode": "MPOL_PREFERRED", "nodes": "0"@prefer:0
"mode": "MPOL_PREFERRED"@local
"mode": "MPOL_PREFERRED_MANY", "nodes": "0"@prefer (many):0
"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]@bind=static:0
"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]@interleave=relative:0
END
	linux='"memoryPolicy": { "mode": "MPOL_BIND", "nodes": "1000" }'
	check_says '/linux/memoryPolicy: set_mempolicy: Invalid argument' 'a node that is not there is an error' run
else
	skip 'memoryPolicy: the modes' 'this kernel has no NUMA'
fi
for case in '"mode": "MPOL_BIND"@nodes: MPOL_BIND needs some' '"mode": "MPOL_LOCAL", "nodes": "0"@nodes: MPOL_LOCAL takes none' \
	'"mode": "MPOL_BIND", "nodes": "1-0"@nodes: .1-0. is not a list' '"mode": "MPOL_BIND", "nodes": "0,"@nodes: .0,. is not a list' \
	'"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]@flags: .* exclude each other'; do
	linux="\"memoryPolicy\": { ${case%@*} }"
	check_says "/linux/memoryPolicy/${case#*@}" "memoryPolicy: ${case%@*} is refused" run
done

# ---- execCPUAffinity ----
fresh
cpus() { sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status; }
last=$(cpus | sed 's/.*[,-]//')
program 'exec sleep 1000'
process="\"execCPUAffinity\": { \"initial\": \"0\", \"final\": \"$last\" }"
start_it
check_equal "$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$pid/status")" "$(cpus)" 'execCPUAffinity is not of the first process'
check_equal "$(weir exec c1 sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status 2>&1)" "$last" 'but of one more'
cat >"$TMPDIR/process.json" <<END
{ "args": ["/bin/sed", "-n", "s/^Cpus_allowed_list:[[:space:]]*//p", "/proc/self/status"], "cwd": "/", "user": { "uid": 0, "gid": 0 },
  "execCPUAffinity": { "initial": "$last" } }
END
check_equal "$(weir exec -p "$TMPDIR/process.json" c1 2>&1)" "$last" 'initial alone stays: nothing changes it later'
sed -i 's/"initial": "[0-9]*"/"initial": "0-"/' "$TMPDIR/process.json"
check_says "/process/execCPUAffinity/initial: '0-' is not a list" 'a list with a mistake is named' weir exec -p "$TMPDIR/process.json" c1
sed -i 's/"initial": "0-"/"final": "8000"/' "$TMPDIR/process.json"
check_says '/process/execCPUAffinity/final: sched_setaffinity: Invalid argument' 'and a CPU that is not there' weir exec -p "$TMPDIR/process.json" c1
weir delete -f c1

# ---- labels ----
fresh
process='"selinuxLabel": "system_u:system_r:container_t:s0"'
if grep -q selinuxfs /proc/filesystems; then
	skip 'an SELinux label without SELinux is an error' 'SELinux is on'
else
	check_says '/process/selinuxLabel: SELinux is not available in this kernel' 'an SELinux label without SELinux is an error' run
fi
process='"apparmorProfile": "no-such-profile"'
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
	check_says '/process/apparmorProfile: .*no-such-profile' 'an AppArmor profile that is not loaded is an error' run
	process='"apparmorProfile": "unconfined"'
	program 'cat /proc/self/attr/apparmor/current'
	check_equal "$(run 2>&1)" unconfined 'one that is, is the program'\''s'
else
	check_says '/process/apparmorProfile: ' 'an AppArmor profile without AppArmor is an error' run
	process=''
	start_it
	check_says '/process/apparmorProfile: ' 'for one more process too' weir exec --apparmor x c1 true
	check_says '/process/selinuxLabel: ' 'and its SELinux label' weir exec --process-label x c1 true
	weir delete -f c1
fi
process='"apparmorProfile": "", "selinuxLabel": ""'
program 'echo runs'
check_equal "$(run 2>&1)" runs 'empty labels ask for nothing'
check 'nothing is left' nothing_left
plan
