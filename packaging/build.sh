#!/usr/bin/env bash
# Configures and builds one preset in build/PRESET. usage: build.sh PRESET [TARGET ...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
targets=("${@:2}")
cmake --preset "$preset"
cmake --build --preset "$preset" --parallel "$(nproc)" ${targets:+--target "${targets[@]}"}
