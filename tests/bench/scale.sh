#!/usr/bin/env bash
# Measures byokd with 1,000 to 10,000,000 tenants and writes the report to build/bench/report.
# Installs what it lacks.
# usage: scale.sh [--sizes 1000,10000] [--seconds 4] [--out FOLDER] [--work FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
packaging/install-dependencies.sh --bench
cmake --preset release -DBYOK_BENCH=ON >/dev/null
cmake --build build/release --target byokd byok bench_upstream bench_open_keys \
  bench_import_floor
exec node tests/bench/scale.mjs "$@"
