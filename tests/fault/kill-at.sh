# SPDX-License-Identifier: Apache-2.0
# Each command, and each of its processes, ended at each of its system calls; and each call failed, with each of five
# errors. After `delete --force` nothing is left. A push takes a sample that moves with the commit; FULL=1 takes all.
# needs: cgroup
# timeout: 3000

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"
. "$TESTLIB/../../fault/lib/bundles.sh"

# Which of them this time: another one with each commit, the same one for the same commit.
commit=$("$WEIR" --version | sed -n 's/^commit: //p')
offset=$(printf '%s' "$commit" | cksum | cut -d ' ' -f 1)
kills=61 errors=83
[ -z "${FULL-}" ] || kills=1 errors=1
note "commit $commit: every $kills. call killed, every $errors. failed, from $((offset % kills)), $((offset % errors))"
strike() { "$BUILT/tests/fault/kill-at" "$@" --offset "$((offset % 1000000))" "$WEIR" "$root" "/sys/fs/cgroup/$parent"; }
cd "$bundle" || exit 1
strike --stride $kills >"$TMPDIR/seen"
strike --errors --stride $errors >>"$TMPDIR/seen"
# Its lines, numbered here.
while IFS= read -r line; do
	case $line in
	'ok '*) tap_ok "${line#ok * - }" ;;
	'not ok '*) tap_not_ok "${line#not ok * - }" ;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$TMPDIR/seen"
check 'every command was struck' test "$(grep -c '^ok\|^not ok' "$TMPDIR/seen")" -eq 34
check_equal "$(weir run -f short.json -b "$bundle" c1 | grep -c 'inside')" 1 'and the name can be used again'
plan
