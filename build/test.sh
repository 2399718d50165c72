#!/usr/bin/env bash
# Builds everything with warnings as errors, checks the formatting, runs every test and ends with the line
# "N passed, N failed" (and ", N skipped" if there are any). Arguments go to dotnet test:
#   build/test.sh
#   build/test.sh --filter FullyQualifiedName~Postgres
#
# It installs or fetches what is missing:
#   PostgreSQL       by apt-get; the tests run clusters of their own
#   Chromium         by apt-get; tests use passkeys in it, with an authenticator that it simulates
#   dlib's models    by build/models.sh
#   a pgvector       by npm, for the search by it (build/pgvector.sh); Node.js by apt-get
#   sample photos    of Debian's package libdlib19.1, unpacked into artifacts/ if it is not installed
set -euo pipefail
# shellcheck source=build/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Named from here, read elsewhere.
if [[ -n ${FACEID_MODELS-} ]]; then FACEID_MODELS=$(realpath -m "$FACEID_MODELS") && export FACEID_MODELS; fi
cd "$root"

results=$root/artifacts/test-results

# The photos are documentation, which minimal systems leave out of packages that they install, so the package is unpacked here.
need_photos() {
  local examples package
  for examples in "${FACEID_DLIB_EXAMPLES-}" /usr/share/doc/libdlib*/examples "$root"/artifacts/dlib-examples; do
    if [[ -d $examples/faces && -d $examples/johns ]]; then
      export FACEID_DLIB_EXAMPLES=$examples
      return
    fi
  done

  has apt-get || fail "the sample photos are missing. Get dlib's folder 'examples' and name it in FACEID_DLIB_EXAMPLES."
  package=$(apt-cache search --names-only '^libdlib[0-9.]+(t64)?$' | cut -d ' ' -f 1 | head -n 1)
  if [[ -z $package ]]; then
    say "Reading the lists of packages"
    if [[ $(id -u) -eq 0 ]]; then apt-get -q update >&2; else sudo -n apt-get -q update >&2 || true; fi
    package=$(apt-cache search --names-only '^libdlib[0-9.]+(t64)?$' | cut -d ' ' -f 1 | head -n 1)
  fi
  say "Fetching the sample photos of ${package:=libdlib19.1}"
  draft=$(mktemp -d "$root/artifacts/.dlib.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  (cd "$draft" && apt-get -q download "$package" >&2 && dpkg-deb -x ./*.deb unpacked) ||
    fail "the package $package could not be fetched. Try: apt-get update, or install it."
  mv "$draft"/unpacked/usr/share/doc/*/examples "$root/artifacts/dlib-examples"
  export FACEID_DLIB_EXAMPLES=$root/artifacts/dlib-examples
}

# Runs the tests of project $1 and adds what its report says to the totals.
run_tests() {
  local project=$1 name report status=0 total ran good
  shift
  name=$(basename "$project" .csproj)
  report=$results/$name.trx
  say "Testing $name"
  "$dotnet" test "$project" -c Release --no-build --nologo --logger "trx;LogFileName=$report" --logger "console;verbosity=minimal" "$@" || status=$?
  read -r total ran good < <(sed -nE 's/.*<Counters total="([0-9]+)" executed="([0-9]+)" passed="([0-9]+)".*/\1 \2 \3/p' "$report" 2>/dev/null || true) ||
    true
  passed=$((passed + ${good:-0}))
  failed=$((failed + ${ran:-0} - ${good:-0}))
  skipped=$((skipped + ${total:-0} - ${ran:-0}))
  if [[ $status -ne 0 && ${ran:-0} -eq ${good:-0} ]]; then
    say "The tests of $name broke off."
    failed=$((failed + 1))
  fi
}

need_sdk
need_postgres
need_chromium
"$root/build/models.sh"
mkdir -p "$root/artifacts"
need_photos
"$root/build/pgvector.sh"

lock_build
say "Building"
"$dotnet" restore FaceId.sln --locked-mode -v quiet -p:NuGetAudit=false
"$dotnet" build FaceId.sln -c Release --no-restore -nologo -v quiet -clp:NoSummary -warnaserror
say "Checking the formatting"
"$dotnet" format FaceId.sln --verify-no-changes --no-restore
unlock_build

rm -rf "$results"
passed=0 failed=0 skipped=0
for project in tests/*/*.csproj; do
  if grep -q Microsoft.NET.Test.Sdk "$project"; then run_tests "$project" "$@"; fi
done

[[ $((passed + failed + skipped)) -gt 0 ]] || fail "no test ran."
suffix=
if [[ $skipped -gt 0 ]]; then suffix=", $skipped skipped"; fi
echo "$passed passed, $failed failed$suffix"
[[ $failed -eq 0 ]]
