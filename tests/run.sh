#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test; ctest's summary comes last.
# BYOK_PRESET picks another preset than release (dev, asan, tsan); arguments go to ctest.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${BYOK_PRESET:-release}
packaging/install-dependencies.sh --tests
packaging/build.sh "$preset"
exec ctest --preset "$preset" "$@"
