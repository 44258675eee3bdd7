# SPDX-License-Identifier: Apache-2.0
# Each allocation of a run, failed: an error, or the container that was asked for, and nothing left.
# needs: cgroup
# timeout: 1800
# full only: one allocation of eight that were sampled is not clean yet

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"
. "$TESTLIB/../../fault/lib/bundles.sh"

shim=$BUILT/tests/fault/fail-malloc.so
commit=$("$WEIR" --version | sed -n 's/^commit: //p')
stride=23
[ -z "${FULL-}" ] || stride=1
cd "$bundle" || exit 1
weir run -f short.json c1 >"$TMPDIR/wanted"
number=$((1 + $(printf '%s' "$commit" | cksum | cut -d ' ' -f 1) % stride))
struck=0 bad=0 in_libseccomp=0
while :; do
	rm -f "$TMPDIR/hit"
	status=0
	FAIL_MALLOC_AT=$number FAIL_MALLOC_FILE=$TMPDIR/hit LD_PRELOAD=$shim timeout 20 \
		"$WEIR" --root "$root" run -f short.json c1 >"$TMPDIR/got" 2>"$TMPDIR/said" || status=$?
	[ -e "$TMPDIR/hit" ] || break
	struck=$((struck + 1))
	why=''
	case $status in
	0) cmp -s "$TMPDIR/got" "$TMPDIR/wanted" || why='it ran as another than it should be' ;;
	1) [ -s "$TMPDIR/said" ] || why='it says nothing' ;;
	# libseccomp looks at none of its own allocations. It is asked before anything is made.
	134 | 139)
		in_libseccomp=$((in_libseccomp + 1))
		[ ! -s "$TMPDIR/got" ] || why='it crashed late'
		[ $number -lt 70 ] || why="it crashed ($status)"
		;;
	*) why="it ended with $status" ;;
	esac
	nothing_left || why="$why, and left something"
	if [ -n "$why" ]; then
		bad=$((bad + 1))
		note "allocation $number: $why: $(head -n 1 "$TMPDIR/said")"
		weir delete --force c1
	fi
	number=$((number + stride))
done
note "$in_libseccomp ended in libseccomp; every $stride. of some $number allocations"
check_equal "$bad" 0 "$struck allocations failed: each told, or done without, and nothing left"
check 'they did fail' test $struck -ge 5
plan
