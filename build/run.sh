#!/usr/bin/env bash
# Starts the server, or runs a command of it:
#   build/run.sh                 the server on http://localhost:5080
#   build/run.sh ARGS…           faceid ARGS…, for example: build/run.sh db status
# Before that it installs PostgreSQL if it is missing and needed, fetches the models and builds what has changed; when there is
# nothing to do it starts at once. Everything it says itself goes to stderr.
#
# Works from any folder, and it is the current folder that counts: .env is read there, and data go to ./data there unless
# FACEID_DATA names another place. So run it from the same folder each time (the repository's is as good as any).
set -euo pipefail
# shellcheck source=build/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

publish=$root/artifacts/publish
current=$publish/current

# Folders count too: their times change when a file in them goes away.
is_current() {
  [[ -x $current/faceid && -z $(find "$root/src" "$root"/*.props "$root"/*.json -newer "$publish/stamp" -print -quit 2>/dev/null || echo changed) ]]
}

build() {
  need_sdk
  say "Building"
  touch "$publish/stamp.new"
  # Each build has a folder of its own, because a server may be running from the last one.
  local folder
  folder=$publish/$(date +%s%N)
  local command=("$dotnet" publish "$root/src/Web/Web.csproj" -c Release -o "$folder" -nologo -v quiet -p:RestoreLockedMode=true -p:NuGetAudit=false)
  local log=$publish/build.log
  # Compiled ahead of time it starts in half the time. That needs more packages; where they cannot be had it runs all the same.
  if [[ $(uname -m) == x86_64 ]] && "${command[@]}" -p:CompileAhead=true >"$log" 2>&1; then
    :
  elif [[ $(uname -m) == x86_64 ]] && ! grep -qE 'error (NU|NETSDK)' "$log"; then
    cat "$log" >&2
    fail "the build failed."
  elif ! "${command[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    fail "the build failed."
  fi
  ln -sfn "$(basename "$folder")" "$current.new"
  mv -T "$current.new" "$current"
  mv "$publish/stamp.new" "$publish/stamp"
  # The last build stays for whoever still runs it.
  find "$publish" -mindepth 1 -maxdepth 1 -type d | sort | head -n -2 | xargs -r rm -rf
}

if [[ -z $(setting DATABASE_URL) ]]; then need_postgres; fi
# Most commands do without the models.
"$root/build/models.sh" --quiet || [[ $# -gt 0 && $1 != serve && $1 != -* ]]
if ! is_current; then
  mkdir -p "$publish"
  lock_build
  is_current || build
  unlock_build
fi

find_dotnet
export DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$dotnet")")}
exec "$(readlink -f "$current")/faceid" "$@"
