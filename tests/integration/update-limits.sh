#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# update of limits: read back from the kernel, felt inside, and never a kill by lowering one.
# needs: memory
# timeout: 300

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

cgroup=/sys/fs/cgroup/$parent/c1
cp "$PROGRAMS/hog" "$bundle/rootfs/bin/"
kept_has() { tr -d ' \n' <"$root/c1/config.json" | grep -qF -e "$1"; }
file() { check_equal "$(cat "$cgroup/$1" 2>&1)" "$2" "$1 is $2${3:+: $3}"; }
start() {
	weir delete --force c1
	create "$@" && weir start c1
}
update_with() { printf '%s' "$1" | weir update --resources=- c1; }
mib() { echo $(($1 << 20)); }
event() { sed -n "s/^$1 //p" "$cgroup/memory.events"; }

# ---- each option, with its suffix ----
program 'exec sleep 1000'
linux='"resources": { "memory": { "limit": '$(mib 64)', "swap": '$(mib 64)' }, "pids": { "limit": 20 } }'
check 'a container of 64 MiB' start
check 'update with all options' weir update --memory 128m --memory-swap 256M --memory-reservation 32m --cpu-share 512 \
	--cpu-quota 50000 --cpu-period 100000 --cpu-burst 1000 --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 33 c1
file memory.max "$(mib 128)"
file memory.swap.max "$(mib 128)"
file memory.low "$(mib 32)"
file cpu.weight 59
file cpu.max '50000 100000'
file cpu.max.burst 1000
file cpuset.cpus 0
file cpuset.mems 0
file pids.max 33
check 'a second one, of the quota alone' weir update --cpu-quota 20000 c1
file cpu.max '20000 100000' 'the period stays'
check 'the quota below the burst, with a burst' weir update --cpu-quota 2000 --cpu-burst 500 c1
file cpu.max '2000 100000'
file cpu.max.burst 500
check 'and up again' weir update --cpu-quota 90000 --cpu-burst 60000 c1
file cpu.max.burst 60000
check 'unlimited' weir update --cpu-quota -1 --pids-limit -1 --cpu-burst 0 c1
file cpu.max 'max 100000'
file pids.max max
check 'no process at all is a limit' weir update --pids-limit 0 c1
file pids.max 0
check 'idle' weir update --cpu-idle 1 c1
file cpu.idle 1
check 'and not' weir update --cpu-idle 0 c1
file cpu.idle 0
check 'the copy has all of it' kept_has '"pids":{"limit":0}'

# ---- memory and swap, of which OCI's counts both ----
check 'memory alone' weir update --memory 96m c1
file memory.max "$(mib 96)"
file memory.swap.max "$(mib 128)" 'swap stays as it was'
check 'swap alone' weir update --memory-swap 100m c1
file memory.swap.max "$(mib 4)" 'what is above the limit of memory'
file memory.max "$(mib 96)"
check_says 'is less than the memory limit' 'swap below memory is refused' weir update --memory-swap 50m c1
check 'memory unlimited' weir update --memory -1 c1
file memory.max max
file memory.swap.max max 'then so is swap'
check 'the shim: JSON' update_with '{"memory": {"limit": '"$(mib 64)"', "swap": '"$(mib 64)"'}, "unified": {"memory.oom.group": "1"}}'
file memory.max "$(mib 64)"
file memory.swap.max 0
file memory.oom.group 1
check 'a limit through unified' update_with '{"unified": {"memory.max": "50M"}}'
file memory.max "$(mib 50)"
check 'gives way to a later one of its own name' weir update --memory 60m c1
file memory.max "$(mib 60)"

# ---- block IO, of the first disk ----
disk=$(cat /sys/block/vd*/dev /sys/block/sd*/dev /sys/block/nvme*/dev 2>/dev/null | head -n 1)
major=${disk%:*} minor=${disk#*:}
# throttle RATE
throttle() { printf '"throttleReadBpsDevice": [{ "major": %d, "minor": %d, "rate": %d }]' "$major" "$minor" "$1"; }
linux="\"resources\": { \"blockIO\": { $(throttle 1048576), \"throttleWriteIOPSDevice\": [{ \"major\": $major, \"minor\": $minor, \"rate\": 120 }] } }"
check "a container with limits for $disk" start
file io.max "$disk rbps=1048576 wbps=max riops=max wiops=120"
check 'an update of one of them' update_with "{ \"blockIO\": { $(throttle 2097152) } }"
file io.max "$disk rbps=2097152 wbps=max riops=max wiops=120"
check 'a rate of 0 takes it away' update_with "{ \"blockIO\": { $(throttle 0) } }"
file io.max "$disk rbps=max wbps=max riops=max wiops=120"
if [ -e "$cgroup/io.bfq.weight" ]; then
	check 'a weight, with BFQ' weir update --blkio-weight 500 c1
	file io.bfq.weight 'default 500'
elif [ -e "$cgroup/io.weight" ]; then
	check 'a weight, with the IO cost model' weir update --blkio-weight 500 c1
	file io.weight 'default 4950'
else
	check_says 'io.bfq.weight' 'a weight that no controller holds is told' weir update --blkio-weight 500 c1
fi

# ---- it is felt ----
# The program takes 40 MiB and keeps them: 30 MiB of cache in a file, then 40 MiB of its own.
program 'hog --max 40 --hold 1000; echo died >/how; exec sleep 1000'
linux='"resources": { "memory": { "limit": '$(mib 128)', "swap": '$(mib 128)' } }'
rm -f "$bundle/rootfs/how"
start
taken() { [ "$(cat "$cgroup/memory.current")" -gt "$(mib 40)" ]; }
check 'a program that holds 40 MiB' wait_until 20 taken
check_says "memory.max: a limit of $(mib 20) bytes (20M) is below the usage of 4[0-9]* bytes (.*), of which no more can be reclaimed" \
	'20 MiB are refused, with usage and limit' weir update --memory 20m c1
check_not 'which is an error' weir update --memory 20m --pids-limit 7 c1
file memory.max "$(mib 128)" 'as before'
file memory.high max 'the brake is off'
file pids.max max 'what was written before is taken back'
check_equal "$(event oom_kill)" 0 'nobody was killed'
check_equal "$(cat "$bundle/rootfs/how" 2>/dev/null)" '' 'the program lives'
check_says 'rejecting memory limit .* <= usage' 'checkBeforeUpdate refuses before any write' \
	update_with '{"memory": {"limit": '"$(mib 20)"', "checkBeforeUpdate": true}, "pids": {"limit": 7}}'
file pids.max max
check '60 MiB are fine' weir update --memory 60m c1
file memory.max "$(mib 60)"
check 'and up' weir update --memory 200m c1
file memory.max "$(mib 200)"

# ---- what is only cache goes ----
# A file of a tmpfs cannot be pushed out without swap: where the guest has a disk, it is there.
disk=$TMPDIR
[ ! -d /scratch ] || disk=$(mktemp -d /scratch/update.XXXXXX)
chmod 777 "$disk"
mounts="$basic_mounts, { \"destination\": \"/disk\", \"type\": \"bind\", \"source\": \"$disk\", \"options\": [\"bind\", \"rw\"] }"
program 'dd if=/dev/zero of=/disk/file bs=1M count=60 2>/dev/null; sync; exec sleep 1000'
start
cached() { [ "$(cat "$cgroup/memory.current")" -gt "$(mib 55)" ]; }
check 'a program with 60 MiB of cache' wait_until 30 cached
sleep 1
check 'gets 20 MiB' weir update --memory 20m c1
file memory.max "$(mib 20)"
file memory.high max 'the brake is off'
check_equal "$(event oom_kill) $(event oom)" '0 0' 'without a kill'
weir delete --force c1
rm -f "$disk/file"

# ---- the ladder's rungs follow, at once: the sweep, which would notice it too, is every 10 s ----
timeline() { tr -d ' ' <"$root/c1/timeline.jsonl"; }
fired() { timeline | grep '"rung":'"$1" | grep -q '"fired"'; }
high() { cat "$cgroup/memory.high"; }
told() { tr -d ' ' <"$root/c1/contract/memory.json" | grep -q "$1"; }
fresh
program 'hog --max 60 --hold 1000; exec sleep 1000'
linux='"resources": { "memory": { "limit": '$(mib 400)', "swap": '$(mib 400)' }, "unified": { "memory.high": "'$(mib 390)'" } }'
start --ladder '50:log; 80:log'
check 'a program that needs 60 MiB of 400' wait_until 20 sh -c "[ \$(cat $cgroup/memory.current) -gt $(mib 60) ]"
check 'the trip-line is below the memory.high of the config' test "$(high)" -lt "$(mib 390)"
check_not 'no rung has fired' fired 50
check 'and memory.json says so' told '"rung":null.*"limit":'"$(mib 400)"
check 'the limit is lowered to 100 MiB' weir update --memory 100m c1
check 'the rung of 50 % fires at once' wait_until 2 fired 50
check 'the program is told' wait_until 2 told '"rung":50.*"limit":'"$(mib 100)"
check 'the trip-line is before 80 % of the new limit' test "$(high)" -le "$(mib 90)"
check 'the limit is raised to 400 MiB' weir update --memory 400m c1
raised() { [ "$(high)" != max ] && [ "$(high)" -gt "$(mib 150)" ]; }
check 'the trip-line is where the rungs are now' wait_until 2 raised
check 'and the program is told' wait_until 2 told '"rung":null.*"limit":'"$(mib 400)"
check_not 'a limit that cannot be had' weir update --memory 20m c1
check 'leaves the trip-line where it was' wait_until 2 raised
check 'another memory.high of the config' update_with '{"unified": {"memory.high": "150M"}}'
check 'is not exceeded' wait_until 2 sh -c "[ \$(cat $cgroup/memory.high) -le $(mib 150) ]"
check 'and not forgotten' weir update --memory 300m c1
sleep 0.2
check 'when the limit changes' test "$(high)" -le "$(mib 150)"
plan
