#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# linux.intelRdt on a tree of ordinary directories in the place of resctrl: what is made, written and taken away. (What the
# kernel adds, files that come and go with a directory, the test does.)
# needs: cgroup
# timeout: 60

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

tree=$TMPDIR/resctrl
# resctrl: an empty tree whose default class has both resources.
resctrl() {
	rm -rf "$tree"
	mkdir -p "$tree/info/L3" "$tree/info/MB" "$tree/mon_groups"
	printf '    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n' >"$tree/schemata"
	echo 7ff >"$tree/info/L3/cbm_mask"
	echo 2 >"$tree/info/L3/min_cbm_bits"
	echo 10 >"$tree/info/MB/bandwidth_gran"
	: >"$tree/tasks"
	export WEIR_RESCTRL="$tree"
}
# class NAME SCHEMATA: one that is there already.
class() {
	mkdir -p "$tree/$1/mon_groups"
	printf '%s\n' "$2" >"$tree/$1/schemata"
	: >"$tree/$1/tasks"
}
# emptied NAME: of its files, as rmdir(2) does on a resctrl.
emptied() { rm -rf "$tree/$1/tasks" "$tree/$1/schemata" "$tree/$1/mon_groups"; }
rdt() {
	linux="\"intelRdt\": { $1 }"
	create
}
content() { check_equal "$(tr '\n' ' ' <"$tree/$1")" "$2" "$1: $2"; }
is_task() { grep -qx "$(pid_of c1)" "$tree/$1/tasks"; }

program 'exec sleep 1000'

# ---- no resctrl ----
if ! grep -q ' resctrl ' /proc/self/mounts; then
	check_says '/linux/intelRdt: no resctrl file system is mounted' 'without a resctrl it is refused' rdt ''
	check 'and nothing is left' nothing_left
fi

# ---- a class of its own ----
resctrl
check 'without a closID' rdt '"l3CacheSchema": "L3:0=7f0;1=1f", "memBwSchema": "MB:0=20;1=70", "schemata": ["L2:0=f", "MB:0=30"]'
check_equal "$(ls "$tree")" "$(printf 'c1\ninfo\nmon_groups\nschemata\ntasks')" 'a class by the name of the container is made'
content c1/schemata 'L3:0=7f0;1=1f MB:0=20;1=70 L2:0=f MB:0=30 '
check 'the first process is in it' is_task c1
weir start c1
weir exec -d --pid-file "$TMPDIR/pid" c1 sleep 1000
check_equal "$(tail -n 1 "$tree/c1/tasks" | wc -c)" "$(wc -c <"$tree/c1/tasks" | awk '{ print $1 / 2 }')" 'exec puts its process there'
check 'update --l3-cache-schema' weir update --l3-cache-schema 'L3:0=3' c1
check 'update --mem-bw-schema' weir update --mem-bw-schema 'MB:1=10' c1
content c1/schemata 'L3:0=7f0;1=1f MB:0=20;1=70 L2:0=f MB:0=30 L3:0=3 MB:1=10 '
check_says '"l3CacheSchema": "L3:0=3"' 'they are kept' cat "$root/c1/config.json"
check_says 'memBwSchema: not one line that begins with MB:' 'a wrong one is refused' weir update --mem-bw-schema 'L3:0=1' c1
check_says '"intel_rdt":{"l3_cache_info":{"cbm_mask":"7ff","min_cbm_bits":2},"l3_cache_schema_root":"L3:0=7ff;1=7ff","l3_cache_schema":"L3:0=7f0;1=1f","mem_bw_info":{"bandwidth_gran":10},' \
	'events tells of it' weir events --stats c1
emptied c1
check 'delete' weir delete --force c1
check 'removes it' test ! -e "$tree/c1"
class c1 'L3:0=1'
check 'one of that name that exists is used' rdt ''
content c1/schemata 'L3:0=1 '
weir delete --force c1
check 'and is not removed' test -d "$tree/c1"

# ---- a class that is named ----
resctrl
check_says "closID: 'gold': No such file" 'one that has to be there, and is not' rdt '"closID": "gold"'
check_equal "$(ls "$tree")" "$(printf 'info\nmon_groups\nschemata\ntasks')" 'nothing is made'
class gold '    L3:0=0ff;1=F'
check 'one that is there' rdt '"closID": "gold"'
content gold/schemata '    L3:0=0ff;1=F '
check 'has the first process' is_task gold
weir delete --force c1
check 'and stays' test -s "$tree/gold/tasks"
check 'with the same schema' rdt '"closID": "gold", "l3CacheSchema": "L3:1=f;0=ff"'
weir delete --force c1
for other in '"l3CacheSchema": "L3:0=fe"' '"l3CacheSchema": "L3:0=f"' '"memBwSchema": "MB:0=10"' '"l3CacheSchema": "L3:2=1"'; do
	class gold '    L3:0=0ff;1=F'
	check_says "the group 'gold' exists and its schemata differ" "with another: $other" rdt "\"closID\": \"gold\", $other"
	content gold/schemata '    L3:0=0ff;1=F '
done
check 'one that is made' rdt '"closID": "new", "memBwSchema": "MB:0=10"'
content new/schemata 'MB:0=10 '
weir delete --force c1
check 'stays too' test -d "$tree/new"
check 'the default class' rdt '"closID": "/"'
check 'has the first process' is_task .
content schemata '    L3:0=7ff;1=7ff     MB:0=100;1=100 '
weir delete --force c1
for name in .. a/b mon_groups info; do
	check_says "closID: '$name' cannot be the name" "closID $name is refused" rdt "\"closID\": \"$name\""
done
check 'nothing is left' nothing_left

# ---- monitoring ----
resctrl
class gold 'L3:0=1'
check 'enableMonitoring' rdt '"closID": "gold", "enableMonitoring": true'
check 'in a group of the container in its class' is_task gold/mon_groups/c1
check 'and in the class' is_task gold
mkdir -p "$tree/gold/mon_groups/c1/mon_data/mon_L3_00"
for counter in mbm_total_bytes:3 mbm_local_bytes:2 llc_occupancy:1; do
	echo "${counter#*:}" >"$tree/gold/mon_groups/c1/mon_data/mon_L3_00/${counter%:*}"
done
check_says '"mbm_stats":\[{"mbm_total_bytes":3,"mbm_local_bytes":2}\],"cmt_stats":\[{"llc_occupancy":1}\]' 'events tells what it counts' weir events --stats c1
rm -r "$tree/gold/mon_groups/c1/tasks" "$tree/gold/mon_groups/c1/mon_data"
weir delete --force c1
check_equal "$(ls "$tree/gold/mon_groups")" '' 'it goes with the container'
mkdir "$tree/gold/mon_groups/c1"
check_says 'mon_groups/c1 exists' 'one that exists is an error' rdt '"closID": "gold", "enableMonitoring": true'

# ---- without intelRdt ----
resctrl
linux=''
create
check_equal "$(find "$tree" -newer "$bundle/config.json" | wc -l)" 0 'a container without it does not touch resctrl'
weir start c1
check 'until it is updated' weir update --l3-cache-schema L3:0=1 c1
content c1/schemata 'L3:0=1 '
check 'then its processes have a class' is_task c1
emptied c1
weir delete --force c1
check 'that goes with it' test ! -e "$tree/c1"
check 'nothing is left' nothing_left
plan
