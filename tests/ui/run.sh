#!/usr/bin/env bash
# Tries the settings page, and the TypeScript SDK in a page of another origin, in headless Chromium.
# usage: run.sh FOLDER_OF_PROGRAMS
# Where $BYOK_SCREENSHOTS names a folder, pictures of each state are kept there.
# Ends with 77 where there is no Chromium, or no npm to fetch what drives it with.
set -euo pipefail
BYOK_PROGRAMS=$(cd "$1" && pwd)
export BYOK_PROGRAMS
cd "$(dirname "$0")"
export BYOK_CHROMIUM=${BYOK_CHROMIUM:-/usr/bin/chromium}
[[ -x $BYOK_CHROMIUM ]] || {
  echo "skipped: there is no Chromium here (packaging/install-dependencies.sh --checks)"
  exit 77
}
for project in . ../../sdk/typescript; do
  if [[ ! -e $project/node_modules/.complete ||
        $project/package-lock.json -nt $project/node_modules/.complete ]]; then
    command -v npm >/dev/null || {
      echo "skipped: there is no npm here (in Debian: apt-get install npm)"
      exit 77
    }
    npm --prefix "$project" ci --no-progress --no-audit --loglevel=error
    touch "$project/node_modules/.complete"
  fi
done
# What drives Chromium needs a newer Node than Debian has; npm brings it.
node=node_modules/node/bin/node
[[ -x $node ]] || node=$(command -v node || command -v nodejs)
# One browser at a time, for the machine's sake.
exec "$node" --test --test-concurrency=1 --test-reporter=spec ./*.test.mjs
