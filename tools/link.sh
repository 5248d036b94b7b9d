#!/usr/bin/env bash
# link.sh <folder>: the compiler and foundry's programs under the names that tools look for.
# npm brings foundry's programs for Linux on x86-64; elsewhere the ones on PATH serve.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
version=$(sed -n 's/.*"solc": "\([0-9.]*\)".*/\1/p' package.json)

mkdir -p "$1"
ln -sf "$root/tools/solc.mjs" "$1/solc"
ln -sf "$root/tools/solc.mjs" "$1/solc-v$version" # the name that ape looks for

for program in anvil cast forge; do
  file=node_modules/@foundry-rs/$program-linux-amd64/bin/$program
  if [ -x "$file" ]; then
    ln -sf "$root/$file" "$1/$program"
  elif ! command -v "$program" >/dev/null; then
    echo "$program is not on PATH; foundry 1.7.1 has it: https://getfoundry.sh" >&2
  fi
done
