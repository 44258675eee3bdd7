# SPDX-License-Identifier: Apache-2.0
# What goes through the runtime: descriptors in, pidfds out; and the options of create and run that change how.
# needs: cgroup
# timeout: 300

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

# The numbers that are open in a process of the host's, from the shell's own on.
open_in() { ls "/proc/$1/fd" | sort -n | tr '\n' ' '; }

# ---- descriptors ----
program 'cat <&3; (cat <&4) 2>/dev/null; echo "$LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES"'
printf 'three\n' >"$TMPDIR/three"
printf 'four\n' >"$TMPDIR/four"
write_config
with_files() { "$@" 3<"$TMPDIR/three" 4<"$TMPDIR/four" 5</ 9</; }
check_equal "$(with_files weir run --bundle "$bundle" --preserve-fds 1 c1 2>&1)" 'three
  ' '--preserve-fds 1: the first and no other'
check_equal "$(with_files weir run --bundle "$bundle" --preserve-fds 2 c1 2>&1)" 'three
four
  ' '--preserve-fds 2: two'
check_says 'descriptor 6 is not open' 'more than are open' with_files weir run --bundle "$bundle" --preserve-fds 4 c1
check_says "'-1' is not a number" 'a number that is none' weir run --bundle "$bundle" --preserve-fds=-1 c1
activated() { LISTEN_FDS=1 LISTEN_FDNAMES=web with_files "$@"; }
check_equal "$(activated weir run --bundle "$bundle" --preserve-fds 1 c1 2>&1)" 'three
four
1 1 web' 'LISTEN_FDS come first, and the program is told of its own pid'
check_equal "$(LISTEN_PID=1 activated weir run --bundle "$bundle" c1 2>&1 | tail -n 1)" '  ' 'unless they are for somebody else'
check_says 'LISTEN_FDS: .x. is not a number' 'nonsense' env LISTEN_FDS=x "$WEIR" --root "$root" run --bundle "$bundle" c1
check_says 'descriptor 3 is not open' 'or promises' sh -c 'exec env LISTEN_FDS=1 "$@" 3>&-' sh "$WEIR" --root "$root" run --bundle "$bundle" c1
env='"PATH=/bin", "LISTEN_FDS=7", "LISTEN_PID=8"'
write_config
check_equal "$(activated weir run --bundle "$bundle" c1 2>&1 | tail -n 1)" '1 1 web' 'the config does not know better'
fresh

program 'sleep 1000'
write_config
with_files weir create --bundle "$bundle" --preserve-fds 2 c1 </dev/null >/dev/null 2>&1
weir start c1
wait_until 5 sh -c "grep -q sleep /proc/$(pid_of c1)/task/*/children 2>/dev/null || :"
check_equal "$(readlink "/proc/$(pid_of c1)/fd/3" "/proc/$(pid_of c1)/fd/4" "/proc/$(pid_of c1)/fd/5" "/proc/$(pid_of c1)/fd/9")" \
	"$TMPDIR/three
$TMPDIR/four" 'create passes them on, and only them'
check_equal "$(with_files weir exec --preserve-fds 1 c1 sh -c 'cat <&3; cat <&4' 2>/dev/null)" three 'and so does exec'
check_equal "$(activated weir exec c1 sh -c 'cat <&3; test "$LISTEN_PID" = $$ && echo "mine $LISTEN_FDS"')" 'three
mine 1' 'whose program has a pid of its own'
# Whoever waits for the end of a pipe must not wait for the runtime.
mkfifo "$TMPDIR/pipe"
cat "$TMPDIR/pipe" >"$TMPDIR/seen" &
reader=$!
"$WEIR" --root "$root" exec --preserve-fds 1 c1 sh -c 'echo written >&3; exec 3>&-; sleep 1000' 3>"$TMPDIR/pipe" >"$TMPDIR/out" 2>&1 &
runtime=$!
wait "$reader"
check_equal "$(cat "$TMPDIR/seen")" written 'the runtime keeps none of them open'
kill "$runtime"
wait "$runtime" 2>/dev/null
weir delete --force c1
top='"hooks": { "createContainer": [ { "path": "/bin/sh", "args": ["sh", "-c", "ls /proc/self/fd >&2"] } ] }'
program 'exit 0'
write_config
check_not 'no hook sees them' sh -c "exec '$WEIR' --root '$root' run --bundle '$bundle' --preserve-fds 5 c1 2>&1 3</ 4</ 5</ 6</ 7</ | grep -q '[67]'"
fresh

# ---- stdio ----
user='"uid": 1000, "gid": 1000'
program 'echo by name >/dev/stderr; echo out >/dev/stdout'
write_config
check_equal "$(weir run --bundle "$bundle" c1 2>&1 | cat)" 'by name
out' 'a user can open the pipes that are its stdio'
program 'sleep 1000'
weir run --detach --bundle "$bundle" c1 </dev/null >/dev/null 2>&1
check_equal "$(weir exec -u 77 c1 sh -c 'echo by name >/dev/stderr' 2>&1 | cat)" 'by name' 'and so can one of exec'
weir delete --force c1
: >"$TMPDIR/file"
program 'echo x'
weir run --bundle "$bundle" c1 >"$TMPDIR/file" 2>&1
check_equal "$(stat -c %u "$TMPDIR/file")" 0 'a file of the caller stays the caller'\''s'
fresh

# ---- a pidfd for the engine ----
teletype=$PROGRAMS/teletype
if [ -x "$teletype" ]; then
	: >"$TMPDIR/script"
	receive() {
		rm -f "$TMPDIR/socket"
		"$teletype" receive "$TMPDIR/socket" "$TMPDIR/script" >"$TMPDIR/seen" 2>&1 &
		waits=$!
		wait_until 5 test -S "$TMPDIR/socket"
	}
	program 'sleep 1000'
	write_config
	for what in 'run --detach' create; do
		receive
		# shellcheck disable=SC2086
		weir $what --bundle "$bundle" --pidfd-socket "$TMPDIR/socket" c1 </dev/null >/dev/null 2>&1
		wait "$waits"
		check_equal "$(grep message "$TMPDIR/seen")" 'message pidfd, 1 descriptor' "$what --pidfd-socket"
		[ "$what" = create ] || weir delete --force c1
	done
	weir start c1
	receive
	weir exec --pidfd-socket "$TMPDIR/socket" c1 true
	wait "$waits"
	check_equal "$(grep message "$TMPDIR/seen")" 'message pidfd, 1 descriptor' 'exec --pidfd-socket'
	weir delete --force c1
else
	skip '--pidfd-socket' 'tests/programs/teletype is not built (make programs)'
fi
check_says 'pidfd-socket' 'a socket that is missing' weir run --bundle "$bundle" --pidfd-socket "$TMPDIR/none" c1
check 'leaves nothing' nothing_left

# ---- how it is made ----
program 'echo from elsewhere'
write_config
mv "$bundle/config.json" "$TMPDIR/other.json"
check_equal "$(cd "$TMPDIR" && weir run --bundle "$bundle" --config other.json c1 2>&1)" 'from elsewhere' '--config: another file, from where the caller is'
check_equal "$(weir run -b "$bundle" -f "$TMPDIR/other.json" c1 2>&1)" 'from elsewhere' 'or -f'
check_says 'none.json: No such file' 'a file that is missing' weir run --bundle "$bundle" --config "$TMPDIR/none.json" c1
program 'ls / | tr "\n" " "; cat /proc/mounts | wc -l; touch /mark && echo written'
write_config
weir run --bundle "$bundle" c1 >"$TMPDIR/pivoted" 2>&1
rm "$bundle/rootfs/mark"
check_equal "$(weir run --bundle "$bundle" --no-pivot c1 2>&1 | head -n 1 | cut -d' ' -f1-5)" "$(head -n 1 "$TMPDIR/pivoted" | cut -d' ' -f1-5)" '--no-pivot: the same root'
check 'and it is the bundle'\''s' test -f "$bundle/rootfs/mark"
program 'sleep 1000'
weir run --detach --bundle "$bundle" --no-pivot c1 </dev/null >/dev/null 2>&1
check_equal "$(weir exec c1 cat /etc/hosts)" '127.0.0.1 localhost' 'which exec enters too'
weir delete --force c1
program 'exit 6'
write_config
check_status 6 'run --keep ends as the program does' weir run --bundle "$bundle" --keep c1
check 'its state stays' status_is stopped
check 'and its cgroup' test -f "/sys/fs/cgroup/$parent/c1/cgroup.events"
check 'until it is deleted' weir delete c1
check 'and then nothing is left' nothing_left
args='"/nope"'
write_config
check_not 'what does not start is not kept' weir run --bundle "$bundle" --keep c1
check 'either' nothing_left
fresh
program 'exit 0'
write_config
for word in --no-subreaper -no-subreaper -no-pivot --no-new-keyring -no-new-keyring; do
	check_status 0 "$word is taken" weir run --bundle "$bundle" "$word" c1
done

plan
