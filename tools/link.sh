#!/usr/bin/env bash
# link.sh <folder>: the compiler and foundry's programs under the names that tools look for.
# npm installs foundry's programs for this platform only; where it has none, the ones on PATH serve.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
version=$(sed -n 's/.*"solc": "\([0-9.]*\)".*/\1/p' package.json)

mkdir -p "$1"
ln -sf "$root/tools/solc.mjs" "$1/solc"
ln -sf "$root/tools/solc.mjs" "$1/solc-v$version" # the name that ape looks for

for program in anvil cast forge; do
  for file in node_modules/@foundry-rs/"$program"-*/bin/"$program"; do
    if [ -x "$file" ]; then
      ln -sf "$root/$file" "$1/$program"
    elif ! command -v "$program" >/dev/null; then
      echo "npm has no $program for this platform: install foundry (https://getfoundry.sh)" >&2
    fi
  done
done
