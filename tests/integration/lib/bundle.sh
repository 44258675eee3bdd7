# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# bundle.sh: a bundle whose config.json is put together from parts. Sourced after tap.sh.
# Should: let a test write only the part that it is about.
# Must not: be valid JSON by itself: what a test gives is written as it is, mistakes included.
#
#   fresh                       everything at its default again
#   user='"uid": 1000, "gid": 1000'
#   program 'id -u'             what /prog, the container's program, does
#   seen=$(run)                 writes config.json and runs it as container c1
#
# The parts, each the inside of its object or list: user, env, caps, process (more members), namespaces,
# mounts, linux (more members), top (more members), args, cwd, root_more, cgroups_path.

root=$TMPDIR/root
bundle=$TMPDIR/bundle
mkdir -p "$bundle"
# A user namespace's root has to be able to reach it.
chmod 755 "$TMPDIR" "$bundle"
sh "$TESTLIB/mkrootfs" "$bundle/rootfs"

weir() { "$WEIR" --root "$root" "$@"; }

# Of this script alone: several may run at a time on one hierarchy.
parent=weir-test-$$

basic_mounts='{ "destination": "/proc", "type": "proc", "source": "proc" },
	{ "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"] }'
basic_namespaces='{ "type": "pid" }, { "type": "mount" }, { "type": "ipc" }, { "type": "uts" },
	{ "type": "network" }, { "type": "cgroup" }'

fresh() {
	args='"sh", "/prog"' cwd='"/"' env='"PATH=/bin"' user='"uid": 0, "gid": 0' process='' root_more=''
	caps='' cgroups_path='' mounts=$basic_mounts namespaces=$basic_namespaces linux='' top=''
}

# part TEXT WORDS...: TEXT between the words, or nothing for an empty TEXT.
part() {
	[ -z "$1" ] || printf '%s%s%s' "$2" "$1" "${3-}"
}

# write_config [ID]
write_config() {
	cat >"$bundle/config.json" <<END
{
"ociVersion": "1.3.0",
"root": { "path": "rootfs"$(part "$root_more" ', ') },
"process": {
	"args": [$args], "cwd": $cwd, "env": [$env], "user": { $user }
	$(part "$caps" ', "capabilities": { ' ' }') $(part "$process" ', ')
},
"mounts": [
	$mounts
],
"linux": {
	"cgroupsPath": "${cgroups_path:-/$parent/${1-c1}}",
	"namespaces": [$namespaces] $(part "$linux" ', ')
}
$(part "$top" ', ')
}
END
}

program() { printf '%s\n' "$*" >"$bundle/rootfs/prog"; }

# run [OPTION...]: in the foreground.
run() {
	write_config
	weir run --bundle "$bundle" "$@" c1
}
create() {
	write_config
	weir create --bundle "$bundle" "$@" c1
}

pid_of() { weir state "$1" | sed -n 's/.*"pid": \([0-9]*\).*/\1/p'; }
status_is() { weir state c1 2>/dev/null | grep -q "\"status\": \"$1\""; }

cgroups() { find "/sys/fs/cgroup/$parent" -mindepth 1 -type d 2>/dev/null | wc -l; }
nothing_left() {
	[ -z "$(weir list -q)" ] && [ "$(cgroups)" -eq 0 ] &&
		[ -z "$(find "$root" -mindepth 1 -maxdepth 1 ! -name ".*")" ]
}

delete_all() {
	for id in $(weir list -q 2>/dev/null); do weir delete --force "$id"; done
	rmdir "/sys/fs/cgroup/$parent" 2>/dev/null || :
}
trap delete_all EXIT
fresh
