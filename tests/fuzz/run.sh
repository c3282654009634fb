#!/usr/bin/env bash
# Builds the fuzz targets with clang 14, makes the seeds that are not checked in, and runs each
# target for a while, one a processor. Prints what each came to; exit code 1 where one found
# something, which then lies in build/fuzz/findings/TARGET.
# usage: run.sh [--seconds N] [TARGET...]       N for each target, 60 where it is not given
# What a target learned stays in build/fuzz/learned/TARGET, and the next run begins with it.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=60
if [[ ${1:-} == --seconds ]]; then
  seconds=${2:?--seconds wants a number}
  shift 2
fi
build=build/fuzz
cmake --preset fuzz >/dev/null
cmake --build "$build" --target fuzz

# The same seeds each time, or what is found with them could not be found again.
rm -rf "$build/seeds" "$build/seeds.again"
"$build/bin/make_corpus" "$build/seeds"
"$build/bin/make_corpus" "$build/seeds.again" >/dev/null
diff -r "$build/seeds" "$build/seeds.again"

declare -A dictionary=()
all=()
while read -r target words; do
  all+=("$target")
  dictionary[$target]=$words
done <"$build/fuzz_targets"
targets=("$@")
[[ $# -gt 0 ]] || targets=("${all[@]}")
for target in "${targets[@]}"; do
  [[ -x $build/bin/fuzz_$target ]] || {
    echo "run.sh: there is no target $target, but: ${all[*]}" >&2
    exit 2
  }
done

# A stack that names functions and lines needs a symbolizer, which binutils' stands in for.
export ASAN_OPTIONS=${ASAN_OPTIONS:-allow_addr2line=1}
export TMPDIR=$PWD/$build/fuzz_tmp
rm -rf "$TMPDIR"
mkdir -p "$TMPDIR"

run() {
  local target=$1 words=$2 folder seeds=() options=()
  mkdir -p "$build"/{learned,findings}/"$target" "$build/fuzz_logs"
  for folder in "tests/fuzz/corpus/$target" "$build/seeds/$target"; do
    [[ ! -d $folder ]] || seeds+=("$folder")
  done
  [[ -z $words ]] || options+=("-dict=tests/fuzz/dictionaries/$words")
  "$build/bin/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$build/findings/$target/" "${options[@]}" \
    "$build/learned/$target" "${seeds[@]}" >"$build/fuzz_logs/$target" 2>&1 || true
}
export -f run
export build seconds
for target in "${targets[@]}"; do
  rm -rf "$build/findings/$target"
  printf '%s\n%s\n' "$target" "${dictionary[$target]}"
done | xargs -d '\n' -n 2 -P "$(nproc)" bash -c 'run "$1" "$2"' run

failed=0
printf '\n%-16s %8s %12s %16s %9s\n' target seconds runs 'edges covered' findings
for target in "${targets[@]}"; do
  log=$build/fuzz_logs/$target
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  edges=$(sed -n 's/.*(\([0-9]*\) inline 8-bit counters).*/\1/p' "$log" | sed -n 1p)
  covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  found=$(find "$build/findings/$target" -type f ! -name 'slow-unit-*' | wc -l)
  printf '%-16s %8s %12s %16s %9s\n' "$target" "$seconds" "${runs:-?}" \
    "${covered:-?} of ${edges:-?}" "$found"
  # One that ended in another way than by its time found something, or does not work.
  if [[ $found != 0 ]] || ! grep -q '^Done [0-9]* runs' "$log"; then
    failed=1
    printf '  see %s; try it again with %s/bin/fuzz_%s FILE\n' "$log" "$build" "$target"
  fi
done
exit "$failed"
