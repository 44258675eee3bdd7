# SPDX-License-Identifier: Apache-2.0
# The runtime's own file: a container that gets hold of it (CVE-2019-5736) cannot write to it.
# needs: cgroup
# timeout: 600

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"
. "$TESTLIB/../../attack/lib/host.sh"

# A copy, so that what goes wrong goes wrong there.
cp "$WEIR" "$TMPDIR/weir"
own=$TMPDIR/weir
weir() { "$own" --root "$root" "$@"; }
sum=$(cksum <"$own")
host_begin
unharmed() { check_equal "$(cksum <"$own") $(host_left)" "$sum " "$1: the runtime's file is as it was, nothing is left"; }

# What a container may be given: with it, every process of its pid namespace is its to look at.
caps='"bounding": ["CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"], "permitted": ["CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"],
	"effective": ["CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]'

# ---- the first process, while it waits for its start: its file, held until nobody runs it any more ----
program 'exec sleep 1000'
create
weir exec -d c1 sh -c 'exec 5</proc/1/exe; readlink /proc/1/exe >/held; until grep -q sleep /proc/1/comm; do :; done
	{ true >/proc/self/fd/5; } 2>>/held; { true >>/proc/self/fd/5; } 2>>/held
	mount -o remount,rw,bind /proc/self/fd/5 2>>/held; { true >/proc/self/fd/5; } 2>>/held; echo done >>/held'
held() { grep -q . "$bundle/rootfs/held"; }
wait_until 5 held
weir start c1
wait_until 10 grep -q done "$bundle/rootfs/held"
check_equal "$(grep -c 'Read-only file system' "$bundle/rootfs/held")" 3 'a descriptor of the first process'\''s file refuses to be written to'
weir delete -f c1
unharmed 'a descriptor that is kept'

# ---- each exec, by an observer that looks for it ----
program 'while :; do for p in /proc/[0-9]*; do
	[ "$p" = "/proc/$$" ] || [ "$p" = /proc/1 ] || (
		exec 5<"$p/exe" || exit
		[ "$(readlink /proc/self/fd/5)" != /bin/busybox ] || exit
		until true >/proc/self/fd/5; do sleep 0.01; [ -e "$p" ] || break; done
		true >/proc/self/fd/5 && echo wrote
	) 2>>/seen; done; done'
args='"sh", "/prog"'
write_config
weir run -d -b "$bundle" c1
tries=0
execs=8
[ -z "${FULL-}" ] || execs=500
while [ $tries -lt $execs ]; do
	tries=$((tries + 1))
	weir exec c1 true
done
check 'it did get hold of a process before its exec' grep -q 'Read-only file system' "$bundle/rootfs/seen"
weir delete -f c1
unharmed "$execs execs before an observer with CAP_SYS_PTRACE"

# ---- the runtime as the container's program ----
mkdir -p "$bundle/rootfs/lib64"
for file in $(ldd "$own" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'); do
	mkdir -p "$bundle/rootfs$(dirname "$file")"
	cp "$file" "$bundle/rootfs$file"
done
printf '#!/proc/self/exe\n' >"$bundle/rootfs/evil"
printf '#!/proc/1/exe --version\n' >"$bundle/rootfs/evil1"
chmod 755 "$bundle/rootfs/evil" "$bundle/rootfs/evil1"
ln -s /proc/self/exe "$bundle/rootfs/link"
for what in /proc/self/exe /link; do
	args="\"$what\", \"--version\""
	check_says 'executable file not found' "args $what: refused" run
	unharmed "args $what"
done
args='"/evil1"'
run >"$TMPDIR/got" 2>&1
# It runs: but what runs is not to be written to, and is not the file on the host.
note "a script for it says: $(head -n 1 "$TMPDIR/got")"
unharmed 'a script that begins with #!/proc/1/exe'
args='"/evil"'
run >"$TMPDIR/got" 2>&1
unharmed 'a script that begins with #!/proc/self/exe'
program 'exec sleep 1000'
args='"sh", "/prog"'
write_config
weir run -d -b "$bundle" c1
weir exec c1 /evil >"$TMPDIR/got" 2>&1
check_says 'executable file not found' 'exec /proc/self/exe is refused' weir exec c1 /proc/self/exe
weir delete -f c1
unharmed 'exec of such a script'

plan
