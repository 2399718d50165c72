#!/usr/bin/env bash
# Measures and prints markdown tables.
#   build/bench.sh engine            the face engine against dlib with OpenBLAS, in turns, one thread each
#   build/bench.sh micro [ARGS…]     BenchmarkDotNet on the engine's stages (ARGS go to BenchmarkDotNet)
# FACEID_MODELS names the folder of the models (default: models/), FACEID_BENCH_PHOTO a photo with a face.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export FACEID_MODELS="$(realpath "${FACEID_MODELS:-models}")"
what="${1:-engine}"
shift || true

dotnet build tests/Benchmarks -c Release --verbosity quiet --nologo
program=(dotnet artifacts/bin/Benchmarks/release/FaceId.Benchmarks.dll)
case "$what" in
    engine)
        dlib="$(tests/reference/build.sh)"
        # One processor for both sides, so that neither is moved about.
        taskset -c "$(($(nproc) - 1))" "${program[@]}" peer "$dlib" "$@"
        ;;
    micro)
        "${program[@]}" --filter '*EngineBenchmarks*' "$@"
        ;;
    *)
        sed -n '2,5p' "$0" >&2
        exit 2
        ;;
esac
