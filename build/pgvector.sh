#!/usr/bin/env bash
# Installs what tests/pgvector needs from npm, a PostgreSQL with pgvector, into artifacts/pgvector, unless it is there.
set -euo pipefail
# shellcheck source=build/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

folder=$root/artifacts/pgvector
has node || install_packages "Node.js" nodejs
if [[ ! -d $folder/node_modules ]] || ! cmp -s "$root/tests/pgvector/package-lock.json" "$folder/node_modules/.faceid-lock"; then
  has npm || install_packages "npm" npm
  mkdir -p "$folder"
  cp "$root"/tests/pgvector/package*.json "$folder"
  # Other extensions that the socket could serve are not needed.
  npm ci --prefix "$folder" --legacy-peer-deps --no-audit --no-fund >&2 || fail "npm could not install what tests/pgvector/package-lock.json lists."
  cp "$folder/package-lock.json" "$folder/node_modules/.faceid-lock"
fi
cp "$root/tests/pgvector/server.mjs" "$folder"
