#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A service that is built on sd-event hears of memory pressure by libsystemd's own code, unmodified.
# needs: systemd
# timeout: 60

. "$TESTLIB/tap.sh"

sandbox() { "$WEIR" --root "$TMPDIR/root" sandbox --memory 64M "$@" -- "$PROGRAMS/pressure-client" sd-event; }
note "libsystemd $(systemctl --version | sed -n 1p)"
check_says '^heard with \(2[8-9]\|3[0-9]\|40\) MiB' 'it hears at half of 64 MiB' sandbox --ladder '50:notify'
check_equal "$tap_status" 0 'and lives'
sandbox --ladder '99:notify,stop=1s' >"$TMPDIR/out" 2>&1
check_equal "$(grep -c 'heard with [2-4]' "$TMPDIR/out")" 0 'without a rung it does not'
plan
