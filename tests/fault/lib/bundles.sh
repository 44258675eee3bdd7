# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# bundles.sh: the configs that kill-at strikes. Sourced after bundle.sh.
# Should: have a config.json that runs until it is killed, and one that prints all that a failure could have taken
# from it.
# Must not: print what differs from run to run.

# seen_from_inside: a program that says what it is.
seen_from_inside() {
	for kind in pid mnt ipc uts net cgroup; do
		printf '[ "$(readlink /proc/self/ns/%s)" = "%s" ] && echo "%s of the host"\n' $kind "$(readlink /proc/self/ns/$kind)" $kind
	done
	cat <<'END'
grep -e Uid -e Gid -e Groups -e Cap -e NoNew -e Seccomp: -e Umask -e SigIgn /proc/self/status
sed -e '/ \/dev\/[a-z]* /d' -e 's/^[0-9]* [0-9]* [0-9]*:[0-9]* //' -e 's/ - .*//' -e '/^\/[^ ]* \/ /s/^[^ ]*//' /proc/self/mountinfo
ls /proc/self/fd | tr '\n' ' '
pwd; hostname; ulimit -n; ulimit -c; cat /proc/self/oom_score_adj /proc/sys/kernel/domainname
head -c 1 /etc/passwd | wc -c; { true >/proc/sys/kernel/hostname; } 2>&1; { true >/etc/readonly/x; } 2>&1; cat /proc/self/attr/current 2>/dev/null
ls -l /dev | awk '{ print $1, $3, $4, $5, $NF }'
cat /proc/self/cgroup; mkdir /tmp/x 2>&1; true
END
}

user='"uid": 1000, "gid": 1000, "additionalGids": [7], "umask": 63'
process='"noNewPrivileges": true, "rlimits": [ { "type": "RLIMIT_NOFILE", "soft": 64, "hard": 64 } ]'
caps='"bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"]'
top='"hostname": "inside", "domainname": "of-mine"'
linux='"maskedPaths": ["/etc/passwd", "/proc/kcore", "/proc/acpi"], "readonlyPaths": ["/proc/sys", "/etc"],
	"seccomp": { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir"], "action": "SCMP_ACT_ERRNO" } ] }'
mkdir -p "$root" "/sys/fs/cgroup/$parent" "$bundle/rootfs/etc/readonly"
chmod 777 "$bundle/rootfs/etc/readonly"
seen_from_inside >"$bundle/rootfs/prog"
write_config
mv "$bundle/config.json" "$bundle/short.json"
args='"sleep", "1000"'
top='"hooks": { "createRuntime": [ { "path": "/bin/true" } ], "createContainer": [ { "path": "/bin/true" } ] }'
write_config
mv "$bundle/config.json" "$bundle/hooks.json"
top=''
write_config
printf '{ "unified": { "cgroup.max.depth": "5" } }\n' >"$bundle/resources.json"
