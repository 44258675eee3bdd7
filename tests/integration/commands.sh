# SPDX-License-Identifier: Apache-2.0
# The commands and options that engines probe for and people type, beyond the life of one container (launcher.sh).
# needs: cgroup
# timeout: 300

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

has() { grep -q -e "$1" "$TMPDIR/got"; }

# ---- features ----
weir features >"$TMPDIR/got" 2>"$TMPDIR/stderr"
check_equal "$?" 0 'features'
check_equal "$(cat "$TMPDIR/stderr")" '' 'says nothing on stderr'
for word in '"ociVersionMin": "1.0.0"' '"ociVersionMax": "1.3.0"' '"rro"' '"user"' '"SCMP_ACT_ERRNO"' '"v2": true' \
	'"io.github.seccomp.libseccomp.version": "2\.' '"io.weir.memory."'; do
	check "and lists $word" has "$word"
done

# ---- the manager of cgroups ----
nowhere() { env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent "$WEIR" --root "$root" "$@"; }
cgroups_path=:t:c1
write_config
check_says 'create container .c1.: systemd: the system bus: connect: No such file\|needs libsystemd.so.0' \
	'systemd is asked, and one error says that it is not there' nowhere --systemd-cgroup run -b "$bundle" c1
check_equal "$tap_status" 1 'with status 1'
check 'nothing is left of it' test -z "$(weir list -q)"
fresh
write_config
check_says '/linux/cgroupsPath: .*slice:prefix:name' 'a path is none of its names' weir -s run -b "$bundle" c1
check_says 'c1. does not exist' 'other commands take it by either name' nowhere --cgroup-manager systemd state c1
check_says "unknown manager 'luck'" 'and an unknown one by its name' weir --cgroup-manager=luck state c1

# ---- checkpoint, restore: as podman probes for them ----
check 'checkpoint --help' weir checkpoint --help
check_says 'requires an argument' 'restore --lsm-mount-context without one says so' weir restore --lsm-mount-context
check_says 'flag needs an argument' 'in either of the words looked for' weir restore --lsm-mount-context
check_equal "$tap_status" 1 'with status 1'
for line in 'checkpoint --image-path /x --work-path /y --leave-running --tcp-established --file-locks c1' \
	'checkpoint --of-tomorrow c1' 'restore -no-subreaper -no-pivot --image-path /x c1' 'restore'; do
	# shellcheck disable=SC2086
	check_says 'this build has no CRIU' "weir $line" weir $line
	check_equal "$tap_status" 1 'status 1'
done

# ---- help and version ----
for command in '' $("$TESTLIB/../../list-options" "$WEIR" | sed -n 's/^\([a-z]*\);.*/\1/p' | sort -u); do
	# shellcheck disable=SC2086
	check "weir $command --help" weir $command --help
	# shellcheck disable=SC2086
	check_equal "$(weir $command -h 2>&1 | wc -lL | awk '{ print ($1 <= 24 && $2 <= 100) }')" 1 "weir $command -h fits a screen"
done
for option in --version -v -V; do
	check_equal "$(weir $option | sed 's/[:0-9].*//' | tr '\n' ,)" 'weir version ,commit,spec,' "$option"
done
check_says '^spec: 1\.3\.0$' 'the spec by its number' weir --version

# ---- list ----
check_equal "$("$WEIR" --root "$TMPDIR/nowhere" list -f json 2>&1)" '[]' 'list of a root that is not there: an empty array'
check_equal "$("$WEIR" --root "$TMPDIR/nowhere" list -q 2>&1)" '' 'and no ids'
check 'without making it' test ! -e "$TMPDIR/nowhere"
program 'exec sleep 1000'
long=a-container-with-a-name-as-long-as-those-that-engines-give-to-theirs
write_config $long
weir create -b "$bundle" $long
write_config b1
weir run -d -b "$bundle" b1
check_equal "$(weir list | head -n 1 | tr -s ' ')" 'ID PID STATUS BUNDLE CREATED OWNER' 'list: a table'
check_equal "$(weir list | awk '{ print index($0, $3) }' | sort -u | wc -l)" 1 'whose columns are in line'
check_says "^$long *$(pid_of $long) *created *$bundle *20.*Z *root$" 'with what there is to say of each' weir list
check_says "^b1 *$(pid_of b1) *running " 'sorted by id' weir list
check_equal "$(weir list -q | tr '\n' ' ')" "$long b1 " 'list -q: ids'
weir list -f json >"$TMPDIR/got"
check_equal "$(grep -c '"ociVersion"' "$TMPDIR/got")" 2 'list -f json: the state of each'
check_says "unknown format 'yaml'" 'and no other format' weir list --format yaml

# ---- kill ----
check_says "unknown signal 'LUCK'" 'kill: an unknown signal' weir kill b1 LUCK
check_says "unknown signal '65'" 'a number above the last' weir kill b1 65
check 'no signal asks whether one could be sent' weir kill b1 0
check_says "container 'nobody' does not exist" 'kill of nobody' weir kill nobody TERM
check_equal "$tap_status" 1 'status 1'
weir delete -f $long
weir delete -f b1
# Each by name, with and without SIG, in either case, and by number: what arrives is told by the program.
write_config c1
cat >"$bundle/rootfs/prog" <<'END'
for s in HUP INT QUIT USR1 USR2 ALRM TERM CONT WINCH RTMIN RTMIN+5 RTMAX-3 RTMAX; do
	trap "echo $s >>/seen" $s
done
echo ready >>/seen
while :; do sleep 0.05; done
END
# busybox names real-time signals by number alone.
sed -i 's/RTMIN RTMIN+5 RTMAX-3 RTMAX;/34 39 61 64;/' "$bundle/rootfs/prog"
: >"$bundle/rootfs/seen"
weir run -d -b "$bundle" c1
seen() { [ "$(tail -n 1 "$bundle/rootfs/seen")" = "$1" ]; }
wait_until 5 seen ready
while read -r word wanted; do
	: >"$bundle/rootfs/seen"
	weir kill c1 "$word"
	check "kill $word" wait_until 5 seen "$wanted"
done <<'END'
HUP HUP
SIGINT INT
3 QUIT
usr1 USR1
sigusr2 USR2
ALRM ALRM
SIGRTMIN 34
RTMIN+5 39
SIGRTMAX-3 61
RTMAX 64
64 64
15 TERM
SIGCONT CONT
28 WINCH
END
: >"$bundle/rootfs/seen"
weir kill c1
check 'kill without a word' wait_until 5 seen TERM
program 'sleep 1000 & sleep 1000 & exec sleep 1000'
weir delete -f c1
weir run -d -b "$bundle" c1
procs() { wc -l <"/sys/fs/cgroup/$parent/c1/cgroup.procs"; }
three() { [ "$(procs)" -eq 3 ]; }
check 'three processes' wait_until 5 three
check 'kill --all TERM' weir kill --all c1 TERM
one() { [ "$(procs)" -eq 1 ]; }
check 'reaches those that take it' wait_until 5 one
check 'kill -a KILL' weir kill -a c1 KILL
check 'ends all' wait_until 5 status_is stopped
check_says 'container not running' 'kill of a stopped one' weir kill c1
check_equal "$tap_status" 1 'status 1'
check 'kill --all of a stopped one is no error' weir kill --all c1 KILL
weir delete c1

# Its first process is no pid 1, and has not become the program yet.
fresh
namespaces='{ "type": "mount" }, { "type": "ipc" }'
create
check 'kill TERM of a created one' weir kill c1 TERM
check 'ends it, where it is no init' wait_until 5 status_is stopped
weir delete c1
fresh

# ---- regular expressions ----
program 'exec sleep 1000'
for id in web-1 web-2 db-1; do
	write_config $id
	weir run -d -b "$bundle" $id
done
check_says "^weir: --regex '(': " 'a regular expression that is none' weir kill --regex '('
check 'kill --regex' weir kill --regex '^web-[0-9]$' KILL
stopped() { [ "$(weir list | grep -c ' stopped ')" -eq "$1" ]; }
check 'reaches those that match' wait_until 5 stopped 2
check_says 'running' 'and no other' weir state db-1
check_says 'container not running' 'what went wrong with one is told' weir kill --regex 'web-1|db' KILL
check 'and the others get theirs' wait_until 5 stopped 3
check 'delete --regex' weir delete --regex '^web'
check_equal "$(weir list -q)" db-1 'removes those that match'
check 'delete -f -r' weir delete -f -r .
check_equal "$(weir list -q)" '' 'all of them'
check 'that none matches is no error' weir delete --regex '^nobody$'
check_equal "$(cgroups)" 0 'no cgroup is left'

# ---- spec ----
mkdir "$TMPDIR/spec"
check 'spec' weir spec -b "$TMPDIR/spec"
check_says 'file config.json exists' 'spec does not overwrite' weir spec --bundle "$TMPDIR/spec"
check 'spec -f' weir spec -b "$TMPDIR/spec" -f other.json
check 'writes another name' cmp "$TMPDIR/spec/config.json" "$TMPDIR/spec/other.json"
check 'spec --rootless' weir spec --rootless -b "$TMPDIR/spec" --file rootless.json
for word in '"user"' '"hostID": '"$(id -u)" '"rbind"'; do
	check_says "$word" "has $word" cat "$TMPDIR/spec/rootless.json"
done
for word in '"network"' 'gid=' '"devices"'; do
	check_not "has no $word" grep -e "$word" "$TMPDIR/spec/rootless.json"
done
cp -r "$bundle/rootfs" "$TMPDIR/spec/rootfs"
chmod 755 "$TMPDIR/spec"
mv "$TMPDIR/spec/rootless.json" "$TMPDIR/spec/config.json"
sed -i 's|"terminal": true|"terminal": false|' "$TMPDIR/spec/config.json"
sed -i 's|"sh"$|"sh", "-c", "id -u; cat /proc/self/uid_map; ls /sys/class"|' "$TMPDIR/spec/config.json"
weir run -b "$TMPDIR/spec" c1 >"$TMPDIR/got" 2>&1
check_equal "$(head -n 2 "$TMPDIR/got" | tr -s ' ' | tr '\n' ,)" "0, 0 $(id -u) 1," 'and runs: root of a user namespace with one id'
check 'with a /sys to look at' has '^net$'
plan
