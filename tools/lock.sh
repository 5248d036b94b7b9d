#!/usr/bin/env bash
# Resolve every lock file again: pyproject.toml and requirements/*.in into requirements/*.lock,
# package.json into package-lock.json.
set -euo pipefail
cd "$(dirname "$0")/.."

resolve() {
  .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
    --no-header --no-emit-index-url --no-emit-find-links --annotation-style line "$@"
}

resolve pyproject.toml --group build --output-file requirements/runtime.lock
resolve pyproject.toml --group build --extra experiments --constraint requirements/runtime.lock \
  --output-file requirements/experiments.lock
resolve pyproject.toml --group dev --extra experiments --constraint requirements/experiments.lock \
  --output-file requirements/dev.lock
resolve requirements/halmos.in --output-file requirements/halmos.lock
resolve requirements/slither.in --output-file requirements/slither.lock

# In an empty folder: next to an installed node_modules npm forgets the other platforms' packages.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp package.json "$folder"
npm --prefix "$folder" install --package-lock-only --ignore-scripts --no-audit --no-fund \
  --silent --omit-lockfile-registry-resolved
cp "$folder/package-lock.json" .
