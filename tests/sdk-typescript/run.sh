#!/usr/bin/env bash
# Packs the TypeScript SDK, installs it into an empty project and runs it against byokd.
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
if [[ ! -e $sdk/node_modules/.complete ||
      $sdk/package-lock.json -nt $sdk/node_modules/.complete ]]; then
  npm --prefix "$sdk" ci --no-progress --no-audit --loglevel=error
  touch "$sdk/node_modules/.complete"
fi

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

node=$(command -v node || command -v nodejs)
"$node" --test --test-reporter=spec ./*.test.mjs
