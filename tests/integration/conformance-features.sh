# SPDX-License-Identifier: Apache-2.0
# features.md: what the structure may hold, and that what it lists is so. docs/CONFORMANCE.md names these sentences.
# needs: cgroup

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

weir features >"$TMPDIR/features"
members() { sed -n "s/^ \{$1\}\"\([A-Za-z0-9]*\)\":.*/\1/p" "$TMPDIR/features"; }
known='ociVersionMin ociVersionMax hooks mountOptions linux annotations potentiallyUnsafeConfigAnnotations'
for member in $(members 4); do
	check "the member $member is of the specification" sh -c "echo ' $known ' | grep -q ' $member '"
done
known_linux='namespaces capabilities cgroup seccomp apparmor selinux memoryPolicy intelRdt mountExtensions netDevices'
sed -n '/^    "linux": {/,/^    }/p' "$TMPDIR/features" | sed -n 's/^ \{8\}"\([A-Za-z0-9]*\)":.*/\1/p' >"$TMPDIR/linux"
for member in $(cat "$TMPDIR/linux"); do
	check "the member linux.$member is of the specification" sh -c "echo ' $known_linux ' | grep -q ' $member '"
done
check_equal "$(members 4 | grep -c .)" "$(members 4 | sort -u | grep -c .)" 'no member is there twice'
check_not 'no member is null' grep -q null "$TMPDIR/features"
version() { sed -n "s/^ *\"ociVersion$1\": \"\([0-9.]*\)\".*/\1/p" "$TMPDIR/features"; }
check_equal "$(printf '%s\n' "$(version Max)" "$(version Min)" | sort -V | head -n 1)" "$(version Min)" 'ociVersionMax is not less than ociVersionMin'
setpriv --reuid=65534 --regid=65534 --clear-groups "$WEIR" features >"$TMPDIR/second" 2>/dev/null ||
	env -i "$WEIR" features >"$TMPDIR/second"
check 'the structure does not depend on who asks' cmp "$TMPDIR/features" "$TMPDIR/second"

# ---- every mount option that is listed is recognized ----
fresh
program 'echo mounted'
sed -n '/^    "mountOptions": \[/,/\]/s/^ *"\([^"]*\)",*$/\1/p' "$TMPDIR/features" >"$TMPDIR/options"
check 'mount options are listed' test "$(wc -l <"$TMPDIR/options")" -gt 60
check_not 'none that only a file system knows' grep -q -e '=' -e '^acl$' -e '^size' -e '^uid' "$TMPDIR/options"
mkdir -p "$bundle/rootfs/data"
# One mount for each option, all in one config; what is refused is named by its number.
mount_with() {
	case $1 in
	idmap | ridmap) echo "\"source\": \"/tmp\", \"options\": [\"rbind\", \"$1\"],
		\"uidMappings\": [ { \"containerID\": 0, \"hostID\": 1000, \"size\": 10 } ],
		\"gidMappings\": [ { \"containerID\": 0, \"hostID\": 1000, \"size\": 10 } ]" ;;
	bind | rbind | r[a-z]* | copy-symlink | src-nofollow | dest-nofollow)
		echo "\"source\": \"/tmp\", \"options\": [\"rbind\", \"$1\"]" ;;
	*) echo "\"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [\"$1\"]" ;;
	esac
}
mounts=$basic_mounts
while read -r option; do
	mounts="$mounts, { \"destination\": \"/of/$option\", $(mount_with "$option") }"
done <"$TMPDIR/options"
write_config
check 'a config with each listed mount option is planned' weir run --plan -b "$bundle" c1
# An option that is not recognized would be handed to the file system.
awk '/"destination": "\/of\// { word = $2; gsub(/.*\/|",?/, "", word) }
	/^            "options": \[/ { inside = 1; next }
	/\]/ { inside = 0 }
	inside && index($0, "\"" word "\"") && word !~ /sync|lazytime/ { print word }' "$tap_seen" >"$TMPDIR/unrecognized"
check_equal "$(grep -c '"destination": "/of/' "$tap_seen")" "$(wc -l <"$TMPDIR/options")" 'all of them'
check_equal "$(cat "$TMPDIR/unrecognized")" '' 'each listed mount option is recognized in a config'

# ---- every namespace ----
sed -n '/"namespaces": \[/,/\]/s/^ *"\([a-z]*\)",*$/\1/p' "$TMPDIR/features" >"$TMPDIR/kinds"
while read -r kind; do
	fresh
	mounts=''
	namespaces="{ \"type\": \"$kind\" }"
	linux=''
	[ "$kind" != user ] || linux='"uidMappings": [ { "containerID": 0, "hostID": 0, "size": 1 } ], "gidMappings": [ { "containerID": 0, "hostID": 0, "size": 1 } ]'
	write_config
	check "the listed namespace $kind is recognized" weir run --plan -b "$bundle" c1
done <"$TMPDIR/kinds"

# ---- memory policies and mappings of mounts, as far as they are listed ----
list_of() { sed -n "/^        \"$1\": {/,/^        }/p" "$TMPDIR/features" | sed -n "/\"$2\": \[/,/\]/s/^ *\"\([^\"]*\)\",*\$/\1/p"; }
fresh
: >"$TMPDIR/unrecognized"
for mode in $(list_of memoryPolicy modes); do
	case $mode in
	MPOL_DEFAULT | MPOL_LOCAL) linux="\"memoryPolicy\": { \"mode\": \"$mode\" }" ;;
	*) linux="\"memoryPolicy\": { \"mode\": \"$mode\", \"nodes\": \"0\" }" ;;
	esac
	write_config
	weir run --plan -b "$bundle" c1 >"$TMPDIR/plan" 2>&1 || cat "$TMPDIR/plan" >>"$TMPDIR/unrecognized"
done
for flag in $(list_of memoryPolicy flags); do
	linux="\"memoryPolicy\": { \"mode\": \"MPOL_BIND\", \"nodes\": \"0\", \"flags\": [\"$flag\"] }"
	write_config
	weir run --plan -b "$bundle" c1 >"$TMPDIR/plan" 2>&1 || cat "$TMPDIR/plan" >>"$TMPDIR/unrecognized"
done
check_equal "$(cat "$TMPDIR/unrecognized")" '' 'each listed memory policy is recognized, and each flag'
fresh
mounts="$basic_mounts, { \"destination\": \"/data\", \"source\": \"/tmp\", \"options\": [\"bind\", \"idmap\"],
	\"uidMappings\": [ { \"containerID\": 0, \"hostID\": 1000, \"size\": 10 } ],
	\"gidMappings\": [ { \"containerID\": 0, \"hostID\": 1000, \"size\": 10 } ] }"
write_config
taken=false
! weir run --plan -b "$bundle" c1 >/dev/null 2>&1 || taken=true
enabled=$(sed -n '/"idmap": {/,/}/s/.*"enabled": \([a-z]*\).*/\1/p' "$TMPDIR/features")
check_equal "${enabled:-false}" "$taken" 'idmap is enabled if and only if mappings are taken'
plan
