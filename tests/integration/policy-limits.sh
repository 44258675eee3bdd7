#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Memory policies and alignment at work, where a limit is a limit: what the program sees of it, programs of the host,
# ceilings that the governor keeps to, and what is told of it afterwards.
# needs: memory
# timeout: 120
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"
# shellcheck source=tests/integration/lib/bundle.sh
. "$TESTLIB/bundle.sh"

policies=$TMPDIR/memory.d
mkdir "$policies"
chmod 755 "$policies"
weir() { "$WEIR" --root "$root" --memory-policy-dir "$policies" "$@"; }
limit='"resources": { "memory": { "limit": 268435456 } }'
hog=$PROGRAMS/hog
env_of() { weir sandbox --memory 1000M "$@" -- sh -c 'env' | grep -E '^(GO|JAVA|NODE|DOTNET|MALLOC)' | sort | tr '\n' ' '; }

# ---- what the program sees ----
check_equal "$(env_of --align as=go,go)" 'GOMEMLIMIT=943718400 ' 'go'
check_equal "$(env_of --align as=jvm,jvm=70)" 'JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=70.0 ' 'jvm'
check_equal "$(env_of --align as=node,node)" 'NODE_OPTIONS=--max-old-space-size=750 ' 'node'
check_equal "$(env_of --align as=dotnet,dotnet)" 'DOTNET_GCConserveMemory=0x5 DOTNET_GCHeapHardLimitPercent=0x4B ' 'dotnet'
check_equal "$(GOMEMLIMIT=1GiB env_of --align as=go,go)" 'GOMEMLIMIT=1GiB ' 'what the program has already is left alone'
check_equal "$(env_of)" '' 'unasked, nothing'
if [ -x "$PROGRAMS/hoard" ]; then
	check_equal "$(weir sandbox --memory 1000M --align auto -- env "X=1" sh -c 'echo $GOMEMLIMIT' "$PROGRAMS/hoard")" \
		943718400 'a Go program behind env and a shell is found'
fi
linux=$limit
program 'env | grep GOMEMLIMIT; cat /run/weir/memory.json; ls /run/weir; env | grep -c MEMORY_PRESSURE'
run --align as=go,go >"$TMPDIR/seen" 2>&1
check_says '^GOMEMLIMIT=241591500' 'in a bundle, too' cat "$TMPDIR/seen"
check_says '^{"limit":268435456,' 'with an alignment alone, /run/weir/memory.json has the limit' cat "$TMPDIR/seen"
check_equal "$(tail -n 2 "$TMPDIR/seen" | tr '\n' ' ')" 'memory.json 0 ' 'and nothing else is promised'

# ---- the limit above ----
mkdir -p "/sys/fs/cgroup/$parent/above"
echo +memory >"/sys/fs/cgroup/$parent/cgroup.subtree_control"
echo 100M >"/sys/fs/cgroup/$parent/above/memory.max"
cgroups_path=/$parent/above/c1
program 'echo $JAVA_TOOL_OPTIONS'
check_equal "$(run --align as=jvm,jvm)" '-Xmx51199k' 'a limit above the container is told in bytes'
rmdir "/sys/fs/cgroup/$parent/above"
cgroups_path=

# ---- update tells the new limit ----
program 'until grep -q 134217728 /run/weir/memory.json; do sleep 0.1; done; echo heard'
create --align auto >"$TMPDIR/seen" 2>&1
weir start c1
check 'update' weir update --memory 128M c1
check 'update publishes the new limit to the program' wait_until 10 grep -q heard "$TMPDIR/seen"
check_says '^limit  *128M  (now, of ' 'and memory plan ID shows it' weir memory plan c1
weir delete --force c1

# ---- a host's policy at work ----
# One process beside the shell: a guest on a busy machine is slow.
cat >"$TMPDIR/report" <<END
#!/bin/sh
exec 3>"$TMPDIR/told"
echo "\$WEIR_CONTAINER rung \$WEIR_RUNG limit \$WEIR_LIMIT" >&3
[ "\$WEIR_NEED" -gt 0 ] && [ "\$WEIR_PID" -gt 1 ] && echo whole >&3
pwd >&3
cat /proc/self/status /proc/self/cgroup >&3
echo end >&3
END
chmod 755 "$TMPDIR/report"
chmod 777 "$TMPDIR"
cat >"$policies/10.json" <<END
{ "version": 1, "policies": [ {
  "name": "host", "hostExec": { "uid": 65534, "gid": 65534, "timeout": "20s" },
  "ceilings": { "grow": "16M" },
  "defaults": { "ladder": "50:host-exec=$TMPDIR/report; 70:grow=+16M; 80:log", "oom": "group" } } ] }
END
status=0
weir sandbox --memory 256M --report "$TMPDIR/report.json" -- sh -c "cat /sys/fs/cgroup/memory.max 2>/dev/null; $hog --rate 200 --max 190 --hold 12; exit 0" \
	>"$TMPDIR/seen" 2>&1 || status=$?
check_says '^end$' 'host-exec: the program ran' cat "$TMPDIR/told"
check_says '^sandbox-.* rung 50 limit 268435456$' 'host-exec: and was told of container, rung and limit' cat "$TMPDIR/told"
check_says '^whole$' 'host-exec: of need and pid' cat "$TMPDIR/told"
check_equal "$(awk '/^[UG]id:/ { print $2, $3 }' "$TMPDIR/told" | tr '\n' ' ')" '65534 65534 65534 65534 ' 'host-exec: as the user and group of the policy'
check_says '^CapEff:.0*$' 'host-exec: without capabilities' cat "$TMPDIR/told"
check_says '^NoNewPrivs:.1$' 'host-exec: and cannot gain any' cat "$TMPDIR/told"
check_says '/weir/sandbox-.*\.hook$' 'host-exec: in the bounded cgroup' cat "$TMPDIR/told"
check_says '^/$' 'host-exec: in /' cat "$TMPDIR/told"
check_says '"note": "memory.max is 272M for now"' 'grow: no more than the ceiling' cat "$TMPDIR/report.json"
check_says '"why": "every container"' 'the report has the policy' cat "$TMPDIR/report.json"
sed -i "s|50:host-exec=$TMPDIR/report|50:host-exec=/bin/sleep 60|; s/20s/200ms/" "$policies/10.json"
weir sandbox --memory 256M --report "$TMPDIR/report.json" -- "$hog" --rate 300 --max 150 --hold 1 >"$TMPDIR/seen" 2>&1
check_says 'killed after' 'host-exec: one that hangs is killed at its time-out' cat "$TMPDIR/report.json"

# ---- oom, and what explain says ----
cat >"$policies/10.json" <<END
{ "version": 1, "policies": [ { "defaults": { "align": "as=go,go", "oom": "group" } } ] }
END
status=0
weir sandbox --memory 64M --report "$TMPDIR/report.json" -- sh -c "$hog; echo lives" >"$TMPDIR/seen" 2>&1 || status=$?
check_equal "$status $(grep -c lives "$TMPDIR/seen")" '137 0' 'oom: group: nobody lives on'
check_says 'alignment  *GOMEMLIMIT=60397200' 'explain has the audit of the alignment' cat "$TMPDIR/seen"
plan
