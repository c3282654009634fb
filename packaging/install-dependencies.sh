#!/usr/bin/env bash
# Installs what byok is built and tested with, from Debian's own archive, and only what is missing.
# usage: install-dependencies.sh [--tests] [--checks] [--bench]
# --tests adds npm, which fetches the providers' SDKs, where there is none, what attacks byokd in the
# security experiments, and the shells that complete byok's command line; --checks the formatter, the
# linters of code and man pages, the fuzzer's compiler, Prometheus' promtool, the proxies that stand
# before byokd in the experiments, the browser and what tries its package; --bench what byokd is
# measured with and beside.
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config ccache git
  dpkg-dev file  # what CPack asks which libraries' packages are needed
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libssl-dev liblmdb-dev libseccomp-dev libfmt-dev libcli11-dev libtomlplusplus-dev
  zlib1g-dev libbrotli-dev libzstd-dev libedit-dev
  doctest-dev libyaml-cpp-dev
  curl openssl ca-certificates procps
)
for option; do
  case $option in
    --tests)
      command -v npm >/dev/null || packages+=(nodejs npm)
      packages+=(lmdb-utils slowhttptest)
      # The shells whose completion is tried; bash with and without its package.
      packages+=(zsh fish bash-completion)
      ;;
    --checks)
      # The proxies' and Prometheus' packages may start services: not for whoever only runs the
      # tests.
      packages+=(clang-format-14 clang-tidy-14 clang-14 libclang-rt-14-dev nginx-light haproxy mandoc
        prometheus)
      # The settings page and the SDK run in it: 400 MB, too much for whoever only runs the tests.
      packages+=(chromium)
      # The Debian package is looked at by the one, and lives its life in what the other makes.
      packages+=(lintian debootstrap)
      ;;
    --bench)
      command -v npm >/dev/null || packages+=(nodejs npm)
      packages+=(wrk nginx-light haproxy libbenchmark-dev util-linux)
      ;;
    *) echo "install-dependencies: no such option: $option" >&2 && exit 2 ;;
  esac
done

installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }
missing=()
command -v dpkg-query >/dev/null || {
  echo "install-dependencies: this is no Debian: install the like of these yourself: ${packages[*]}" >&2
  exit 1
}
for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done
[[ ${#missing[@]} == 0 ]] && exit 0

as_root=()
if [[ $(id -u) != 0 ]]; then
  command -v sudo >/dev/null || {
    echo "install-dependencies: run this as root (there is no sudo): apt-get install ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} packages, once: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
{ "${as_root[@]}" apt-get update -q &&
    "${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
  tail -n 20 "$log" >&2
  echo "install-dependencies: apt-get failed: see the lines above" >&2
  exit 1
}
