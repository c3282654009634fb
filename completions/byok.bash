# bash completion for byok: byok itself tells what may stand at the cursor. Needs bash 4.4 and no
# other package.

_byok() {
  COMPREPLY=()
  local program=${1/#\~\//$HOME/}
  type -P -- "$program" >/dev/null || program=byok

  # Bash cuts words at = and : too, which are parts of byok's: what no blank separates is one word.
  local rest=${COMP_LINE:0:COMP_POINT} text i
  local -a words=()
  for ((i = 0; i < COMP_CWORD; ++i)); do
    text=${rest#"${rest%%[![:space:]]*}"}
    if [[ $i != 0 && $text == "$rest" ]]; then
      words[-1]+=${COMP_WORDS[i]}
    else
      words+=("${COMP_WORDS[i]}")
    fi
    rest=${text#"${COMP_WORDS[i]}"}
  done
  local current=${rest#"${rest%%[![:space:]]*}"}
  if [[ $current == "$rest" && ${#words[@]} -gt 1 ]]; then
    current=${words[-1]}$current
    unset 'words[-1]'
  fi

  # What of the current word bash keeps, and does not want to be told again.
  local breaks='' kept='' char
  for char in = : @; do
    [[ $COMP_WORDBREAKS == *"$char"* ]] && breaks+=$char
  done
  [[ -n $breaks && $current != *[\'\"]* ]] && kept=${current%"${current##*[$breaks]}"}

  local -a lines
  mapfile -t lines < <("$program" __complete bash "${words[@]:1}" "$current" </dev/null 2>/dev/null)
  compopt +o default +o nospace 2>/dev/null
  case ${lines[0]-} in
    files*) compopt -o default 2>/dev/null ;;
    'words nospace') compopt -o nospace 2>/dev/null ;;
  esac
  for text in "${lines[@]:1}"; do
    [[ $text == "$kept"* ]] && COMPREPLY+=("${text#"$kept"}")
  done
}

complete -F _byok byok
