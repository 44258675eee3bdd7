# SPDX-License-Identifier: Apache-2.0
# The members of every kind of hook: env and timeout of each (args and paths: conformance-hooks.sh).
# needs: cgroup

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

fresh
mkdir "$bundle/rootfs/out"
program 'exec sleep 1000'
# lives: create, start, kill, delete; fails as soon as one of them does.
lives() {
	write_config
	weir create -b "$bundle" c1 && weir start c1 && weir kill c1 KILL && wait_until 20 status_is stopped && weir delete c1
}
for kind in prestart createRuntime createContainer startContainer poststart poststop; do
	out=$TMPDIR/out
	case $kind in startContainer) out=/out/env ;; esac
	top="\"hooks\": { \"$kind\": [ { \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"echo \$A-\$LEAKED >$out\"], \"env\": [\"A=b c\"] } ] }"
	LEAKED=leaked lives >/dev/null 2>&1
	case $kind in startContainer) out=$bundle/rootfs/out/env ;; esac
	check_equal "$(cat "$out")" 'b c-' "a $kind hook has the env of the config, and nothing of the caller's"
	rm -f "$out"
	top="\"hooks\": { \"$kind\": [ { \"path\": \"/bin/sleep\", \"args\": [\"sleep\", \"100\"], \"timeout\": 1 } ] }"
	began=$(date +%s)
	check_says "hook $kind\\[0\\] /bin/sleep: did not end within its timeout of 1 s" "a $kind hook that hangs is ended" lives
	check 'in time' test "$(($(date +%s) - began))" -le 10
	weir delete --force c1 2>/dev/null
	check 'nothing is left' nothing_left
done

# ---- where their output goes ----
mkdir -p "$TMPDIR/logs"
say='"path": "/bin/sh", "args": ["sh", "-c", "echo out of $0; echo err of $0 >&2", "KIND"]'
top='"annotations": { "run.oci.hooks.stdout": "'$TMPDIR'/logs/out", "run.oci.hooks.stderr": "'$TMPDIR'/logs/err" }, "hooks": { '
for kind in prestart createRuntime createContainer startContainer poststart poststop; do
	top="$top${comma-}\"$kind\": [ { $(echo "$say" | sed "s/KIND/$kind/") } ]" comma=', '
done
top="$top }"
program 'exec sleep 1000'
check_equal "$(lives 2>&1)" '' 'with run.oci.hooks.stdout and stderr the caller sees nothing of hooks'
for end in out err; do
	check_equal "$(cat "$TMPDIR/logs/$end")" "$end of prestart
$end of createRuntime
$end of createContainer
$end of startContainer
$end of poststart
$end of poststop" "the file of std$end has what all six said, in their order"
done
top='"annotations": { "run.oci.hooks.stdout": "/nowhere/out" }'
check_says '/annotations/run.oci.hooks.stdout: /nowhere/out: No such file or directory' 'a file that cannot be opened is an error' run
check 'and nothing is left' nothing_left

# ---- the caller's groups ----
fresh
program 'sed -n "s/^Groups:[[:space:]]*//p" /proc/self/status'
top='"annotations": { "run.oci.keep_original_groups": "1" }'
write_config
check_equal "$(setpriv --groups 4711,4712 "$WEIR" --root "$root" run -b "$bundle" c1 2>&1)" '4711 4712 ' 'run.oci.keep_original_groups: the groups of the caller stay'
top='"annotations": { "run.oci.keep_original_groups": "0" }'
write_config
check_equal "$(setpriv --groups 4711,4712 "$WEIR" --root "$root" run -b "$bundle" c1 2>&1)" '' 'and without it they do not'
top='"annotations": { "run.oci.keep_original_groups": "perhaps" }'
check_says "/annotations/run.oci.keep_original_groups: neither 1 nor 0: 'perhaps'" 'anything else is an error' run
plan
