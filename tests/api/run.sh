#!/usr/bin/env bash
# Holds byokd against docs/openapi.json. usage: run.sh FOLDER_OF_PROGRAMS
# Ends with 77 where there is no npm to fetch the linter and the validator with.
set -euo pipefail
BYOK_PROGRAMS=$(cd "$1" && pwd)
export BYOK_PROGRAMS
cd "$(dirname "$0")"
if [[ ! -e node_modules/.complete || package-lock.json -nt node_modules/.complete ]]; then
  command -v npm >/dev/null || {
    echo "skipped: there is no npm here (in Debian: apt-get install npm)"
    exit 77
  }
  npm ci --no-progress --no-audit --loglevel=error
  touch node_modules/.complete
fi
node=$(command -v node || command -v nodejs)
tests=(lint.test.mjs routes.test.mjs errors.test.mjs examples.test.mjs)
exec "$node" --test --test-reporter=spec "${tests[@]}"
