# What record.sh records: types each command as a hand would, and runs it.
type_it() {
  printf '\e[32m$\e[0m '
  sleep 0.5
  for ((i = 0; i < ${#1}; i += 4)); do
    printf '%s' "${1:i:4}"
    sleep 0.12
  done
  sleep 0.4
  printf '\n'
}
run() {
  type_it "$1"
  eval "$1"
  sleep "${2:-1}"
}
note() { printf '\e[36m# %s\e[0m\n' "$1"; sleep 0.6; }

note "a customer's key goes in once"
run 'byok tenant create acme'
run 'byok --tenant acme set openai <openai.key'
run 'byok --tenant acme list' 2
note "his application gets a token, and its SDK another base URL"
run 'TOKEN=$(byok --tenant acme token create --name backend)' 2
run 'curl -s $BYOK/v1/chat/completions -H "Authorization: Bearer $TOKEN" \
    -d '"'"'{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}'"'"' | jq .choices[0].message' 2
note "encrypted anew under a new data key, while calls go on"
run 'byok --tenant acme rotate openai'
run 'byok --tenant acme delete -y openai'
run 'byok --tenant acme chat -m gpt-4o hi </dev/null' 2
run 'byok audit verify' 3
