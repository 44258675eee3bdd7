# SPDX-License-Identifier: Apache-2.0
# What the compiler and the linker were to do for the binary.
# needs: nothing

. "$TESTLIB/tap.sh"

if ! command -v readelf >/dev/null 2>&1; then
	skip 'the binary' 'readelf(1) is missing'
	plan
	exit
fi
readelf -Wh -Wl -Wd "$WEIR" >"$TMPDIR/elf" 2>&1
check 'position-independent' grep -q 'Type: *DYN' "$TMPDIR/elf"
check 'all relocations at once' grep -q -e 'BIND_NOW' -e 'FLAGS.*NOW' "$TMPDIR/elf"
check 'and read-only after them' grep -q GNU_RELRO "$TMPDIR/elf"
check 'no executable stack' grep -q 'GNU_STACK.* RW ' "$TMPDIR/elf"
check_equal "$(grep -c ' RWE ' "$TMPDIR/elf")" 0 'nothing is writable and executable'
readelf -Ws --dyn-syms "$WEIR" >"$TMPDIR/symbols"
check 'stack protector' grep -q __stack_chk_fail "$TMPDIR/symbols"
check 'fortified' grep -q '_chk@' "$TMPDIR/symbols"
crt=$("${CC:-gcc}" -print-file-name=crt1.o 2>/dev/null)
# The linker notes what every object has, those of libc's included.
if readelf -Wn "$crt" 2>/dev/null | grep -q IBT; then
	readelf -Wn "$WEIR" >"$TMPDIR/notes" 2>&1
	check 'indirect branches and returns are protected' grep -q 'IBT' "$TMPDIR/notes"
else
	skip 'indirect branches and returns are protected' 'libc is not built with it, so the linker drops it'
fi
plan
