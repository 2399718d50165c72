#!/usr/bin/env bash
# Measures and prints markdown tables.
#   build/bench.sh engine            the face engine against dlib with OpenBLAS, in turns, one thread each
#   build/bench.sh http [N]          N verifications (default 1000) of a 640x480 photo over HTTP; server and PostgreSQL on one processor
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
    http)
        folder="$(mktemp -d)"
        url=http://127.0.0.1:5989
        password="$(head -c 18 /dev/urandom | base64)"
        (cd "$folder" && exec env -u DATABASE_URL -u FACEID_DATA ASPNETCORE_URLS="$url" FACEID_RATE_LIMIT=off FACEID_ADMIN_PASSWORD="$password" \
            taskset -c 0 "$OLDPWD/build/run.sh" >"$folder/log" 2>&1) &
        server=$!
        trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
        until curl -sf "$url/health/ready" >/dev/null; do
            kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
            sleep 0.2
        done
        taskset -c "$(($(nproc) - 1))" "${program[@]}" http "$url" admin@faceid.local "$password" \
            "${FACEID_BENCH_PHOTO:-tests/photos/female_0.jpg}" "${1:-1000}"
        ;;
    micro)
        "${program[@]}" --filter '*EngineBenchmarks*' "$@"
        ;;
    *)
        sed -n '2,6p' "$0" >&2
        exit 2
        ;;
esac
