#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# demo-job.sh: the main job, where limits work: this host or the VM. WEIR and PROGRAMS are in the environment.
# Should: tell a newcomer what is about to happen, and show program and weir in one timeline of 100 columns.
# Must not: decide whether it went well by anything but exit statuses.

set -u

# The program's lines and weir's in the order they came, with the seconds since the start before each.
timeline() {
	while IFS= read -r line; do
		case $line in
		'weir: memory of '*) line="weir: memory ${line#*\' }" ;;
		sandbox-*': '*) line="weir: ${line#*: }" ;;
		# The rest of the report is wide enough, and all of the same moment.
		'  '*)
			printf '%s\n' "$line"
			continue
			;;
		esac
		printf '%6s s | %s\n' "$(since_start)" "$line"
	done
}

uptime_cs() {
	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}"
}

since_start() {
	at=$(($(uptime_cs) - started))
	printf '%d.%02d' $((at / 100)) $((at % 100))
}

# scene STATUS COMMAND...: the status is carried past the pipe in a file.
scene() {
	wanted=$1
	shift
	printf '\n$ %s\n' "$(echo "$*" | sed "s|$WEIR|weir|; s|$PROGRAMS/||")"
	started=$(uptime_cs)
	{ "$@" 2>&1; echo $? >"$work/status"; } | timeline
	status=$(cat "$work/status")
	printf '%8s | exit status %d\n' '' "$status"
	[ "$status" -eq "$wanted" ] || failed=$((failed + 1))
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
cat <<'END'

The program, hoard, takes 100 MB every half second and prints how much it has. It is a Go program
that ends by itself when it gets SIGTERM ("draining"). It may have 512 MiB and no swap.

== 1. Without a ladder. At 512 MiB the kernel kills it, unwarned: exit status 137 is SIGKILL.
      weir says which process it was, at whose limit, how large, and why this one.
END
scene 137 "$WEIR" sandbox --memory 512M -- "$PROGRAMS/hoard"
cat <<'END'

== 2. With the ladder "graceful". The program hears of 70, 85 and 95 %; at 95 % weir asks it to end
      while there is still room to do so. Nothing is killed (oom_kill 0), and the status is 0.
END
scene 0 "$WEIR" sandbox --memory 512M --ladder graceful -- "$PROGRAMS/hoard"
cat <<'END'

== 3. The same program, dropping what it has when it hears of 85 %: it need not end at all.
      The rung is ready again after each drop. It is made to end after 12 steps of 100 MB.
END
scene 0 "$WEIR" sandbox --memory 512M --ladder '85:log,notify' -- "$PROGRAMS/hoard" -drop-at 85 -limit 12
printf '\n'
[ "$failed" -eq 0 ] || printf '%d of the 3 did not end as they should.\n' "$failed"
exit "$failed"
