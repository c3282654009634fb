# fish completion for byok: byok itself tells what may stand at the cursor.

function __byok_complete
    set -l words (commandline --tokenize --current-process --cut-at-cursor | string replace --regex '^~(?=/|$)' -- "$HOME")
    set -l current (commandline --current-token --cut-at-cursor)
    set -l program $words[1]
    set --erase words[1]
    command --search --quiet -- $program; or set program byok
    set -l lines (command $program __complete fish $words "$current" </dev/null 2>/dev/null)
    if string match --quiet 'files*' -- $lines[1]
        set -l prefix (string replace --regex '^files ?' '' -- $lines[1])
        set -l path (string sub --start (math 1 + (string length -- "$prefix")) -- "$current")
        for file in (__fish_complete_path "$path")
            printf '%s%s\n' "$prefix" $file
        end
        return
    end
    set --query lines[2]; and printf '%s\n' $lines[2..-1]
end

complete --command byok --no-files --arguments '(__byok_complete)'
