#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Completions: bash, and zsh and fish where they are, each asked for the same things.
# needs: cgroup
# timeout: 120

. "$TESTLIB/tap.sh"
. "$TESTLIB/bundle.sh"

completions=$TESTLIB/../../../contrib/completions
mkdir "$TMPDIR/bin"
ln -s "$WEIR" "$TMPDIR/bin/weir"
PATH=$TMPDIR/bin:$PATH

program 'sleep 1000'
linux=''
create
"$TESTLIB/../../list-options" "$WEIR" >"$TMPDIR/options"
words() { tr '\n' ' ' | sed 's/ *$//'; }

# What is offered for the last word of a line, one a line.
cat >"$TMPDIR/ask.bash" <<'EOF'
. "$1/bash/weir"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_weir
printf '%s\n' "${COMPREPLY[@]}"
EOF
ask_bash() { bash "$TMPDIR/ask.bash" "$completions" "$@" | sort -u; }

# zsh's own part of it, which draws and filters, is left out.
cat >"$TMPDIR/ask.zsh" <<'EOF'
compadd() { for w in "${@:#--}"; do [[ $w != ${words[CURRENT]}* ]] || print -r -- $w; done }
_describe() { local d; for d in ${(P)2}; do compadd ${d%%:*}; done }
_files() { [[ $1 == -/ ]] && compadd ${words[CURRENT]}*(N-/) || compadd ${words[CURRENT]}*(N) }
_command_names() { compadd ${(k)commands} }
file=$1/zsh/_weir
shift
words=("$@") CURRENT=$#
. $file
EOF
ask_zsh() { zsh -f "$TMPDIR/ask.zsh" "$completions" "$@" | sort -u; }

ask_fish() {
	fish --no-config -c "source $completions/fish/weir.fish; complete -C '$*'" | sed 's/\t.*//; s,/$,,' | sort -u
}

# offers WORDS SENTENCE LINE...
offers() {
	offered=$1 sentence=$2
	shift 2
	check_equal "$("ask_$shell" "$@" | words)" "$offered" "$shell: $sentence"
}

for shell in bash zsh fish; do
	if ! command -v "$shell" >/dev/null; then
		skip "$shell completes" "no $shell is here"
		continue
	fi
	check_equal "$("ask_$shell" weir '' | words)" \
		"$(sed -n 's/^\([a-z]*\);.*/\1/p' "$TMPDIR/options" | sort -u | words)" "$shell: every command"
	for command in run update memory; do
		check_equal "$("ask_$shell" weir "$command" -- | words)" \
			"$(sed -n "s/^$command;\(--[^;]*\);.*/\1/p" "$TMPDIR/options" | sort -u | words)" \
			"$shell: every long option of $command"
	done
	offers 'restore resume run' 'a command that is begun' weir r
	offers '--log --log-format --log-level' 'global options that are begun' weir --log
	offers 'json text' 'the words of a value' weir --log-format ''
	offers 'c1' 'the id of a container' weir --root "$root" kill ''
	offers 'c1' 'behind options' weir --root "$root" delete --force c
	offers 'USR1 USR2' 'a signal' weir kill c1 USR
	offers "$TMPDIR/bin" 'a directory' weir run --bundle "$TMPDIR/bi"
	offers 'explain' 'a command of memory' weir memory ex
	offers 'c1' 'and its id' weir --root "$root" memory explain ''
	offers '' 'a new id is nobody else'"'"'s to know' weir --root "$root" run ''
done
plan
