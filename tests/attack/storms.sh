# SPDX-License-Identifier: Apache-2.0
# Many at a time: lifecycles side by side, fork storms, hundreds of cgroups inside (with FULL=1 a thousand), deletes of what is frozen or freezing.
# needs: cgroup
# timeout: 600

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"
. "$TESTLIB/../../attack/lib/host.sh"

host_begin
now_msec() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

# ---- lifecycles ----
# A push shares its two processors with what else is tested: a storm of 300 starves that.
many=32 wide=8 storm=40 below=200
[ -z "${FULL-}" ] || { many=1000 wide=32 storm=300 below=1000; }
program 'exit 7'
write_config
cat >"$TMPDIR/life" <<'END'
id=life-$1
config=$TMPDIR/config-$1.json
sed "s|\"cgroupsPath\": \"[^\"]*\"|\"cgroupsPath\": \"$2/$id\"|" "$3/config.json" >"$config"
weir() { "$WEIR" --root "$4" "$@"; }
"$WEIR" --root "$4" create -b "$3" --config "$config" $id &&
	"$WEIR" --root "$4" start $id &&
	until "$WEIR" --root "$4" state $id | grep -q stopped; do sleep 0.01; done &&
	"$WEIR" --root "$4" delete $id && echo lived
rm -f "$config"
END
seq $many | xargs -P $wide -I N sh "$TMPDIR/life" N "/$parent" "$bundle" "$root" >"$TMPDIR/lived" 2>&1
check_equal "$(sort "$TMPDIR/lived" | uniq -c | tr -s ' ')" " $many lived" "$many lifecycles, $wide at a time"
host_unharmed 'lifecycles'

# ---- a fork storm, in the host's pid namespace, with cgroups of its own ----
namespaces='{ "type": "mount" }, { "type": "ipc" }'
program "storm=$storm"'; n=0; while [ $n -lt $storm ]; do n=$((n + 1)); (while :; do :& wait; done) & done; echo forking >/storm; wait'
run -d >/dev/null 2>&1
wait_until 20 test -s "$bundle/rootfs/storm"
cgroup=/sys/fs/cgroup/$parent/c1
(cd "$cgroup" && mkdir $(seq -f 'sub%.0f' $below))
check_equal "$(find "$cgroup" -mindepth 1 -type d | wc -l)" $below "$below cgroups below it"
began=$(now_msec)
check "delete --force of $storm processes that fork" weir delete --force c1
took=$(($(now_msec) - began))
# 2 s on an idle machine; what is wanted here is that it ends, and that nothing does outlive it.
check "in $took ms" test $took -lt 20000
host_unharmed 'a fork storm'
rm -f "$bundle/rootfs/storm"

# ---- frozen ----
fresh
program 'exec sleep 1000'
for how in 'delete --force c1' 'kill c1 KILL'; do
	run -d
	weir pause c1
	check "paused: $how" timeout 10 "$WEIR" --root "$root" $how
	wait_until 5 status_is stopped
	check 'and it is gone' weir delete --force c1
done
run -d
mkdir "$cgroup/inner"
pid_of c1 >"$cgroup/inner/cgroup.procs"
echo 1 >"$cgroup/inner/cgroup.freeze"
check 'with a frozen cgroup inside' timeout 10 "$WEIR" --root "$root" delete --force c1
host_unharmed 'a frozen cgroup inside'
rounds=3
[ -z "${FULL-}" ] || rounds=200
round=0
while [ $round -lt $rounds ]; do
	round=$((round + 1))
	run -d
	"$WEIR" --root "$root" pause c1 >/dev/null 2>&1 &
	timeout 10 "$WEIR" --root "$root" delete --force c1 || echo failed >>"$TMPDIR/failed"
	wait
done
check_equal "$(cat "$TMPDIR/failed" 2>/dev/null)" '' "$rounds deletes while it freezes"
host_unharmed 'a delete while it freezes'

# ---- a pid that is another's now ----
run -d
pid=$(pid_of c1)
weir kill c1 KILL
wait_until 5 status_is stopped
sleep 1000 &
victim=$!
sed -i "s/\"pid\": $pid/\"pid\": $victim/" "$root/c1/state.json"
check_not 'kill does not reach who has the pid now' weir kill c1 KILL
check 'delete --force neither' weir delete --force c1
check 'it lives' kill -0 $victim
kill $victim
wait $victim 2>/dev/null
host_unharmed 'a pid used again'
plan
