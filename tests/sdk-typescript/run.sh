#!/usr/bin/env bash
# Packs the TypeScript SDK, installs it into an empty project and runs it against byokd: with the Node
# that is here, the oldest that the SDK promises to run on, and the newest.
# usage: run.sh FOLDER_OF_PROGRAMS
# Ends with 77 where there is no npm to fetch the compiler with.
set -euo pipefail
BYOK_PROGRAMS=$(cd "$1" && pwd)
export BYOK_PROGRAMS
cd "$(dirname "$0")"
command -v npm >/dev/null || {
  echo "skipped: there is no npm here (in Debian: apt-get install npm)"
  exit 77
}
sdk=$PWD/../../sdk/typescript
for place in "$sdk" nodes/oldest nodes/newest; do
  if [[ ! -e $place/node_modules/.complete ||
        $place/package-lock.json -nt $place/node_modules/.complete ]]; then
    npm --prefix "$place" ci --no-progress --no-audit --loglevel=error
    touch "$place/node_modules/.complete"
  fi
done

project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
export BYOK_SDK_PROJECT=$project
npm --prefix "$sdk" run --silent build
(cd "$sdk" && npm pack --silent --ignore-scripts --pack-destination "$project" >/dev/null)
cd "$project"
echo '{"private":true}' >package.json
npm install --offline --no-audit --no-fund --loglevel=error ./*.tgz
echo 'export * from "@byok/sdk";' >esm.mjs
echo 'module.exports = require("@byok/sdk");' >cjs.cjs
cd "$OLDPWD"

for node in nodes/oldest/node_modules/node/bin/node nodes/newest/node_modules/node/bin/node \
  "$(command -v node || command -v nodejs)"; do
  echo "Node $("$node" --version)"
  "$node" --test --test-reporter=spec ./*.test.mjs
done
