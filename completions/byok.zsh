#compdef byok
# zsh completion for byok: byok itself tells what may stand at the cursor.

_byok() {
  local program=${(Q)words[1]} mode prefix line value
  local -a before lines described
  program=${program/#\~\//$HOME/}
  whence -p -- $program >/dev/null || program=byok
  (( CURRENT > 2 )) && before=("${(@)words[2,CURRENT-1]}")
  lines=("${(@f)$("$program" __complete zsh "${before[@]}" "$PREFIX" </dev/null 2>/dev/null)}")
  mode=$lines[1]
  shift lines
  if [[ $mode == files* ]]; then
    prefix=${${mode#files}# }
    compset -p $#prefix
    _files
    return
  fi
  for line in "${lines[@]}"; do
    # A colon separates a candidate from what it is.
    value=${${${line%%$'\t'*}//\\/\\\\}//:/\\:}
    line=${line#*$'\t'}
    [[ -n $value ]] && described+=("$value${line:+:$line}")
  done
  (( $#described )) || return 1
  if [[ $mode == *nospace ]]; then
    _describe -t byok 'byok' described -S ''
  else
    _describe -t byok 'byok' described
  fi
}

# Both where zsh loads this as a function and where it is sourced.
if [[ $funcstack[1] == _byok ]]; then
  _byok "$@"
else
  compdef _byok byok
fi
