# SPDX-License-Identifier: Apache-2.0
# Each field of the config that is about the process and the kernel: asked for in config.json, read back from
# inside the container. Mounts have mounts.sh, hooks have hooks.sh, user namespaces have userns.sh.
# needs: cgroup
# timeout: 400

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

# status NAME: the value in /proc/1/status as the program sees it.
status() { printf 'sed -n "s/^%s:[[:space:]]*//p" /proc/self/status' "$1"; }

# ---- user ----
fresh
user='"uid": 1000, "gid": 1001, "additionalGids": [2000, 5, 70000], "umask": 63'
program "$(status Uid); $(status Gid); $(status Groups); umask"
check_equal "$(run 2>&1)" "1000	1000	1000	1000
1001	1001	1001	1001
5 2000 70000 
0077" 'user: uid, gid, additionalGids, umask, and nothing else'
fresh
program "$(status Groups); umask"
check_equal "$(umask 077 && run 2>&1)" '
0022' 'without them: no group of the caller, and the umask 0022 whatever the caller has'

# ---- env, cwd, args ----
fresh
env='"PATH=/bin", "EMPTY=", "TWO WORDS=a b", "LINES=1\n2", "DUP=1", "DUP=2", "HOME=/h"'
args='"env"'
check_equal "$(CALLERS=1 run 2>&1)" 'PATH=/bin
EMPTY=
TWO WORDS=a b
LINES=1
2
DUP=1
DUP=2
HOME=/h' 'env: exactly the list, in its order'
fresh
args='"echo", "", "a b", "-n", "$HOME", "\u00fc"'
check_equal "$(run 2>&1)" ' a b -n $HOME ü' 'args: as they are, no shell in between'
fresh
cwd='"/usr/bin/../sbin"'
program pwd
check_equal "$(run 2>&1)" /usr/sbin 'cwd'
ln -sfn /usr/bin "$bundle/rootfs/link"
cwd='"/new/work"'
check_equal "$(run 2>&1)" /new/work 'a cwd that the image lacks is made'
check_equal "$(stat -c %a:%u "$bundle/rootfs/new/work")" 755:0 'as a directory of root'
rm -rf "$bundle/rootfs/new"
cwd='"/link"'
check_equal "$(run 2>&1)" /usr/bin 'cwd through a link of the container'
fresh
env='"PATH=/nowhere:/usr/sbin:/bin"' args='"busybox", "true"'
check 'a program is looked for in PATH' run

# ---- rlimits ----
fresh
process='"rlimits": [ { "type": "RLIMIT_NOFILE", "soft": 100, "hard": 200 },
	{ "type": "RLIMIT_CORE", "soft": 0, "hard": 0 },
	{ "type": "RLIMIT_NPROC", "soft": 50, "hard": 60 },
	{ "type": "RLIMIT_STACK", "soft": 4194304, "hard": 8388608 },
	{ "type": "RLIMIT_FSIZE", "soft": 1048576, "hard": 1048576 } ]'
program 'sed -n "s/  */ /g; s/^Max open files //p; s/^Max core file size //p; s/^Max processes //p
	s/^Max stack size //p; s/^Max file size //p" /proc/self/limits'
check_equal "$(run 2>&1 | sed 's/ *$//')" '1048576 1048576 bytes
4194304 8388608 bytes
0 0 bytes
50 60 processes
100 200 files' 'rlimits: soft and hard, in the five asked for'
hard=$(ulimit -Hn)
if [ "$hard" != unlimited ] && ! capsh --has-p=cap_sys_resource 2>/dev/null; then
	process="\"rlimits\": [ { \"type\": \"RLIMIT_NOFILE\", \"soft\": 100, \"hard\": $((hard + 1)) } ]"
	check_says "/process/rlimits/0: set to 100:$((hard + 1)): Operation not permitted" \
		'an rlimit above the caller'\''s is an error that names it' run
else
	skip 'an rlimit above the caller'\''s is an error that names it' 'the caller may raise it'
fi

# ---- capabilities ----
show_caps="for set in CapInh CapPrm CapEff CapBnd CapAmb; do sed -n \"s/^\$set:[[:space:]]*/\$set /p\" /proc/self/status; done"
fresh
program "$show_caps"
check_equal "$(run 2>&1)" 'CapInh 0000000000000000
CapPrm 0000000000000000
CapEff 0000000000000000
CapBnd 0000000000000000
CapAmb 0000000000000000' 'capabilities absent: none'
# CAP_CHOWN 0, CAP_KILL 5, CAP_SETUID 7, CAP_NET_BIND_SERVICE 10
user='"uid": 1000, "gid": 1000'
caps='"bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_NET_BIND_SERVICE"],
	"permitted": ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"], "effective": ["CAP_KILL"],
	"inheritable": ["CAP_KILL", "CAP_NET_BIND_SERVICE"], "ambient": ["CAP_KILL"]'
check_equal "$(run 2>&1)" 'CapInh 0000000000000420
CapPrm 0000000000000020
CapEff 0000000000000020
CapBnd 00000000000004a1
CapAmb 0000000000000020' 'the five sets, after the exec of an unprivileged user'
user='"uid": 0, "gid": 0'
check_equal "$(run 2>&1)" 'CapInh 0000000000000420
CapPrm 00000000000004a1
CapEff 00000000000004a1
CapBnd 00000000000004a1
CapAmb 0000000000000020' 'and of root, to whom exec gives the bounding set'
caps='"bounding": ["CAP_KILL", "CAP_FLY"], "permitted": ["CAP_KILL", "cap_kill2"]'
program "$(status CapBnd)"
run >"$TMPDIR/got" 2>"$TMPDIR/warnings"
check_equal "$(cat "$TMPDIR/got")" 0000000000000020 'an unknown capability does not stop the container'
check_says "/process/capabilities/bounding/1: capability 'CAP_FLY' is unknown" 'and is warned of' cat "$TMPDIR/warnings"
caps='"bounding": [], "inheritable": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"]'
run >"$TMPDIR/got" 2>"$TMPDIR/warnings"
check_equal "$(cat "$TMPDIR/got")" 0000000000000000 'an inheritable capability outside the bounding set does not either'
check_says '/process/capabilities/inheritable' 'and is warned of' cat "$TMPDIR/warnings"
if grep -q '^CapPrm:.*fe......$' /proc/self/status; then
	caps='"bounding": ["CAP_SYS_RESOURCE", "CAP_KILL"], "permitted": ["CAP_SYS_RESOURCE", "CAP_KILL"],
		"effective": ["CAP_SYS_RESOURCE", "CAP_KILL"]'
	run >"$TMPDIR/got" 2>"$TMPDIR/warnings"
	check_equal "$(cat "$TMPDIR/got")" 0000000000000020 'one that the caller lacks does not either'
	check_says 'cap_sys_resource: the caller lacks it' 'and is warned of by name' cat "$TMPDIR/warnings"
else
	skip 'one that the caller lacks does not either' 'the caller has all'
	skip 'and is warned of by name' 'the caller has all'
fi

# ---- no_new_privs, oomScoreAdj ----
fresh
program "$(status NoNewPrivs)"
check_equal "$(run)" 0 'noNewPrivileges absent'
process='"noNewPrivileges": false'
check_equal "$(run)" 0 'noNewPrivileges false'
process='"noNewPrivileges": true'
check_equal "$(run)" 1 'noNewPrivileges true'
fresh
here=$(cat /proc/self/oom_score_adj)
program 'cat /proc/self/oom_score_adj'
check_equal "$(run)" "$here" 'without oomScoreAdj it stays'
process="\"oomScoreAdj\": $((here < 300 ? here + 700 : 1000))"
check_equal "$(run)" "$((here < 300 ? here + 700 : 1000))" 'oomScoreAdj'
if [ "$here" -gt -1000 ] && ! capsh --has-p=cap_sys_resource 2>/dev/null; then
	process='"oomScoreAdj": -1000'
	check_says '/process/oomScoreAdj: -1000 is lower than the caller' 'lowering it without the right is an error' run
else
	skip 'lowering it without the right is an error' 'the caller may'
fi

# ---- seccomp ----
# The profile of a real engine: sethostname is denied with EPERM, whatever the capabilities.
profile=$(dirname "$0")/../spec/podman.json
fresh
sed -n 's/.*"seccomp":\({.*}\]}\),"maskedPaths.*/\1/p' "$profile" >"$TMPDIR/seccomp"
check 'the profile was found' test -s "$TMPDIR/seccomp"
linux="\"seccomp\": $(cat "$TMPDIR/seccomp")"
program "$(status Seccomp); $(status NoNewPrivs); hostname new; echo works | cat"
caps='"bounding": ["CAP_SYS_ADMIN"], "permitted": ["CAP_SYS_ADMIN"]'
check_equal "$(run 2>&1)" '2
0
hostname: sethostname: Operation not permitted
works' 'the profile of an engine, without no_new_privs'
process='"noNewPrivileges": true'
check_equal "$(run 2>&1)" '2
1
hostname: sethostname: Operation not permitted
works' 'and with it'
linux=''
program 'hostname new && hostname'
check_equal "$(run 2>&1)" new 'which is the filter'\''s doing: without it the same is allowed'
linux='"seccomp": { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
	{ "names": ["mkdir", "mkdirat", "no_such_call"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 },
	{ "names": ["rmdir"], "action": "SCMP_ACT_ERRNO" },
	{ "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "args": [ { "index": 1, "value": 10, "op": "SCMP_CMP_EQ" } ] } ] }'
for nnp in false true; do
	process="\"noNewPrivileges\": $nnp"
	program 'mkdir /tmp/x; rmdir /tmp; kill -0 $$ && echo allowed; kill -USR1 $$'
	check_equal "$(run 2>&1)" "mkdir: can't create directory '/tmp/x': No space left on device
rmdir: '/tmp': Operation not permitted
allowed
sh: can't kill pid 1: Operation not supported" "a denied call answers the errno of the profile (no_new_privs $nnp)"
done
linux='"seccomp": { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL_PROCESS" } ] }'
program 'mkdir /tmp/x; echo $?'
check_says 159 'SCMP_ACT_KILL_PROCESS ends the caller with SIGSYS' run

# ---- uts, sysctl ----
fresh
top='"hostname": "a-host", "domainname": "a.domain"'
program 'hostname; cat /proc/sys/kernel/domainname'
host=$(hostname)
check_equal "$(run)" 'a-host
a.domain' 'hostname and domainname'
check_equal "$(hostname)" "$host" 'and the host keeps its own'
fresh
linux='"sysctl": { "net.ipv4.ip_forward": "1", "net/ipv4/conf/lo/forwarding": "1", "kernel.shmmax": "12345678",
	"fs.mqueue.msg_max": "7", "kernel.domainname": "by.sysctl" }'
program 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/lo/forwarding /proc/sys/kernel/shmmax \
	/proc/sys/fs/mqueue/msg_max /proc/sys/kernel/domainname'
before=$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax)
check_equal "$(run)" '1
1
12345678
7
by.sysctl' 'sysctl of the network, ipc and uts namespaces'
check_equal "$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax)" "$before" 'and the host keeps its own'
linux='"sysctl": { "vm.overcommit_memory": "1" }'
check_says '/linux/sysctl/vm.overcommit_memory: ' 'one of the host is refused' run
linux='"sysctl": { "net.ipv4.no_such_thing": "1" }'
check_says '/linux/sysctl: .*no_such_thing: No such file or directory' 'one that is not there is named' run

# ---- namespaces ----
kinds='pid mnt ipc uts net cgroup'
fresh
program 'for n in pid mnt ipc uts net cgroup; do readlink /proc/self/ns/$n; done'
run >"$TMPDIR/got"
for kind in $kinds; do
	number=$((${number:-0} + 1))
	check_not "a $kind namespace of its own" test "$(sed -n "${number}p" "$TMPDIR/got")" = "$(readlink "/proc/self/ns/$kind")"
done
namespaces='{ "type": "mount" }, { "type": "pid" }'
number=0
run >"$TMPDIR/got"
for kind in $kinds; do
	number=$((number + 1))
	case $kind in pid | mnt) continue ;; esac
	check_equal "$(sed -n "${number}p" "$TMPDIR/got")" "$(readlink "/proc/self/ns/$kind")" "none listed, none made: $kind"
done
# Of another container.
fresh
args='"sleep", "1000"'
write_config other
weir run -d -b "$bundle" other
pid=$(pid_of other)
fresh
namespaces="{ \"type\": \"mount\" }, { \"type\": \"pid\", \"path\": \"/proc/$pid/ns/pid\" },
	{ \"type\": \"ipc\", \"path\": \"/proc/$pid/ns/ipc\" }, { \"type\": \"uts\", \"path\": \"/proc/$pid/ns/uts\" },
	{ \"type\": \"network\", \"path\": \"/proc/$pid/ns/net\" }, { \"type\": \"cgroup\", \"path\": \"/proc/$pid/ns/cgroup\" }"
number=0
run >"$TMPDIR/got" 2>&1
for kind in $kinds; do
	number=$((number + 1))
	[ $kind != mnt ] || continue
	check_equal "$(sed -n "${number}p" "$TMPDIR/got")" "$(readlink "/proc/$pid/ns/$kind")" "joined by path: $kind"
done
program 'ps -o pid,args | grep -q "^ *1 sleep 1000" && echo sees it; test $$ -gt 1 && echo not first'
check_equal "$(run 2>&1)" 'sees it
not first' 'a joined pid namespace shows the processes of it'
namespaces="{ \"type\": \"mount\" }, { \"type\": \"ipc\", \"path\": \"/proc/$pid/ns/net\" }"
check_says "/linux/namespaces/1/path: /proc/$pid/ns/net is a namespace of another type" 'a wrong type is an error' run
namespaces="{ \"type\": \"mount\" }, { \"type\": \"pid\", \"path\": \"/proc/$pid/ns/net\" }"
check_says "/linux/namespaces/1/path: /proc/$pid/ns/net is a namespace of another type" 'for a pid namespace too' run
namespaces='{ "type": "mount" }, { "type": "ipc", "path": "/etc/passwd" }'
check_says '/linux/namespaces/1/path: /etc/passwd is not a namespace' 'and a file that is none' run
namespaces='{ "type": "mount" }, { "type": "ipc", "path": "/nowhere" }'
check_says '/linux/namespaces/1/path: /nowhere: No such file or directory' 'and one that is missing' run
weir delete -f other

# ---- devices and their rules ----
fresh
linux='"devices": [ { "type": "c", "path": "/dev/fuse", "major": 10, "minor": 229, "fileMode": 384, "uid": 1000, "gid": 1001 },
	{ "type": "b", "path": "/dev/deep/down/loop9", "major": 7, "minor": 9, "fileMode": 432 },
	{ "type": "p", "path": "/dev/pipe", "fileMode": 438, "uid": 3 }, { "type": "u", "path": "/dev/plain", "major": 1, "minor": 3 } ]'
program 'stat -c "%n %F %t:%T %a %u %g" /dev/fuse /dev/deep/down/loop9 /dev/pipe /dev/plain /dev/null'
check_equal "$(run 2>&1)" '/dev/fuse character special file a:e5 600 1000 1001
/dev/deep/down/loop9 block special file 7:9 660 0 0
/dev/pipe fifo 0:0 666 3 0
/dev/plain character special file 1:3 666 0 0
/dev/null character special file 1:3 666 0 0' 'devices: type, number, mode, owner; the default ones beside them'
linux='"devices": [ { "type": "c", "path": "/etc/passwd", "major": 1, "minor": 3 } ]'
check_says '/linux/devices/0: /etc/passwd: exists and is not the device' 'a file where a device should be is an error' run
check 'and the file is as it was' grep -q '^root:' "$bundle/rootfs/etc/passwd"
fresh
linux='"devices": [ { "type": "c", "path": "/dev/fuse", "major": 10, "minor": 229, "fileMode": 438 },
	{ "type": "c", "path": "/dev/hw", "major": 10, "minor": 183, "fileMode": 438 } ],
	"resources": { "devices": [ { "allow": false, "access": "rwm" },
		{ "allow": true, "type": "c", "major": 10, "minor": 183, "access": "r" } ] }'
caps='"bounding": ["CAP_MKNOD"], "permitted": ["CAP_MKNOD"], "effective": ["CAP_MKNOD"]'
program 'for d in fuse hw; do for m in "<" ">"; do
		{ eval ": $m /dev/$d"; } 2>&1 | grep -q "Operation not permitted" && echo "$d $m denied" || echo "$d $m by the rules allowed"
	done; done
	for d in null zero full random urandom; do : </dev/$d && echo $d; done; mknod /dev/x c 5 5 && echo made
	{ : </dev/x; } 2>&1 | grep -o "Operation not permitted"'
check_equal "$(run 2>&1)" 'fuse < denied
fuse > denied
hw < by the rules allowed
hw > denied
null
zero
full
random
urandom
made
Operation not permitted' 'device rules: what is denied cannot be opened, the default devices can'

# ---- the session keyring and the pid file ----
fresh
program 'cat /proc/keys'
run >"$TMPDIR/got" 2>&1
check_says ' keyring  *_ses.c1' 'the session keyring is a new one' cat "$TMPDIR/got"
# Under another name: the kernel collects the keyring of a container that has ended in its own time.
weir run --bundle "$bundle" --no-new-keyring c2 >"$TMPDIR/got" 2>&1
check 'with --no-new-keyring the keys can be read too' grep -q ' keyring ' "$TMPDIR/got"
check_equal "$(grep -c '_ses.c2' "$TMPDIR/got")" 0 'but there is no new one'
program 'sleep 1000'
write_config
weir run -d -b "$bundle" --pid-file "$TMPDIR/pid file" c1
check_equal "$(cat "$TMPDIR/pid file")" "$(pid_of c1)" '--pid-file of a detached run'
weir delete -f c1
create --pid-file /nowhere/pid >/dev/null 2>"$TMPDIR/got"
check_says '.-pid-file /nowhere/pid: No such file or directory' 'a pid file that cannot be written is named' cat "$TMPDIR/got"
check 'and nothing is left' nothing_left
plan
