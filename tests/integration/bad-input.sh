# SPDX-License-Identifier: Apache-2.0
# Bad input of every stage: one line that names the place and the reason, status 1, nothing left behind.
# needs: cgroup
# timeout: 400

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

program 'echo THE PROGRAM RAN'
write_config
cp "$bundle/config.json" "$TMPDIR/good"
# The parent may stay: it is not the container's. What is in it, and beside it, may not.
mkdir -p "/sys/fs/cgroup/$parent"
hierarchy() { find "/sys/fs/cgroup/$parent" -mindepth 1 -type d; }
# bad PATTERN SENTENCE COMMAND...: all that a refusal has to be.
bad() {
	wanted=$1 sentence=$2
	shift 2
	check_says "$wanted" "$sentence" "$@"
	[ "$tap_status" -eq 1 ] || tap_not_ok "$sentence: status 1, not $tap_status"
	[ "$(grep -c '^weir: ' "$tap_seen")" -eq 1 ] || tap_not_ok "$sentence: in one line" "$tap_seen"
	! grep -q 'THE PROGRAM RAN' "$tap_seen" || tap_not_ok "$sentence: nothing has run"
	nothing_left || tap_not_ok "$sentence: nothing is left"
	[ -z "$(hierarchy)" ] || tap_not_ok "$sentence: no cgroup is left: $(hierarchy)"
}
# edited SED: the good config with one edit, by run and by create.
edited() {
	sed "$1" "$TMPDIR/good" >"$bundle/config.json"
	! cmp -s "$TMPDIR/good" "$bundle/config.json" || tap_not_ok "the edit $1 changes something"
}

# ---- one edit each: what is read ----
while IFS='@' read -r sentence edit wanted; do
	case $sentence in '' | '#'*) continue ;; esac
	edited "$edit"
	bad "$wanted" "$sentence" weir run -b "$bundle" c1
done <<'END'
# the text
trailing garbage@$s/$/ x/@config.json: line [0-9]* column [0-9]*: .*trailing garbage
a comma too many@s|"/", "env"|"/",, "env"|@config.json: line 5 column [0-9]*: 
a comment@1s|^|/* no */|@config.json: line 1 column 
a key twice@s|"cwd": "/"|"cwd": "/", "cwd": "/bin"|@config.json: .*/process/cwd.*
NUL in a string@s|"cwd": "/"|"cwd": "/\\u0000"|@config.json: line 5 column [0-9]*: a NUL character
an array@1s/{/[/@config.json: line
no text at all@d@config.json: 
# types and ranges
a number for a string@s|"cwd": "/"|"cwd": 1|@/process/cwd: expected a string, found an integer
a string for a number@s|"uid": 0|"uid": "0"|@/process/user/uid: expected an integer, found a string
an object for a list@s|"args": \[.*\], "cwd"|"args": {}, "cwd"|@/process/args: expected 
a fraction@s|"uid": 0|"uid": 0.5|@/process/user/uid: 
a negative id@s|"uid": 0|"uid": -1|@/process/user/uid: 
the id that is none@s|"gid": 0|"gid": 4294967295|@/process/user/gid: 
an umask out of range@s|"gid": 0|"gid": 0, "umask": 4096|@/process/user/umask: 
# the process
no version@/ociVersion/d@/ociVersion: required, but missing
a version of the future@s|1\.3\.0|2.0.0|@/ociVersion: 
no root@/"root"/d@/root: required, but missing
no args@s|"args": \[.*\], "cwd"|"cwd"|@/process/args: 
empty args@s|"args": \[.*\], "cwd"|"args": [], "cwd"|@/process/args: 
a relative cwd@s|"cwd": "/"|"cwd": "bin"|@/process/cwd: 
an unknown rlimit@s|"cwd"|"rlimits": [ { "type": "RLIMIT_LUCK", "soft": 1, "hard": 1 } ], "cwd"|@/process/rlimits/0/type: 
an rlimit twice@s|"cwd"|"rlimits": [ { "type": "RLIMIT_CPU", "soft": 1, "hard": 1 }, { "type": "RLIMIT_CPU", "soft": 1, "hard": 1 } ], "cwd"|@/process/rlimits/1
a soft limit above the hard one@s|"cwd"|"rlimits": [ { "type": "RLIMIT_CPU", "soft": 2, "hard": 1 } ], "cwd"|@/process/rlimits/0
oomScoreAdj out of range@s|"cwd"|"oomScoreAdj": 1001, "cwd"|@/process/oomScoreAdj: 
a terminal that is a word@s|"cwd"|"terminal": "true", "cwd"|@/process/terminal: expected a boolean
an AppArmor profile@s|"cwd"|"apparmorProfile": 1, "cwd"|@/process/apparmorProfile: expected a string
# linux
an unknown namespace@s|"type": "uts"|"type": "luck"|@/linux/namespaces/3/type: 
a namespace twice@s|"type": "uts"|"type": "ipc"|@/linux/namespaces/3
time offsets without a namespace@s|"namespaces"|"timeOffsets": { "boottime": { "secs": 1 } }, "namespaces"|@/linux/timeOffsets: given, but no new time namespace
maps without a user namespace@s|"namespaces"|"uidMappings": [ { "containerID": 0, "hostID": 0, "size": 1 } ], "namespaces"|@/linux/uidMappings
an unknown device type@s|"namespaces"|"devices": [ { "type": "q", "path": "/dev/x" } ], "namespaces"|@/linux/devices/0/type: 
a device without numbers@s|"namespaces"|"devices": [ { "type": "c", "path": "/dev/x" } ], "namespaces"|@/linux/devices/0
an unknown propagation@s|"namespaces"|"rootfsPropagation": "loud", "namespaces"|@/linux/rootfsPropagation: 
a closID that is a path@s|"namespaces"|"intelRdt": { "closID": "a/b" }, "namespaces"|@/linux/intelRdt/closID: 
a seccomp action@s|"namespaces"|"seccomp": { "defaultAction": "SCMP_ACT_PRAY" }, "namespaces"|@/linux/seccomp/defaultAction: 
seccomp without its action@s|"namespaces"|"seccomp": {}, "namespaces"|@/linux/seccomp/defaultAction: required, but missing
a relative masked path@s|"namespaces"|"maskedPaths": ["etc"], "namespaces"|@/linux/maskedPaths/0: 
swap below the limit@s|"namespaces"|"resources": { "memory": { "limit": 100, "swap": 50 } }, "namespaces"|@/linux/resources/memory/swap: 
access that is none@s|"namespaces"|"resources": { "devices": [ { "allow": true, "access": "rwx" } ] }, "namespaces"|@/linux/resources/devices/0/access: 
# hooks and annotations
a relative hook@s|"linux"|"hooks": { "poststop": [ { "path": "x" } ] }, "linux"|@/hooks/poststop/0/path: 
a hook without time@s|"linux"|"hooks": { "poststop": [ { "path": "/x", "timeout": 0 } ] }, "linux"|@/hooks/poststop/0/timeout: 
an annotation without a name@s|"linux"|"annotations": { "": "x" }, "linux"|@/annotations
an annotation that is no string@s|"linux"|"annotations": { "x": 1 }, "linux"|@/annotations/x: expected a string
a ladder@s|"linux"|"annotations": { "io.weir.memory.ladder": "70%=log,80%=fly" }, "linux"|@/annotations/io.weir.memory.ladder: .*column
# the plan
a mount without a mount namespace@s|{ "type": "mount" }, ||@/mounts: needs a mount namespace
a host name without its namespace@s|{ "type": "uts" },|{ "type": "uts", "path": "/proc/self/ns/net" },|@/linux/namespaces/3/path: .*another type
a bind without a source@s|"type": "proc", "source": "proc"|"type": "bind"|@/mounts/0/source: 
a mount without a type@s|"type": "proc", "source": "proc"|"source": "proc"|@/mounts/0/type: missing
a cgroup path@s|"cgroupsPath": "/|"cgroupsPath": "/../|@/linux/cgroupsPath: 
# the cgroup
a unified key@s|"namespaces"|"resources": { "unified": { "nice.value": "1" } }, "namespaces"|@nice
a kernel file that is not ours@s|"namespaces"|"resources": { "unified": { "cgroup.procs": "1" } }, "namespaces"|@cgroup.procs
a value the kernel refuses@s|"namespaces"|"resources": { "unified": { "cgroup.max.depth": "x" } }, "namespaces"|@cgroup.max.depth.*Invalid argument
# root, mounts, devices
a root that is missing@s|"path": "rootfs"|"path": "nowhere"|@/root/path: .*nowhere: No such file
a root that is a file@s|"path": "rootfs"|"path": "rootfs/prog"|@/root/path: .*: Not a directory
an unknown file system@s|"type": "tmpfs"|"type": "luckfs"|@/mounts/1: /dev: fsopen luckfs: No such device
an option it does not know@s|"mode=755"|"mode=888"|@/mounts/1: /dev: mode
a missing source@s|"type": "tmpfs", "source": "tmpfs", "options": \[[^]]*\]|"type": "bind", "source": "/nowhere"|@/mounts/1: /dev: source /nowhere: No such
a mount through a file@s|"destination": "/dev"|"destination": "/etc/passwd/x"|@/mounts/1: .*Not a directory
a device over a file@s|"namespaces"|"devices": [ { "type": "p", "path": "/prog" } ], "namespaces"|@/linux/devices/0: /prog: exists and is not
a long host name@s|"linux"|"hostname": "0123456789012345678901234567890123456789012345678901234567890123456789", "linux"|@/hostname: 
# identity, exec
a cwd that cannot be made@s|"cwd": "/"|"cwd": "/prog/nowhere"|@/process/cwd: /prog/nowhere: Not a directory
a cwd that is a file@s|"cwd": "/"|"cwd": "/prog"|@/process/cwd: /prog: Not a directory
a program that is missing@s|"sh", |"nosuch", |@exec: "nosuch": executable file not found in $PATH
a program that is a directory@s|"sh", |"/bin", |@exec: "/bin": is a directory
a program that may not run@s|"sh", |"/etc/passwd", |@exec: "/etc/passwd": permission denied
END
# What only exec finds out.
printf 'not a program' >"$bundle/rootfs/noise"
chmod 755 "$bundle/rootfs/noise"
edited 's|"sh", |"/noise", |'
bad "exec '/noise': Exec format error" 'what the kernel cannot run, in the foreground' weir run -b "$bundle" c1
bad "exec '/noise': Exec format error" 'and detached' weir run -d -b "$bundle" c1
check 'create cannot know' weir create -b "$bundle" c1
check_says "exec '/noise': Exec format error" 'start tells' weir start c1
check_equal "$tap_status" 1 'and fails'
check 'the container has stopped' wait_until 5 status_is stopped
check 'and can be deleted' weir delete c1

# ---- by create and detached as well ----
for edit in 's|"path": "rootfs"|"path": "nowhere"|' 's|"sh", |"nosuch", |' 's|"mode=755"|"mode=888"|'; do
	edited "$edit"
	bad . "create: $edit" weir create -b "$bundle" c1
	bad . "run --detach: $edit" weir run -d -b "$bundle" c1
done

# ---- ladders on the command line ----
cp "$TMPDIR/good" "$bundle/config.json"
while IFS='@' read -r text column; do
	bad "^weir: .*--ladder: .*column $column" "--ladder '$text'" weir run -b "$bundle" --ladder "$text" c1
done <<'END'
70%=log,80%=fly@
x@1
70%@
170%=log@1
70%=log,,80%=log@
END
bad '^weir: .*ladder needs a cgroup' 'a ladder without a cgroup' weir --cgroup-manager=disabled run -b "$bundle" --ladder graceful c1

# ---- bundles and ids ----
bad 'bundle /nowhere: No such file or directory' 'a missing bundle' weir run -b /nowhere c1
bad 'Not a directory' 'a bundle that is a file' weir run -b "$bundle/rootfs/prog" c1
rm "$bundle/config.json"
bad 'config.json: No such file or directory' 'a bundle without config.json' weir run -b "$bundle" c1
mkfifo "$bundle/config.json"
bad 'config.json: ' 'a config.json that is a pipe is refused at once' timeout 5 "$WEIR" --root "$root" run -b "$bundle" c1
rm "$bundle/config.json"
ln -s /dev/zero "$bundle/config.json"
bad 'config.json: ' 'or a device' timeout 5 "$WEIR" --root "$root" run -b "$bundle" c1
rm "$bundle/config.json"
cp "$TMPDIR/good" "$bundle/config.json"
long=$(head -c 300 /dev/zero | tr '\0' x)
for id in '' . .. a/b ../x /x .x 'a b' 'a
b' ü 'con:1' 'a*' "$long"; do
	bad '^weir: .*container id' "the id '$id'" weir run -b "$bundle" -- "$id"
done
for command in start state kill delete; do
	bad "container 'nobody' does not exist" "$command of what is not there" weir $command nobody
done
for words in '' bogus 'run' 'run a b' 'run --bogus c1' 'kill c1 NOSIG' 'create --bundle' '--log-format x state c1' \
	'--cgroup-manager x run c1' 'sandbox -- true' 'sandbox --memory x -- true' 'sandbox --memory 0 -- true' 'memory explain nobody'; do
	# shellcheck disable=SC2086
	bad '^weir: ' "weir $words" weir $words
done
check 'and the good config is good' weir run -b "$bundle" c1
plan
