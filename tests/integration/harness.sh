# SPDX-License-Identifier: Apache-2.0
# The runner of these tests sees through every way in which a script can pretend to pass.
# needs: nothing
# timeout: 60

. "$TESTLIB/tap.sh"

# fake NAME LINE...: a script of that text.
fake() {
	fake_file=$TMPDIR/$1.sh
	shift
	printf '%s\n' ". \"$TESTLIB/tap.sh\"" "$@" >"$fake_file"
}

# counted NAME: what the runner says of it, less the time.
counted() {
	sh "$TESTLIB/each" "$TMPDIR/results" "$TMPDIR/$1.sh" 2>&1 | sed -n "s/^$1: \(.*\) (.*/\1/p"
}

fake good 'check "true is true" true' 'check_not "false is not" false' 'plan'
check_equal "$(counted good)" '2 ok, 0 not ok, 0 skipped' 'what passes is counted'
check 'a script that passes gives status 0' sh "$TESTLIB/each" "$TMPDIR/results" "$TMPDIR/good.sh"

fake bad 'check "false is true" false' 'check "true is true" true' 'plan'
check_equal "$(counted bad)" '1 ok, 1 not ok, 0 skipped' 'what fails is counted, and the script goes on'
check_not 'a script that fails gives another status' sh "$TESTLIB/each" "$TMPDIR/results" "$TMPDIR/bad.sh"

fake early 'check "true is true" true' 'exit 0'
check_equal "$(counted early)" '1 ok, 1 not ok, 0 skipped' 'a script that ends without its plan fails'

fake short 'check "true is true" true' 'echo 1..2'
check_equal "$(counted short)" '1 ok, 1 not ok, 0 skipped' 'a plan that is not met fails'

fake crash 'check "true is true" true' 'plan' 'exit 3'
check_equal "$(counted crash)" '1 ok, 1 not ok, 0 skipped' 'a bad status without a failed test fails'

fake skips 'skip "something" "no reason"' 'plan'
check_equal "$(counted skips)" '0 ok, 1 not ok, 1 skipped' 'nothing but skips fails'

fake empty 'plan'
check_equal "$(counted empty)" '0 ok, 1 not ok, 0 skipped' 'no test at all fails'

fake slow 'check "true is true" true' '# timeout: 1' 'sleep 20' 'plan'
check_equal "$(counted slow)" '1 ok, 1 not ok, 0 skipped' 'a script that hangs is ended and fails'

fake missing 'check_not "a missing program is no refusal" /nonexistent' 'plan'
check_equal "$(counted missing)" '0 ok, 1 not ok, 0 skipped' 'a missing program does not count as refused'

fake wrong_words 'check_says yes "echo no says yes" echo no' 'check_status 3 "true is 3" true' 'plan'
check_equal "$(counted wrong_words)" '0 ok, 2 not ok, 0 skipped' 'wrong words and wrong statuses fail'

check 'a root file system is made' "$TESTLIB/mkrootfs" "$TMPDIR/rootfs"
check 'and it has a shell' test -x "$TMPDIR/rootfs/bin/sh"

plan
