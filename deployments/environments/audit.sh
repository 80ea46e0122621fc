#!/usr/bin/env bash
# Look every lock up among known vulnerabilities: audit.sh [PIP-AUDIT'S OPTIONS]
#
# Advisories come from PyPI; `-s osv` asks OSV in its place. pip-audit skips what its source does not know, and says that
# all is well: --strict makes that an error. A CPU build of torch is looked up as the release that it is a build of.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
audit=${PIP_AUDIT:-.venv-audit/bin/pip-audit}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

failed=()
for lock in "$here"/*.txt; do
  name=$(basename "$lock")
  if [ "$name" = without-media.txt ]; then continue; fi
  sed 's/^\([a-z-]*==[^ ]*\)+cpu/\1/' "$lock" >"$scratch/$name"
  echo "audit: $name"
  "$audit" --strict --require-hashes --disable-pip --progress-spinner off -r "$scratch/$name" "$@" || failed+=("$name")
done
if [ "${#failed[@]}" -gt 0 ]; then
  echo "audit: vulnerable or not looked up: ${failed[*]}; raise the pin in the .in file and run make locks, or say in" \
    "docs/security.md why it stays" >&2
  exit 1
fi
