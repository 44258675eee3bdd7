# SPDX-License-Identifier: Apache-2.0
# Terminals: create, run and exec with one, in the foreground and by console socket. What the program has is read from
# inside; a small program (teletype) sits at the other end.
# needs: cgroup
# timeout: 300

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

teletype=$PROGRAMS/teletype
if ! [ -x "$teletype" ]; then
	skip 'terminals' 'tests/programs/teletype is not built (make programs)'
	plan
	exit
fi
pts_mounts="$basic_mounts,
	{ \"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\",
	  \"options\": [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\", \"gid=5\"] }"
with_terminal() {
	fresh
	mounts=$pts_mounts process='"terminal": true'
}
script() { printf '%s\n' "$@" >"$TMPDIR/script"; }
# drive ROWSxCOLUMNS COMMAND...: what came, less carriage returns.
drive() {
	drive_size=$1
	shift
	"$teletype" drive "$drive_size" "$TMPDIR/script" "$@" 2>&1 | tr -d '\r'
}
weir_run() { drive "$1" "$WEIR" --root "$root" run --bundle "$bundle" c1; }
in_foreground() {
	write_config
	weir_run "${1-33x77}"
}

# ---- what the program finds ----
with_terminal
program 'tty; stty size; ls -l /proc/self/fd/0 | sed "s/.*-> //"; stat -c "%u %g %a" "$(tty)"; stat -c "%t:%T %i" /dev/console /dev/pts/0
	echo here >/dev/console; echo there >/dev/tty; awk "{ print (\$1 == \$6), \$7 }" /proc/self/stat; cat /proc/1/stat | cut -d" " -f6
	for fd in /proc/self/fd/*; do [ -e "$fd" ] && echo "fd ${fd##*/}"; done; exit 0'
script end
in_foreground >"$TMPDIR/seen"
has() { grep -qx -e "$1" "$TMPDIR/seen"; }
for line in /dev/pts/0 '33 77' '0 5 620' here there 'fd 0' 'fd 1' 'fd 2' 'status 0' 'modes kept'; do
	check "a terminal: $line" has "$line"
done
check_not 'and nothing else is open' has 'fd [3-9].*'
check_equal "$(grep -c '^88:0 3$' "$TMPDIR/seen")" 2 '/dev/console is the terminal itself'
check 'it leads a session, whose terminal that is' has '1'
note "$(cat "$TMPDIR/seen")"

process='"terminal": true, "consoleSize": { "height": 12, "width": 34 }' user='"uid": 1000, "gid": 1000'
program 'stty size; stat -c "%u %g" "$(tty)"; echo x >/dev/pts/0; echo y >"$(tty)"'
write_config
check_equal "$(weir run --bundle "$bundle" c1 </dev/null 2>&1 | tr -d '\r')" '12 34
1000 5
x
y' 'without a terminal of ours: its own size, owned by the user, and our pipes'
process='"terminal": false, "consoleSize": { "height": 12, "width": 34 }'
program 'test -t 0 || echo none'
check_equal "$(run </dev/null 2>&1)" none 'consoleSize is ignored without a terminal'

# ---- typing ----
with_terminal
program 'PS1="> " exec sh -i'
script 'expect > ' 'send echo $((6*7))\n' 'expect 42' 'expect > ' 'resize 11x22' 'send sleep 0.2; stty size\n' 'expect 11 22' 'expect > ' \
	"send sh -c 'echo slee\"\"ping; exec sleep 100'\\n" 'expect sleeping' 'send \x03' 'expect > ' 'send echo st$?\n' 'expect st130' \
	'send exit 9\n' 'end'
in_foreground >"$TMPDIR/seen"
check 'what is typed arrives, the size follows, Ctrl-C interrupts, the exit status comes back' has 'status 9'
check 'and our terminal is as it was' has 'modes kept'
script 'expect >' 'send \x04' 'end'
in_foreground >"$TMPDIR/seen"
check 'Ctrl-D ends a shell' has 'status 0'

# Every way out restores the modes.
for way in 'exec nosuchprogram' 'kill -9 $$' 'exit 3'; do
	program "$way"
	script 'end'
	in_foreground >"$TMPDIR/seen"
	check "modes are kept after: $way" has 'modes kept'
done
args='"/nope"'
in_foreground >"$TMPDIR/seen"
check 'and when the program does not start' has 'modes kept'
check_says 'executable file not found' 'which is said' cat "$TMPDIR/seen"
args='"sh", "/prog"'
program 'trap "echo got; exit 5" TERM; echo ready; while :; do sleep 0.1; done'
script 'expect ready' 'expect got' 'end'
write_config
(
	wait_until 10 status_is running && sleep 0.5
	# The runtime, and not the container: its parent.
	kill -TERM "$(cut -d' ' -f4 "/proc/$(pid_of c1)/stat")"
) >"$TMPDIR/killer" 2>&1 &
weir_run 24x80 >"$TMPDIR/seen"
check 'a signal to the runtime reaches the program' has 'status 5'
check 'and the modes are kept' has 'modes kept'

# ---- no terminal at our end ----
program 'PS1= ; while read -r line; do echo "got $line"; done; echo over'
write_config
check_equal "$(printf 'a\nb\n' | weir run --bundle "$bundle" c1 2>&1 | tr -d '\r' | grep -v '^[ab^]')" 'got a
got b
over' 'a pipe is typed in, and its end is one'
program 'cat >/dev/null; echo over'
check_equal "$(printf 'half' | weir run --bundle "$bundle" c1 2>&1 | tr -d '\r' | grep -o over)" over 'also in the middle of a line'
program 'seq 1 20000; echo last'
for try in 1 2 3; do
	check_equal "$(weir run --bundle "$bundle" c1 </dev/null 2>&1 | tr -d '\r' | awk '{ n++ } END { print n, $0 }')" '20001 last' "no output is lost at the end ($try)"
done
check_equal "$(weir run --bundle "$bundle" c1 </dev/null 2>/dev/null | head -n 1 | tr -d '\r')" 1 'a reader that goes away ends nothing'
check 'and nothing is left' nothing_left

# ---- exec ----
with_terminal
process=''
program 'trap "exit 0" TERM; while :; do sleep 0.1; done'
write_config
weir run --detach --bundle "$bundle" c1 </dev/null >/dev/null 2>&1
script 'end'
check_equal "$(drive 21x43 "$WEIR" --root "$root" exec --tty -u 1000 c1 sh -c 'tty; stty size; stat -c %u "$(tty)"; awk "{ print \$7 != 0 }" /proc/self/stat; exit 4')" '/dev/pts/0
21 43
1000
1

status 4
modes kept' 'exec --tty: a terminal of the container'
printf '%s\n' '{ "terminal": true, "consoleSize": { "height": 5, "width": 6 }, "args": ["stty", "size"], "cwd": "/", "env": ["PATH=/bin"],
	"user": { "uid": 0, "gid": 0 } }' >"$TMPDIR/process.json"
check_equal "$(weir exec --process "$TMPDIR/process.json" c1 </dev/null 2>&1 | tr -d '\r')" '5 6' 'a process object asks for one'
script 'expect $' 'send \x04' 'end'
check_says 'status 0' 'a shell is ended by Ctrl-D' drive 24x80 "$WEIR" --root "$root" exec --tty c1 env 'PS1=$' sh -i

# ---- the console socket ----
receive() {
	rm -f "$TMPDIR/socket"
	"$teletype" receive "$TMPDIR/socket" "$TMPDIR/script" >"$TMPDIR/seen" 2>&1 &
	waits=$!
	wait_until 5 test -S "$TMPDIR/socket"
}
script 'expect /dev/pts/0' 'send echo $((6*7))\n' 'expect 42' 'send exit\n' 'end'
receive
check 'exec --detach gives the terminal away' weir exec --detach --tty --pid-file "$TMPDIR/pid" --console-socket "$TMPDIR/socket" c1 sh -c 'tty; exec sh -i'
check_status 0 'in one message' wait "$waits"
check 'with its name and one descriptor' grep -q '^message /dev/pts/0, 1 descriptor' "$TMPDIR/seen"
weir delete --force c1
process='"terminal": true'
program 'tty; exec sh -i'
write_config
receive
check 'create gives the terminal away' weir create --bundle "$bundle" --console-socket "$TMPDIR/socket" c1
check 'start starts' weir start c1
check_status 0 'what was typed has arrived' wait "$waits"
check 'in one message' grep -q '^message /dev/pts/0, 1 descriptor' "$TMPDIR/seen"
weir delete --force c1
receive
check 'run --detach does too' weir run --detach --bundle "$bundle" --console-socket "$TMPDIR/socket" c1
check_status 0 'and the program is at it' wait "$waits"
weir delete --force c1
# sun_path holds 108 bytes; engines' paths are longer.
long=$TMPDIR/$(printf '%0100d' 0)
mkdir "$long"
script 'expect /dev/pts/0'
(cd "$long" && exec "$teletype" receive socket "$TMPDIR/script") >"$TMPDIR/seen" 2>&1 &
waits=$!
wait_until 5 test -S "$long/socket"
check 'a path longer than a socket address' weir create --bundle "$bundle" --console-socket "$long/socket" c1
weir start c1
wait "$waits"
weir delete --force c1

# ---- what does not fit together ----
check_says 'needs a --console-socket' 'create without a socket' weir create --bundle "$bundle" c1
check_says 'needs a --console-socket' 'run --detach without a socket' weir run --detach --bundle "$bundle" c1
check_says 'No such file' 'a socket that is missing' weir create --bundle "$bundle" --console-socket "$TMPDIR/nope" c1
check_says 'is not a socket' 'a file that is no socket' weir create --bundle "$bundle" --console-socket "$TMPDIR/script" c1
check_says 'connect: Connection refused' 'a socket that nobody listens to' weir create --bundle "$bundle" --console-socket "$long/socket" c1
process=''
write_config
check_says 'has no terminal' 'a socket without a terminal' weir create --bundle "$bundle" --console-socket "$TMPDIR/socket" c1
process='"terminal": true' mounts=$basic_mounts
write_config
check_says '/process/terminal: .*dev/pts' 'no devpts' weir run --bundle "$bundle" c1
mkdir -p "$bundle/rootfs/fake"
: >"$bundle/rootfs/fake/ptmx"
mounts="$basic_mounts, { \"destination\": \"/dev/pts\", \"type\": \"bind\", \"source\": \"$bundle/rootfs/fake\", \"options\": [\"bind\"] }"
write_config
check_says 'no devpts is mounted there' 'a folder of the image is none' weir run --bundle "$bundle" c1
# CVE-2025-52565: what the image put where the console goes.
mkdir -p "$bundle/rootfs/hostile"
ln -s /etc/hosts "$bundle/rootfs/hostile/console"
mounts="{ \"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\" },
	{ \"destination\": \"/dev\", \"type\": \"bind\", \"source\": \"$bundle/rootfs/hostile\", \"options\": [\"bind\"] },
	{ \"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\", \"options\": [\"newinstance\", \"ptmxmode=0666\"] }"
write_config
check_says '/dev/console' 'a link at /dev/console is not followed' weir run --bundle "$bundle" c1
check 'and nothing is left' nothing_left

plan
