#!/usr/bin/env bash
# Shows what byok does, from nothing to a deleted key, in a folder of its own that is gone afterwards.
#
# With OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY set it calls that provider, with that key
# as the tenant's own; otherwise a fake provider on this machine. BYOK_QUICKSTART_MODEL picks another
# model. What is shown behind $ is what runs.
set -euo pipefail
umask 077
cd "$(dirname "$0")/.."

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' faint=$'\e[2m' plain=$'\e[0m'; else bold='' faint='' plain=''; fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
command_line() { printf '%s$ %s%s\n' "$faint" "$*" "$plain"; }
run() { command_line "$*"; "$@" </dev/null; }
fail() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }

folder=''
declare -A processes=()
clean_up() {
  local status=$?
  trap - EXIT
  [[ ${#processes[@]} == 0 ]] || kill "${processes[@]}" 2>/dev/null || true
  wait || true
  if [[ $status != 0 && -s $folder/byokd.log ]]; then
    echo "quickstart: stopped; the last lines of byokd's log:" >&2
    tail -n 5 "$folder/byokd.log" >&2
  fi
  [[ -z $folder ]] || rm -rf "$folder"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What somebody has configured for a byok of his own is not meant here.
unset "${!BYOKD_@}" BYOK_ADDR BYOK_TOKEN BYOK_TENANT

if [[ -n ${OPENAI_API_KEY:-} ]]; then
  provider=openai key=$OPENAI_API_KEY model=gpt-4o-mini
elif [[ -n ${ANTHROPIC_API_KEY:-} ]]; then
  provider=anthropic key=$ANTHROPIC_API_KEY model=claude-haiku-4-5
elif [[ -n ${GEMINI_API_KEY:-} ]]; then
  provider=gemini key=$GEMINI_API_KEY model=gemini-2.5-flash
else
  provider=openai key='' model=gpt-4o
fi
model=${BYOK_QUICKSTART_MODEL:-$model}

step "Building (minutes the first time, seconds after that)"
packaging/install-dependencies.sh
folder=$(mktemp -d "${TMPDIR:-/tmp}/byok-quickstart.XXXXXX")
packaging/build.sh release byokd byok fake-provider >"$folder/build.log" 2>&1 || {
  tail -n 30 "$folder/build.log" >&2
  fail "the build failed"
}
PATH=$PWD/build/release/bin:$PATH
echo "built build/release/bin/byokd and byok, $(byokd --version | sed -n 1p)"

# Waits until a line of the file fits, and gives what stands behind "listening on ".
listening() {  # FILE PATTERN PROCESS
  local try found
  for ((try = 0; try < 200; ++try)); do
    if found=$(grep -m 1 -oE "listening on $2" "$1" 2>/dev/null); then
      echo "${found#listening on }"
      return
    fi
    kill -0 "$3" 2>/dev/null || break
    sleep 0.05
  done
  cat "$1" >&2
  fail "$(basename "$1" .log) did not start"
}

settings=(-o state_dir="$folder/state" -o root_key=file:"$folder/root.key"
  -o "listen=[\"unix:$folder/byokd.sock\", \"http://127.0.0.1:0\"]")
if [[ -z $key ]]; then
  # Random, so that no trace of it can be there by chance.
  key=sk-proj-$(openssl rand -hex 24)-key
  fake-provider >"$folder/fake-provider.log" 2>&1 &
  processes[fake]=$!
  fake=$(listening "$folder/fake-provider.log" 'http://[0-9.:]+' $!)
  settings+=(-o provider.openai.base_url="$fake")
  step "No OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY is set: the provider is a fake one"
  echo "It speaks OpenAI's API on $fake and repeats what it is asked."
else
  step "Calling the real $provider with the key from your environment, as a tenant's own"
fi

# A key in byokd's own environment would be the global one, for every tenant without a key.
: >"$folder/byokd.toml"
env -u OPENAI_API_KEY -u ANTHROPIC_API_KEY -u GEMINI_API_KEY \
  byokd --config "$folder/byokd.toml" "${settings[@]}" 2>"$folder/byokd.log" &
byokd=$!
processes[byokd]=$byokd
export BYOK_ADDR=unix:$folder/byokd.sock
listening "$folder/byokd.log" "$BYOK_ADDR" "$byokd" >/dev/null
http=$(listening "$folder/byokd.log" 'http://[0-9.:]+' "$byokd")
echo "byokd listens on $http and on a Unix socket, its defaults otherwise."

step "1. The operator, known by the socket's peer, makes a tenant and a token for it"
run byok tenant create acme
command_line "byok --tenant acme token create --name quickstart"
token=$(byok --tenant acme token create --name quickstart </dev/null)
echo "${token:0:11}... (byokd keeps only its SHA-256)"
export BYOK_TOKEN=$token
printf 'Authorization: Bearer %s\n' "$token" >"$folder/authorization"

step "2. The tenant stores its $provider key: from stdin, never as an argument"
command_line "byok set $provider"
byok set "$provider" <<<"$key"
run byok list

step "3. A chat, streamed, with the tenant's own key"
question="Say hello to the people who keep their own keys."
command_line "byok chat -v -m $model \"$question\""
byok chat -v -m "$model" "$question" </dev/null

step "4. Rotation: a new data key each time, while chats go on"
stop=$folder/stop
chat_on() {
  local body="{\"model\":\"$model\",\"maxTokens\":16,\"messages\":[{\"role\":\"user\",\"content\":\"ping\"}]}"
  until [[ -e $stop ]]; do
    curl -s --max-time 60 -o "$folder/answer.$1" -w '%{http_code}\n' -H @"$folder/authorization" \
      -H 'Content-Type: application/json' -d "$body" "$http/ai/chat" || true
  done >"$folder/chats.$1"
}
chats=()
callers=4
[[ -n ${fake:-} ]] || callers=1
for ((caller = 1; caller <= callers; ++caller)); do
  chat_on "$caller" &
  chats+=($!)
  processes[chat$caller]=$!
done
rotations=0
until ((rotations >= 50)) && [[ -s $folder/chats.1 ]]; do
  byok -q rotate "$provider" </dev/null
  rotations=$((rotations + 1))
done
: >"$stop"
wait "${chats[@]}"
for ((caller = 1; caller <= callers; ++caller)); do unset "processes[chat$caller]"; done
total=$(cat "$folder"/chats.* | wc -l)
failed=$(cat "$folder"/chats.* | grep -cvx 200 || true)
echo "$rotations rotations; $total chats meanwhile, $failed failed"
[[ $failed == 0 ]] || fail "chats failed while the key was rotated: $(sort "$folder"/chats.* | uniq -c | tr '\n' ' ')"

step "5. What a thief of byokd's files finds of the key"
# The key, its hex, and its base64 at each of the three places where it can begin in a group.
traces() {
  printf '%s\n' "$key"
  printf '%s' "$key" | od -An -v -tx1 | tr -d ' \n'
  echo
  local shift encoded
  for shift in 0 1 2; do
    encoded=$(printf '%s' "${key:shift}" | base64 -w 0)
    printf '%s\n' "${encoded:0:${#encoded}-4}"
  done
}
count() { { grep -raoiF -f "$1" "$folder/state" "$folder/byokd.log" || [[ $? == 1 ]]; } | wc -l; }
found=$(count <(traces))
control=$(count <(echo acme))
echo "as text, hex or base64: $found times (the tenant's name, searched the same way: $control times)"
[[ $found == 0 ]] || fail "the key lies in the database in the clear"
[[ $control != 0 ]] || fail "the search finds nothing, not even the tenant's name"

step "6. Deleted means deleted"
run byok delete "$provider" -y
command_line "curl -X POST $http/ai/chat -H \"Authorization: Bearer \$TOKEN\" -d '{\"model\":\"$model\", ...}'"
status=$(curl -s -o "$folder/answer" -w '%{http_code}' -H @"$folder/authorization" \
  -H 'Content-Type: application/json' "$http/ai/chat" \
  -d "{\"model\":\"$model\",\"messages\":[{\"role\":\"user\",\"content\":\"Still there?\"}]}")
printf 'HTTP %s\n%s\n' "$status" "$(cat "$folder/answer")"
[[ $status == 422 ]] || fail "a chat without a key was not answered with 422"

kill -TERM "$byokd"
wait "$byokd" || fail "byokd did not end cleanly"
unset "processes[byokd]"

step "That was byok. For yourself, from here:"
cat <<'TXT'
  export PATH=$PWD/build/release/bin:$PATH
  byokd &
  byok set openai
  byok chat -m gpt-4o "hi"
README.md goes on from there: tenants, curl, the providers' own SDKs.
TXT
