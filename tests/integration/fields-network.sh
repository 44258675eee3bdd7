# SPDX-License-Identifier: Apache-2.0
# linux.netDevices: devices of a network namespace of the script's own are moved into containers; names, addresses and state
# are read back from inside.
# needs: cgroup

# shellcheck disable=SC1007
[ -n "${IN_NETWORK-}" ] || IN_NETWORK=yes exec unshare --net sh "$0"
. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

if ! ip link add probe0 type veth peer name probe1 2>/dev/null; then
	skip 'linux.netDevices' 'no iproute2, or a kernel without veth'
	plan
	exit 0
fi
ip link del probe0

# device NAME: one of the host, up, with addresses of all kinds.
device() {
	# The peer of the one before goes with that one's namespace, which the kernel takes apart in its own time.
	ip link del "peer-$1" 2>/dev/null
	wait_until 10 ip link add "$1" type veth peer name "peer-$1"
	ip addr add 10.9.8.7/24 broadcast 10.9.8.255 dev "$1"
	ip addr add 10.9.9.1/32 dev "$1"
	ip addr add 169.254.3.3/16 scope link dev "$1"
	ip addr add 10.9.7.7/24 dev "$1" valid_lft 1000 preferred_lft 1000
	ip -6 addr add fd00::7/64 dev "$1" nodad 2>/dev/null
	ip link set "$1" up mtu 1400
}
gone() { ! ip link show "$1" >/dev/null 2>&1; }
there() { ip -o addr show dev "$1" | sed -n 's/.*inet6* \([^ ]*\) .*scope global.*/\1/p' | sort; }
devices() { printf '"netDevices": { %s }' "$1"; }
look='ip -o addr show | sed -n "s/.*\(inet6*\) \([^ ]*\) .*scope \([a-z]*\).*/\1 \2 \3/p" | grep -v " host" | sort
	cat /sys/class/net/*/operstate >/dev/null 2>&1; ip link | sed -n "s/^[0-9]*: \([^:@]*\).*<\(.*\)>.*/\1 \2/p" | grep -v ^lo | grep -o "^[^ ]* \|[<,]UP[,>]*\|,UP$" | tr -d " ,<>" | tr "\n" " "'

fresh
device wd0
linux=$(devices '"wd0": { "name": "inside0" }')
program "$look"
six=$(ip -6 -o addr show dev wd0 scope global | grep -c fd00::7)
run >"$TMPDIR/got" 2>&1
check_equal "$(grep '^inet ' "$TMPDIR/got")" 'inet 10.9.8.7/24 global
inet 10.9.9.1/32 global' 'the permanent global addresses, and neither that of the link nor the one with an end'
if [ "$six" -gt 0 ]; then
	check 'of IPv6 too' grep -q '^inet6 fd00::7/64 global' "$TMPDIR/got"
else
	skip 'of IPv6 too' 'this kernel has no IPv6'
fi
check_equal "$(tail -n 1 "$TMPDIR/got" | tr -d ' ')" 'inside0UP' 'the device has its new name, is up, and the only one'
check 'and the host has it no more' gone wd0
ip link del peer-wd0 2>/dev/null

device wd0
linux=$(devices '"wd0": {}')
program 'cat /sys/class/net/wd0/mtu 2>/dev/null || ip link show wd0 | grep -o "mtu 1400"'
check_says 1400 'without a name: the host'\''s; other attributes stay' run
device wd0
device wd1
linux=$(devices '"wd0": { "name": "eth%d" }, "wd1": { "name": "eth%d" }')
program 'sed -n "s/^ *\(eth[0-9]*\):.*/\1/p" /proc/net/dev | sort'
check_equal "$(run 2>&1)" 'eth0
eth1' 'eth%d: the kernel chooses'
device wd0
linux="$(devices '"wd0": { "name": "net0" }'), \"sysctl\": { \"net.ipv4.conf.net0.forwarding\": \"1\" }"
program 'cat /proc/sys/net/ipv4/conf/net0/forwarding'
check_equal "$(run 2>&1)" 1 'the device is there before the sysctls are set'

# ---- in a user namespace, and in one by path ----
device wd0
chown -R 100000:300000 "$bundle/rootfs"
namespaces="$basic_namespaces, { \"type\": \"user\" }"
linux="$(devices '"wd0": { "name": "net0" }'), \"uidMappings\": [ { \"containerID\": 0, \"hostID\": 100000, \"size\": 1000 } ],
	\"gidMappings\": [ { \"containerID\": 0, \"hostID\": 300000, \"size\": 1000 } ]"
program 'grep -c net0 /proc/net/dev'
check_equal "$(run 2>&1)" 1 'in a user namespace'
fresh
unshare --net sh -c 'ip link add taken type veth peer name taken-peer; exec sleep 1000' >/dev/null 2>&1 &
holder=$!
wait_until 5 grep -q taken "/proc/$holder/net/dev"
namespaces="{ \"type\": \"mount\" }, { \"type\": \"pid\" }, { \"type\": \"network\", \"path\": \"/proc/$holder/ns/net\" }"
device wd0
linux=$(devices '"wd0": { "name": "taken" }')
check_says "/linux/netDevices/wd0: the container has a device 'taken' already" 'a name that is taken is an error' run
check_equal "$(there wd0 | head -n 2)" '10.9.7.7/24
10.9.8.7/24' 'and the device was not touched'
linux=$(devices '"wd0": { "name": "taken%d" }')
program 'grep -c "taken[0-9]" /proc/net/dev'
check_equal "$(run 2>&1)" 1 'unless it is a template'
kill "$holder"
wait "$holder" 2>/dev/null

# ---- a create that fails ----
fresh
device wd2
before=$(ip -o addr show dev wd2 permanent scope global | sed 's/^[0-9]*: //' | sort)
linux=$(devices '"wd2": { "name": "net0" }')
cwd='"/prog"'
check_says '/process/cwd: /prog' 'a create that fails after the move' run
check_equal "$(ip -o addr show dev wd2 permanent scope global | sed 's/^[0-9]*: //' | sort)" "$before" 'gives the device back, with its name and addresses'
check 'up as it was' sh -c 'ip link show wd2 | grep -q "[<,]UP[,>]"'
cwd='"/"'
linux=$(devices '"wd2": { "name": "a" }, "no-such": {}')
check_says '/linux/netDevices/no-such: find no-such: No such device' 'a device that is missing is named' run
check_equal "$(ip -o addr show dev wd2 permanent scope global | sed 's/^[0-9]*: //' | sort)" "$before" 'and the other one given back'
linux=$(devices '"lo": { "name": "lo1" }')
check_says '/linux/netDevices/lo: move: Invalid argument' 'one that cannot be moved is an error' run
while IFS=@ read -r entry says; do
	linux=$(devices "$entry")
	check_says "$says" "$entry is refused" run
done <<'END'
"wd2": { "name": "a/b" }@/linux/netDevices/wd2/name: 'a/b' is not the name of a device
"wd2": { "name": "a%s" }@/linux/netDevices/wd2/name: 'a%s' is not
"wd2": { "name": "%d%d" }@/linux/netDevices/wd2/name: '%d%d' is not
"wd2": { "name": "0123456789abcdef" }@/linux/netDevices/wd2/name: 
"0123456789abcdef": { "name": "a" }@/linux/netDevices/0123456789abcdef: not the name
"wd2": { "name": "a" }, "wd3": { "name": "a" }@/linux/netDevices/wd3/name: 'a' is the name of wd2 too
"wd2": "a"@/linux/netDevices/wd2: expected an object
END
namespaces='{ "type": "mount" }'
linux=$(devices '"wd2": {}')
check_says '/linux/netDevices: needs a network namespace' 'and devices without a network namespace' run
check 'nothing is left' nothing_left
plan
