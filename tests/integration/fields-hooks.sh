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
plan
