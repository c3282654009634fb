#!/usr/bin/env bash
# Runs the providers' SDKs against byokd. usage: run.sh FOLDER_OF_PROGRAMS
# Ends with 77 where there is no npm to fetch them with; says which tests cannot run.
set -euo pipefail
BYOK_PROGRAMS=$(cd "$1" && pwd)
export BYOK_PROGRAMS
cd "$(dirname "$0")"
if [[ ! -e node_modules/.complete || package-lock.json -nt node_modules/.complete ]]; then
  command -v npm >/dev/null || {
    echo "skipped: openai 7, openai 6, @anthropic-ai/sdk 1, @anthropic-ai/sdk 0, @google/genai 3," \
      "@google/genai 2: there is no npm here (in Debian: apt-get install npm)"
    exit 77
  }
  npm ci --no-progress --loglevel=error
  touch node_modules/.complete
fi
# The SDKs' newest majors need a newer Node than Debian has; npm brings it.
node=node_modules/node/bin/node
[[ -x $node ]] || node=$(command -v node || command -v nodejs)
tests=(anthropic.test.mjs genai.test.mjs openai.test.mjs)
exec "$node" --test --test-reporter=spec "${tests[@]}"
