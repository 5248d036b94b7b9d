#!/usr/bin/env bash
# venv.sh <folder>: a virtual environment made by the first Python on PATH that will do.
set -euo pipefail

for python in python3 python3.12 python3.11; do
  if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then
    "$python" -m venv --clear "$1"
    exit 0
  fi
done

echo "Boomerang needs Python 3.11 or 3.12 as python3, python3.12 or python3.11 on PATH;" \
  "python3 is $(python3 --version 2>&1 || echo 'not there')." >&2
exit 1
