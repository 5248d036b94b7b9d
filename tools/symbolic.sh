#!/usr/bin/env bash
# Prove what tests/symbolic says with halmos.
#   check_*    must hold
#   long_*     must hold too, and take minutes: `tools/symbolic.sh long`
#   planted_*  are false on purpose, and halmos must say so: a prover that cannot fail proves nothing
set -euo pipefail
cd "$(dirname "$0")/.."

halmos() {
  .venv-halmos/bin/python tools/run_halmos.py --forge-build-out build/forge --no-status "$@"
}

forge build --quiet

if [ "${1:-}" = long ]; then
  halmos --function long_
  exit
fi

# Openings have the most paths: they are proved beside all the rest, one core each.
halmos --match-test '^check_open' >build/symbolic-openings.log 2>&1 &
openings=$!
halmos --match-test '^check_(?!open)'
status=0
wait "$openings" || status=$?
cat build/symbolic-openings.log
[ "$status" -eq 0 ]

log=build/symbolic-planted.log
status=0
halmos --function planted_ >"$log" 2>&1 || status=$?
if [ "$status" -eq 0 ] || grep -q '\[PASS\]' "$log" || ! grep -q '\[FAIL\]' "$log"; then
  cat "$log"
  echo "halmos did not refute every planted_ function" >&2
  exit 1
fi
echo "planted_: $(grep -c '\[FAIL\]' "$log") false statements, all refuted"
