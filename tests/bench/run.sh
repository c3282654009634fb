#!/usr/bin/env bash
# Benchmarks byokd beside nginx, HAProxy and Portkey, all in one run, and writes the report to
# build/bench/report. Installs what it lacks. About half an hour on an idle machine with two cores.
# usage: run.sh [--rounds 9] [--seconds 2] [--tenants 100000] [--only NAME,...] [--out FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin  # where Debian has nginx and haproxy
packaging/install-dependencies.sh --bench
cmake --preset release -DBYOK_BENCH=ON >/dev/null
cmake --build build/release --target byokd byok bench_upstream bench_client bench_relay
[[ tests/bench/node_modules/.complete -nt tests/bench/package-lock.json ]] || {
  npm ci --prefix tests/bench --no-progress --loglevel=error
  touch tests/bench/node_modules/.complete
}
exec node tests/bench/run.mjs "$@"
