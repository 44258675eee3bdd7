#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is there to see of containers' memory: status, metrics, explain, as far as that needs no memory controller.
# needs: cgroup
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"
# shellcheck source=tests/integration/lib/bundle.sh
. "$TESTLIB/bundle.sh"

reports=$root/.reports
page=$TMPDIR/page.html
text=$TMPDIR/weir.prom

# ---- an empty root ----
check_says '^ID  *STATUS' 'status of a root that is not there is a header' weir memory status
check_equal "$(weir memory status --format json)" '[]' 'and an empty list'
check_says '^# EOF$' 'metrics of it are complete' weir memory metrics
check_says 'unknown format' 'an unknown format is refused' weir memory status --format xml
check_says 'unknown command .nothing. (status' 'and an unknown command, with those there are' weir memory nothing

# ---- a container ----
program 'sleep 60'
check 'a container' create
weir start c1
check_says '^c1  *running ' 'status has it' weir memory status
check_says '^c1  *running ' 'by name too' weir memory status c1
check_says '"status": "running"' 'and as JSON' weir memory status --format json c1
check_not 'one that is not there is an error' weir memory status nobody
check_says '^weir_containers{status="running"} 1$' 'the metrics count it' weir memory metrics
check_says '^weir_memory_governed{container="c1"} 0$' 'and tell that nobody governs it' weir memory metrics

# ---- reports ----
mkdir -p "$reports"
cat >"$reports/old.json" <<'END'
{ "version": 1, "id": "<script>alert(1)</script>", "verdict": "own-limit", "headline": "OOM-killed at its own limit of 64M",
"causes": [ { "cause": "burst", "text": "a burst & more" } ], "limit": { "bytes": 67108864, "holder": "/x" },
"victims": [ { "pid": 7, "comm": "<b>&\"'", "anon": 60000000 } ], "ladder": [ { "rung": 70, "bytes": 46976204, "fired": 1 } ],
"timeline": [ { "seconds": 0.5, "event": "fired", "rung": 70, "need": 47000000 }, { "seconds": 0.9, "event": "oom-kill" } ],
"readings": [ { "seconds": 0.1, "need": 1000000, "current": 2000000, "limit": 67108864 },
	{ "seconds": 0.8, "need": 66000000, "current": 67000000, "limit": 67108864 } ],
"times": { "ended": "2026-01-02T03:04:05.678901Z", "seconds": 0.9 } }
END
check_says '^weir_reports{verdict="own-limit"} 1$' 'verdicts of kept reports are counted' weir memory metrics
check_says '^  cause  *a burst & more' 'a report is told' weir memory explain old
check 'and put into a page' weir memory explain old --html "$page"
check_equal "$(grep -c '<script\|<b>&' "$page")" 0 'in which no name is markup'
check_equal "$(grep -c '&lt;b&gt;&amp;&quot;&#39;' "$page")" 1 'but text'
check_equal "$(grep -o '<svg ' "$page" | wc -l)" 2 'with a drawing, for a screen and for a phone'
check_equal "$(grep -ci 'http:\|https:\|src=\|url(' "$page")" 0 'that loads nothing'
check_not 'a page that cannot be written is an error' weir memory explain old --html "$TMPDIR/none/page.html"

# ---- metrics as others read them ----
check 'metrics into a file' weir memory metrics --textfile "$text"
check_equal "$(stat -c %a "$text") $(tail -n 1 "$text" | cut -c 1-12)" '644 weir_reports' 'that a collector may read'
if command -v promtool >/dev/null; then
	check 'promtool finds nothing to say against it' sh -c 'promtool check metrics <"$1"' sh "$text"
	weir memory metrics | sed 's/^\([^#].*\)$/\1 1700000000/' >"$TMPDIR/metrics"
	check 'and reads the other as OpenMetrics' promtool tsdb create-blocks-from openmetrics "$TMPDIR/metrics" "$TMPDIR/blocks"
elif [ -n "${FULL-}" ]; then
	tap_not_ok 'promtool is there, with FULL=1'
fi
weir delete --force c1
check 'nothing is left' nothing_left
plan
