#!/usr/bin/env bash
# The Node tools, exactly as package-lock.json has them. No install scripts: none is needed, and
# foundry's would download.
set -euo pipefail

if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' 2>/dev/null; then
  echo "Boomerang's compiler and tools need Node 20 or later;" \
    "node is $(node --version 2>/dev/null || echo 'not there')." >&2
  exit 1
fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
