# SPDX-License-Identifier: Apache-2.0
# Races: names of the image that are exchanged while a container is made in it; commands on one id at a time.
# needs: cgroup
# timeout: 900

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"
. "$TESTLIB/../../attack/lib/host.sh"

runs=12 rounds=4
[ -z "${FULL-}" ] || { runs=600 rounds=500; }
image=$bundle/rootfs
host_begin

# race A B SENTENCE: runs the container while A and B are exchanged; counts what came of it.
race() {
	"$BUILT/tests/attack/racer" "$image/$1" "$image/$2" >/dev/null 2>&1 &
	racer=$!
	good=0 bad=0
	while [ $((good + bad)) -lt $runs ]; do
		if run >"$TMPDIR/got" 2>&1; then good=$((good + 1)); else bad=$((bad + 1)); fi
		cat "$TMPDIR/got" >>"$TMPDIR/all"
	done
	# Unless it had raced, nothing was tested.
	check "$3: the racer raced" kill "$racer"
	wait "$racer" 2>/dev/null
	check "$3: 99 of 100 succeed ($bad of $runs did not)" test $((bad * 100)) -le $runs
	host_unharmed "$3"
	rm -f "$TMPDIR/all.$4"
	mv "$TMPDIR/all" "$TMPDIR/all.$4"
}

# ---- a mount's destination, and its missing parts (CVE-2021-30465, CVE-2024-45310) ----
mkdir -p "$image/d"
ln -s "$canary/dir" "$image/l"
mounts="$basic_mounts, { \"destination\": \"/d/a/b\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" },
	{ \"destination\": \"/d/file\", \"type\": \"bind\", \"source\": \"$canary/file\", \"options\": [\"bind\"] }"
program 'echo ran'
race d l 'a destination' destination
rm -rf "$image/d" "$image/l"

# ---- a device, a masked path, a read-only path, /dev itself ----
mkdir -p "$image/d/ro" "$image/e/ro"
echo secret >"$image/d/secret"
echo secret >"$image/e/secret"
mounts=$basic_mounts
linux='"devices": [ { "type": "c", "path": "/d/null", "major": 1, "minor": 3 } ],
	"maskedPaths": ["/d/secret"], "readonlyPaths": ["/d/ro"]'
program 'grep -e " /[de]/" /proc/self/mountinfo; echo ran'
race d e 'devices, masked and read-only paths' paths
# Whichever of the two it was, what lies on it is what was asked for.
seen=$TMPDIR/all.paths
check_equal "$(grep -e '/ro ' "$seen" | grep -vc '/ro ro,')" 0 'no read-only path is writable'
check_equal "$(grep -e '/secret ' "$seen" | grep -vc '/null /[de]/secret ro,')" 0 'no mask is anything but the null device'
check 'they were there' test "$(grep -c -e '/ro ' "$seen") $(grep -c -e '/secret ' "$seen")" = "$runs $runs"
linux=''
rm -rf "$image/d" "$image/e"
mv "$image/dev" "$image/d"
mkdir "$image/dev"
rmdir "$image/dev" && mv "$image/d" "$image/dev"
ln -s "$canary/dev" "$image/l"
mounts='{ "destination": "/proc", "type": "proc", "source": "proc" }'
program 'test -c /dev/null && echo ran'
"$BUILT/tests/attack/racer" "$image/dev" "$image/l" >/dev/null 2>&1 &
racer=$!
tries=0
while [ $tries -lt $runs ]; do
	tries=$((tries + 1))
	run >"$TMPDIR/got" 2>&1
done
kill "$racer"
wait "$racer" 2>/dev/null
host_unharmed '/dev and a link to the host, exchanged (CVE-2026-41579)'
[ -d "$image/dev" ] && [ ! -L "$image/dev" ] || { rm -f "$image/dev"; mv "$image/l" "$image/dev"; }
rm -f "$image/l"

# ---- /proc: a link where procfs goes ----
ln -s tmp "$image/l"
mounts=$basic_mounts
program 'test -e /proc/self/status && echo ran'
"$BUILT/tests/attack/racer" "$image/proc" "$image/l" >/dev/null 2>&1 &
racer=$!
tries=0
while [ $tries -lt $runs ]; do
	tries=$((tries + 1))
	run >>"$TMPDIR/procs" 2>&1
done
kill "$racer"
wait "$racer" 2>/dev/null
check_equal "$(grep -vc -e '^ran$' -e '^weir: .*/proc' "$TMPDIR/procs")" 0 'procfs is on /proc, or it is refused'
host_unharmed '/proc and a link, exchanged'
[ ! -L "$image/proc" ] || { rm -f "$image/proc"; mv "$image/l" "$image/proc"; }
rm -rf "$image/l"

# ---- one id at a time ----
fresh
program 'exec sleep 1000'
write_config
: >"$TMPDIR/created"
for i in 1 2 3 4 5 6 7 8 9 10; do
	{ "$WEIR" --root "$root" create -b "$bundle" c1 && echo $i >>"$TMPDIR/created"; } >"$TMPDIR/out.$i" 2>&1 &
done
wait
check_equal "$(wc -l <"$TMPDIR/created")" 1 'of ten creates of one id one succeeds'
check_equal "$(grep -l 'already exists' "$TMPDIR"/out.* | wc -l)" 9 'the others say why'
: >"$TMPDIR/ended"
for i in 1 2 3 4 5 6 7 8 9 10; do
	{ timeout 20 "$WEIR" --root "$root" delete --force c1; echo $? >>"$TMPDIR/ended"; } >/dev/null 2>&1 &
done
wait
check_equal "$(sort "$TMPDIR/ended" | uniq -c | tr -s ' ')" ' 10 0' 'ten deletes of it at once: none fails, none hangs'
host_unharmed 'ten creates and deletes'
round=0
while [ $round -lt $rounds ]; do
	round=$((round + 1))
	weir create -b "$bundle" c1
	{ timeout 20 "$WEIR" --root "$root" start c1 || [ $? -eq 1 ] || echo start >>"$TMPDIR/hung"; } >/dev/null 2>&1 &
	{ timeout 20 "$WEIR" --root "$root" kill c1 KILL || [ $? -eq 1 ] || echo kill >>"$TMPDIR/hung"; } >/dev/null 2>&1 &
	{ timeout 20 "$WEIR" --root "$root" delete --force c1 || echo delete >>"$TMPDIR/hung"; } >/dev/null 2>&1 &
	wait
done
check_equal "$(sort "$TMPDIR/hung" 2>/dev/null | uniq -c)" '' "$rounds times start, kill and delete at once: none hangs, delete does not fail"
host_unharmed 'start, kill and delete'
plan
