#!/usr/bin/env bash
# Builds the Debian package of what is checked out, and prints its path, alone on stdout.
# usage: package.sh [--revision REVISION]
# REVISION is what stands behind the version of byok, 1 if left out. Two builds of one commit give the
# same bytes: times in the package are the commit's, or those of $SOURCE_DATE_EPOCH.
set -euo pipefail
cd "$(dirname "$0")/.."
revision=1
if [[ ${1:-} == --revision && -n ${2:-} ]]; then
  revision=$2
  shift 2
fi
[[ $# == 0 ]] || { sed -n '2,5p' "$0" >&2; exit 2; }
umask 022

packaging/install-dependencies.sh >&2
packaging/build.sh release byokd byok >&2

# Without a repository the newest entry of the changelog tells when this was.
if [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) ||
    SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | sed -n 1p)" +%s)
fi
export SOURCE_DATE_EPOCH
folder=build/release/package
rm -rf "$folder"
cpack --config build/release/CPackConfig.cmake -B "$PWD/$folder" \
  -D CPACK_DEBIAN_PACKAGE_RELEASE="$revision" >&2
rm -rf "$folder/_CPack_Packages"
echo "$PWD/$folder"/*.deb
