#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a config asks of the controllers: read back from the kernel's files, and felt inside.
# needs: memory
# timeout: 600
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

bundle=$TMPDIR/bundle
cgroup=/sys/fs/cgroup/weir/r1
mkdir -p "$bundle"
sh "$TESTLIB/mkrootfs" "$bundle/rootfs"
cp "$PROGRAMS/hog" "$bundle/rootfs/bin/"
weir() { "$WEIR" --root "$TMPDIR/root" "$@"; }

# config RESOURCES WORDS...: the default config with these members of linux.resources, running sh -c WORDS.
config() {
	rm -f "$bundle/config.json"
	"$WEIR" spec --bundle "$bundle"
	sed -i 's|"terminal": true|"terminal": false|' "$bundle/config.json"
	sed -i -e "s|\"resources\": {|& $1,|" -e "s|\"sh\"\$|\"sh\", \"/prog\"|" "$bundle/config.json"
	printf '%s\n' "$2" >"$bundle/rootfs/prog"
}
file() { check_equal "$(cat "$cgroup/$1" 2>&1)" "$2" "$1 is $2${3:+: $3}"; }
nothing_left() {
	[ -z "$(find /sys/fs/cgroup/weir -mindepth 1 -type d)" ] &&
		[ -z "$(find "$TMPDIR/root" -mindepth 1 -maxdepth 1 ! -name .reports)" ]
}
trap 'weir delete --force r1' EXIT

# ---- each file, as the host sees it ----
memory='"memory": { "limit": 134217728, "swap": 201326592, "reservation": 33554432 }'
cpu='"cpu": { "shares": 512, "quota": 50000, "period": 100000, "cpus": "0" }'
unified='"unified": { "memory.high": "100663296", "memory.oom.group": "1" }'
config "$memory, $cpu, $unified, \"pids\": { \"limit\": 77 }" 'sleep 600'
check 'a container with limits of all kinds is created' weir create --bundle "$bundle" r1
file memory.max 134217728
file memory.swap.max 67108864 'swap is memory and swap, in the config'
file memory.low 33554432 'of reservation'
file memory.high 100663296 'of unified'
file memory.oom.group 1 'of unified'
file pids.max 77
file cpu.max '50000 100000'
file cpu.weight 59 'of 512 shares'
file cpuset.cpus 0
weir delete --force r1
config '"pids": { "limit": -1 }, "cpu": { "shares": 1024 }' 'sleep 600'
weir create --bundle "$bundle" r1
file pids.max max 'of -1'
file cpu.weight 100 'of 1024 shares'
file memory.max max 'where nothing is asked'
weir delete --force r1
config '"memory": { "limit": 67108864, "swap": 67108864 }' 'sleep 600'
weir create --bundle "$bundle" r1
file memory.swap.max 0 'of swap = limit'
file memory.oom.group 0 'where nothing is asked'
weir delete --force r1

# ---- and as it is felt inside ----
# inside RESOURCES SENTENCE WANTED PROGRAM: what the program prints, in one line.
inside() {
	config "$1" "$4"
	check_equal "$(weir run --bundle "$bundle" r1 2>"$TMPDIR/err" | tr '\n' ' ')" "$3 " "$2"
}
limit='"memory": { "limit": 67108864, "swap": 67108864 }'
inside "$limit" 'memory: 40 MiB fit into 64' 'done at 40 MiB 0' 'hog --max 40 | tail -n 1; echo 0'
inside "$limit" 'memory: 80 MiB do not, and the child is killed' 137 'hog --max 80 >/dev/null 2>&1; echo $?'
check_says 'its process [0-9]* (hog) was OOM-killed; the first process was not' 'and weir says that it was the child' \
	cat "$TMPDIR/err"
config "$limit"', "unified": { "memory.oom.group": "1" }' 'hog --max 80 >/dev/null; echo alive'
check_status 137 'memory.oom.group: everything in it is killed' weir run --bundle "$bundle" r1
cp "$tap_seen" "$TMPDIR/err"
check_says 'all its processes together' 'and that is told' cat "$TMPDIR/err"
# shellcheck disable=SC2016
inside '"pids": { "limit": 10 }' 'pids: the eleventh process is refused' refused \
	'trap "read -r _ n </sys/fs/cgroup/pids.events; [ \$n -gt 0 ] && echo refused" EXIT
	i=0; while [ $i -lt 12 ]; do sleep 5 & i=$((i + 1)); done; echo not'
# shellcheck disable=SC2016
inside '"pids": { "limit": 20 }' 'pids: and with room for it, it is not' 'done' \
	'i=0; while [ $i -lt 12 ]; do sleep 1 & i=$((i + 1)); done; echo done'
inside '"cpu": { "cpus": "1" }' 'cpuset: it runs on the CPU it was given' 1 "sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status"
# shellcheck disable=SC2016
busy='i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done'
config '"cpu": { "quota": 10000, "period": 100000 }' "$busy"'; cat /sys/fs/cgroup/cpu.stat'
weir run --bundle "$bundle" r1 >"$TMPDIR/out" 2>&1
check 'cpu.max: it is throttled' test "$(sed -n 's/^nr_throttled //p' "$TMPDIR/out")" -gt 0
inside '"unified": { "memory.max": "50331648" }' 'unified: as the container itself reads it' 50331648 \
	'cat /sys/fs/cgroup/memory.max'

# ---- what cannot be done ----
# refused PATTERN RESOURCES: one line, status 1, nothing left.
refused() {
	config "$2" 'echo ran'
	status=0
	weir run --bundle "$bundle" r1 >"$TMPDIR/out" 2>&1 || status=$?
	if nothing_left; then left=nothing; else left=something; fi
	check_equal "$status $(grep -c "^weir: .*$1" "$TMPDIR/out") of $(wc -l <"$TMPDIR/out"), $left" '1 1 of 1, nothing' "refused: $2"
}
refused 'rdma' '"unified": { "rdma.max": "mlx4_0 hca_handle=2" }'
refused 'memory.nonsense' '"unified": { "memory.nonsense": "1" }'
refused 'memory.max' '"unified": { "memory.max": "much" }'
refused '/linux/resources/unified' '"unified": { "../cgroup.procs": "1" }'
refused 'cpuset.cpus' '"cpu": { "cpus": "99" }'
refused '/linux/resources' '"memory": { "limit": "64M" }'
refused 'swap' '"memory": { "limit": 67108864, "swap": 1048576 }'

# ---- the smallest limits ----
for mib in 1 2 4 8; do
	config '"memory": { "limit": '$((mib << 20))', "swap": '$((mib << 20))' }' 'echo ran'
	status=0
	weir run --bundle "$bundle" r1 >"$TMPDIR/out" 2>&1 || status=$?
	case "$status $(head -n 1 "$TMPDIR/out")" in
	'0 ran') tap_ok "$mib MiB: it runs" ;;
	'1 weir: '*OOM-killed*limit*) tap_ok "$mib MiB: refused, and told that the limit is too low" ;;
	'137 r1: OOM-killed'*) tap_ok "$mib MiB: killed, and told why" ;;
	*) tap_not_ok "$mib MiB: runs, or says that the limit is too low" "$TMPDIR/out" ;;
	esac
	note "$mib MiB: status $status, $(head -n 1 "$TMPDIR/out")"
	check "$mib MiB: nothing is left" nothing_left
done
plan
