#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What shed asks of language runtimes, of real ones where they are installed. (ladder.sh: in a container.)
# needs: nothing
# timeout: 60
set -u
# shellcheck source=tests/integration/lib/tap.sh
. "$TESTLIB/tap.sh"

seen=$TMPDIR/seen
shed() { timeout 20 "$PROGRAMS/shed-here" >"$seen" 2>&1; }
rss() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }
pids=''
trap 'for pid in $pids; do kill "$pid" 2>/dev/null; done' EXIT

cp "$PROGRAMS/witness" "$TMPDIR/redis-server"
"$TMPDIR/redis-server" 127.0.0.1:16390 >"$TMPDIR/asked" 2>&1 &
redis=$!
pids="$pids $redis"
sleep 0.3
shed
check_says "^shed: redis $redis: MEMORY PURGE: +OK" 'Redis is asked at the port of its title' cat "$seen"
check_says '^asked MEMORY PURGE' 'and hears it' cat "$TMPDIR/asked"

if command -v node >/dev/null && node --version | grep -q '^v[2-9][0-9]'; then
	echo 'let k=[];for(let i=0;i<200;i++)k.push(new Array(1e5).fill(i));k=null;console.log("ready");setInterval(()=>{},1000)' \
		>"$TMPDIR/w.js"
	node --inspect=127.0.0.1:19333 "$TMPDIR/w.js" >"$TMPDIR/node" 2>&1 &
	node=$!
	pids="$pids $node"
	wait_until 20 grep -q ready "$TMPDIR/node"
	before=$(rss $node)
	shed
	check_says "^shed: node $node: HeapProfiler.collectGarbage" 'Node collects by its inspector' cat "$seen"
	mkdir "$TMPDIR/dumps"
	check 'Node writes its heap' timeout 60 "$PROGRAMS/shed-here" "$TMPDIR/dumps"
	check 'which is one whole JSON' node -e \
		"const s=JSON.parse(require('fs').readFileSync(process.argv[1]+'/'+require('fs').readdirSync(process.argv[1])[0]));process.exit(s.nodes.length>1000?0:1)" \
		"$TMPDIR/dumps"
	rm -f "$TMPDIR/dumps/"*
	check "and gives back ($before kB before, $(rss $node) after)" test "$(rss $node)" -lt "$before"
	kill "$node"
else
	skip 'Node collects by its inspector' 'node is not installed'
fi

if command -v java >/dev/null && command -v javac >/dev/null; then
	echo 'public class W { public static void main(String[] a) throws Exception { System.out.println("ready"); Thread.sleep(60000); } }' \
		>"$TMPDIR/W.java"
	(cd "$TMPDIR" && javac W.java)
	java -Xlog:gc:file="$TMPDIR/gc.log" -cp "$TMPDIR" W >"$TMPDIR/java" 2>&1 &
	java=$!
	java -Xrs -cp "$TMPDIR" W >"$TMPDIR/java2" 2>&1 &
	deaf=$!
	pids="$pids $java $deaf"
	wait_until 20 grep -q ready "$TMPDIR/java"
	wait_until 20 grep -q ready "$TMPDIR/java2"
	shed
	check_says "^shed: jvm $java: GC.run" 'HotSpot collects by the attach protocol' cat "$seen"
	check_says 'Diagnostic Command' 'and says so in its own log' cat "$TMPDIR/gc.log"
	check_says "^shed: jvm $deaf: " 'one that would die of SIGQUIT is found too' cat "$seen"
	check 'and lives' kill -0 "$deaf"
	mkdir -p "$TMPDIR/dumps"
	printf 'older\n' >"$TMPDIR/dumps/weir-heap-1-1.hprof"
	printf 'old\n' >"$TMPDIR/dumps/weir-heap-1-2.hprof"
	printf 'mine\n' >"$TMPDIR/dumps/other.hprof"
	touch -d @1 "$TMPDIR/dumps/weir-heap-1-1.hprof"
	kill "$deaf"
	check 'HotSpot writes its heap' timeout 60 "$PROGRAMS/shed-here" "$TMPDIR/dumps"
	check_equal "$(head -c 12 "$TMPDIR/dumps/weir-heap-$java-"*.hprof)" 'JAVA PROFILE' 'in its own format'
	check_equal "$(find "$TMPDIR/dumps" -name 'weir-heap-*' | wc -l)" 2 'of three dumps the newest two are kept'
	check_not 'not the oldest' test -e "$TMPDIR/dumps/weir-heap-1-1.hprof"
	check 'and nobody else loses a file' test -e "$TMPDIR/dumps/other.hprof"
	check_says 'heap-dump: jvm .*: no directory /nowhere' 'without the directory it says so' timeout 60 "$PROGRAMS/shed-here" /nowhere
else
	skip 'HotSpot collects by the attach protocol' 'java is not installed'
fi
plan
