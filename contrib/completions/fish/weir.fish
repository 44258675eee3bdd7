# SPDX-License-Identifier: Apache-2.0
# Completion of weir(8) for fish: /usr/share/fish/vendor_completions.d/weir.fish.
# The installed program is asked: its --help is printed from the rows that its options are read by.

# SPELLING, VALUE and help of each option, by tabs.
function __weir_options
    weir $argv --help 2>/dev/null | awk '
        /^ +-/ {
            sub(/^ +/, "")
            help = $0
            sub(/^.*[^ ]  +/, "", help)
            sub(/  .*/, "")
            gsub(/,/, "")
            value = $NF ~ /^-/ ? "" : $NF
            for (i = 1; i <= NF && $i ~ /^-/; i++) printf "%s\t%s\t%s\n", $i, value, help
        }'
end

function __weir_commands
    weir --help 2>/dev/null | awk '
        /^More commands:/ { more = 1 }
        /^  [a-z]/ { for (i = 1; i <= (more ? NF : 1); i++) print $i }'
end

# What can stand for a value, by what --help calls it.
function __weir_values
    switch $argv[1]
        case DIR
            __fish_complete_directories (commandline -ct)
        case FILE 'FILE|-' PATH SOCKET
            __fish_complete_path (commandline -ct)
        case LEVEL
            string split ' ' 'error warning info debug'
        case MANAGER
            string split ' ' 'cgroupfs systemd disabled'
        case SPEC
            echo graceful
        case '*|*'
            string split '|' $argv[1]
    end
end

function __weir_argument --argument-names command place
    set -l usage (weir $command --help 2>/dev/null | sed -n '1 s/.*\[OPTIONS\] *\(\[--\] *\)*//p' | string split ' ')
    if test $command = memory -a $place -eq 1
        weir memory '?' 2>&1 | sed -n 's/.*(\([a-z, ]*\)).*/\1/p' | string split ', '
        return
    end
    switch $command:$usage[$place]
        case run:ID create:ID
        case '*:ID' 'memory:*'
            weir $argv[3..-1] list -q 2>/dev/null
        case '*:*SIGNAL*'
            kill -l | string split ' '
        case '*:FILE'
            __fish_complete_path (commandline -ct)
        case '*PROGRAM'
            __fish_complete_command
        case '*|*'
            string split '|' $usage[$place]
    end
end

function __weir
    set -l words (commandline -opc)
    set -l command
    set -l value
    set -l place 1
    set -l root
    set -l options (__weir_options)
    for word in $words[2..-1]
        if test -n "$value"
            test "$last" = --root; and set root --root $word
            set value
        else if string match -q -- '-*' $word
            set value (string match -r -- '^'(string escape --style=regex -- $word)'\t([^\t]+)\t' $options)[2]
            set last $word
        else if test -z "$command"
            set command $word
            set options (__weir_options $command)
        else
            set place (math $place + 1)
        end
    end
    if test -n "$value"
        __weir_values $value
    else if string match -q -- '-*' (commandline -ct)
        for option in $options
            set -l part (string split -- \t $option)
            printf '%s\t%s\n' $part[1] $part[3]
        end
    else if test -z "$command"
        __weir_commands
    else
        __weir_argument $command $place $root
    end
end

complete -c weir -f -a '(__weir)'
