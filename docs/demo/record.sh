#!/usr/bin/env bash
# Records demo.svg, the README's demonstration: a real terminal in which real commands run, against
# the provider of the tests. usage: record.sh [FOLDER_OF_PROGRAMS]; needs Debian's termtosvg.
set -euo pipefail
cd "$(dirname "$0")"
programs=$(realpath "${1:-../../build/release/bin}")
command -v termtosvg >/dev/null || { echo "record.sh: install termtosvg" >&2; exit 2; }

folder=$(mktemp -d)
processes=()
clean_up() {
  kill "${processes[@]}" 2>/dev/null || true
  wait
  rm -rf "$folder"
}
trap clean_up EXIT
mkdir "$folder"/{state,config,run}

await() {  # FILE: the address that a line of it tells
  local try
  for ((try = 0; try < 200; ++try)); do
    grep -m 1 -oE 'http://127[0-9.:]+' "$1" 2>/dev/null && return
    sleep 0.05
  done
  cat "$1" >&2
  return 1
}
"$programs/fake-provider" >"$folder/provider.log" 2>&1 &
processes+=($!)
provider=$(await "$folder/provider.log")
export STATE_DIRECTORY=$folder/state CONFIGURATION_DIRECTORY=$folder/config RUNTIME_DIRECTORY=$folder/run
"$programs/byokd" -o 'listen=["unix:'"$folder"'/run/byokd.sock", "http://127.0.0.1:0"]' \
  -o provider.openai.base_url="$provider" -o provider.anthropic.base_url="$provider" \
  >"$folder/byokd.log" 2>&1 &
processes+=($!)
BYOK=$(await "$folder/byokd.log")

export BYOK PATH=$programs:$PATH BYOK_ADDR=unix:$folder/run/byokd.sock TERM=xterm-256color LANG=C.UTF-8
cp play.sh "$folder"
echo "sk-proj-$(openssl rand -hex 16)-key" >"$folder/openai.key"
cd "$folder"
script -qec "termtosvg demo.svg -g 100x28 -M 2500 -D 4000 -t window_frame -c 'bash $folder/play.sh'" /dev/null </dev/null >/dev/null
cp demo.svg "$OLDPWD/demo.svg"
