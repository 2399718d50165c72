#!/usr/bin/env bash
# Makes the goldens anew: regenerate.sh [OUT]   (default: goldens/ beside this file)
#   FACEID_MODELS   folder of the three model files       (default: models/ in the repository)
#   FACEID_PHOTOS   folder that holds johns/ and faces/   (default: dlib's examples, from the Debian package)
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
out="$(realpath -m "${1:-$here/goldens}")"
models="${FACEID_MODELS:-$here/../../models}"
photos="${FACEID_PHOTOS:-/usr/share/doc/libdlib19.1/examples}"

check() {
    if ! echo "$1  $models/$2" | sha256sum --check --status 2>/dev/null; then
        echo "$models/$2 is missing or is another file (expected SHA-256 $1). build/models.sh fetches the models; FACEID_MODELS names their folder." >&2
        exit 1
    fi
}
check 55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30 dlib_face_recognition_resnet_model_v1.dat
check be467b1a76f482693de3b0f6a1ff91d092319be71523d4d4b0628f6a53fcb87a mmod_human_face_detector.dat
check c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888 shape_predictor_5_face_landmarks.dat

program="$("$here/build.sh")"

# Slim Debian images leave documentation out when they install a package: take the photos from the package itself.
if [[ ! -d "$photos/johns" && -z "${FACEID_PHOTOS:-}" ]]; then
    photos="$here/bin/package/usr/share/doc/libdlib19.1/examples"
    if [[ ! -d "$photos/johns" ]]; then
        mkdir -p "$here/bin/package"
        (cd "$here/bin/package" && apt-get download libdlib19.1 >&2 && dpkg-deb -x libdlib19.1_*.deb .)
    fi
fi

# One thread and OpenBLAS's own choice of kernels: nothing of the caller's environment changes a sum.
while IFS='=' read -r name _; do
    case "$name" in OPENBLAS_* | GOTO_*) unset "$name" ;; esac
done < <(env)
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 DLIB_NUM_THREADS=1

fresh="$(mktemp -d)"
trap 'rm -rf "$fresh"' EXIT
"$program" goldens --models "$models" --photos "$photos" --out "$fresh"
rm -rf "$out"
mkdir -p "$(dirname "$out")"
cp -r "$fresh" "$out"
chmod -R u=rwX,go=rX "$out"
echo "Wrote $(find "$out" -type f | wc -l) files, $(du -sh --apparent-size "$out" | cut -f1), to $out"
