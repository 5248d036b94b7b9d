#!/usr/bin/env bash
# Prove what tests/symbolic says with halmos.
#   check_*    must hold
#   planted_*  are false on purpose, and halmos must say so: a prover that cannot fail proves nothing
set -euo pipefail
cd "$(dirname "$0")/.."

log=build/symbolic.log
halmos() {
  .venv-halmos/bin/halmos --forge-build-out build/forge --no-status "$@"
}

forge build --quiet

halmos --function check_

status=0
halmos --function planted_ >"$log" 2>&1 || status=$?
if [ "$status" -eq 0 ] || grep -q '\[PASS\]' "$log" || ! grep -q '\[FAIL\]' "$log"; then
  cat "$log"
  echo "halmos did not refute every planted_ function" >&2
  exit 1
fi
echo "planted_: $(grep -c '\[FAIL\]' "$log") false statements, all refuted"
