#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test; ctest's summary comes last.
# usage: run.sh [--full] [CTEST-ARGUMENTS]
# BYOK_PRESET picks another preset than release (dev, asan, tsan). --full adds the tests labelled
# soak, the security experiments at their full size, and prints the figures of all tests.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${BYOK_PRESET:-release}
full=
if [[ ${1:-} == --full ]]; then
  full=yes
  shift
fi
packaging/install-dependencies.sh --tests
packaging/build.sh "$preset"
[[ -n $full ]] || exec ctest --preset "$preset" "$@"
# The presets leave the soak tests out, and ctest cannot take an exclusion back.
ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j 2 "$@"
printf '\nFigures:\n'
grep -E ' MESSAGE: |^[0-9]+/[0-9]+ Testing: ' "build/$preset/Testing/Temporary/LastTest.log" |
  grep -B 1 MESSAGE | sed -E 's/^[^ ]+ MESSAGE: /  /; s/^[0-9]+\/[0-9]+ Testing: //' || true
