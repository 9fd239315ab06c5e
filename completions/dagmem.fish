# fish completion for dagmem: verbs and options as `dagmem help` tells them.

# The verb on the command line, if there is one yet.
function __dagmem_verb
    for word in (commandline -opc)[2..-1]
        switch $word
            case '-*' auto always never
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end

function __dagmem_program
    set -l words (commandline -opc)
    echo $words[1]
end

function __dagmem_verbs
    eval (__dagmem_program) help 2>/dev/null | string replace -rf '^  ([a-z]+) +(.*)' '$1\t$2'
end

# Long options of the verb, with what help says of them.
function __dagmem_options
    for line in (eval (__dagmem_program) help (__dagmem_verb) 2>/dev/null | string match -r '^ *-.*')
        set -l text (string replace -r '^ *(-.*?)  +(.*)' '$2' -- $line)
        for option in (string replace -r '  .*' '' -- (string trim $line) | string match -ar -- '--?[a-z][a-z-]*')
            printf '%s\t%s\n' $option $text
        end
    end
end

function __dagmem_formats
    eval (__dagmem_program) help export 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)' '$1\t$2'
end

function __dagmem_argument
    switch (__dagmem_verb)
        case run doctor
            __fish_complete_subcommand --fcs-skip=2
        case help
            __dagmem_verbs
        case dag
            printf '%s\n' run compare simulate show
            __fish_complete_path (commandline -ct)
        case export
            __dagmem_formats
            __fish_complete_suffix .dagmem
        case '*'
            __fish_complete_suffix .dagmem
    end
end

complete -c dagmem -f
complete -c dagmem -n 'not __dagmem_verb' -a '(__dagmem_verbs)'
complete -c dagmem -n 'not __dagmem_verb' -l quiet -s q -d 'No progress, no summary'
complete -c dagmem -n 'not __dagmem_verb' -l verbose -s v -d 'Say more'
complete -c dagmem -n 'not __dagmem_verb' -l version -d 'Print the version'
complete -c dagmem -n 'not __dagmem_verb' -l help -s h -d 'Tell the verbs'
complete -c dagmem -l color -x -a 'auto always never' -d 'Whether to colour text'
complete -c dagmem -n '__dagmem_verb; and string match -q -- "-*" (commandline -ct)' -a '(__dagmem_options)'
complete -c dagmem -n '__dagmem_verb' -a '(__dagmem_argument)'
