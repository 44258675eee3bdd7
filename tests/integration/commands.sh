# SPDX-License-Identifier: Apache-2.0
# The commands and options that engines probe for and people type, beyond the life of one container (launcher.sh).
# needs: cgroup
# timeout: 300

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

has() { grep -q -e "$1" "$TMPDIR/got"; }

# ---- features ----
weir features >"$TMPDIR/got" 2>"$TMPDIR/stderr"
check_equal "$?" 0 'features'
check_equal "$(cat "$TMPDIR/stderr")" '' 'says nothing on stderr'
for word in '"ociVersionMin": "1.0.0"' '"ociVersionMax": "1.3.0"' '"rro"' '"user"' '"SCMP_ACT_ERRNO"' '"v2": true' \
	'"io.github.seccomp.libseccomp.version": "2\.' '"io.weir.memory."'; do
	check "and lists $word" has "$word"
done

# ---- the manager of cgroups ----
check_says 'not supported yet: --systemd-cgroup' 'systemd'\''s cgroups are refused' weir --systemd-cgroup run -b "$bundle" c1
check_equal "$tap_status" 1 'with status 1'
check_says 'not supported yet: --cgroup-manager=systemd' 'by either name' weir --cgroup-manager systemd state c1
check_says "unknown manager 'luck'" 'and an unknown one by its name' weir --cgroup-manager=luck state c1
plan
