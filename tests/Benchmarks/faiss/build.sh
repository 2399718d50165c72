#!/usr/bin/env bash
# Installs FAISS with OpenBLAS (Debian) where it is missing, builds faiss_reference, and prints the program's path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=../../../build/lib.sh
source ../../../build/lib.sh
cd "$root/tests/Benchmarks/faiss"
for package in g++ libfaiss-dev libopenblas-dev; do
    if [[ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)" != "install ok installed" ]]; then
        install_packages "FAISS for the comparison" g++ libfaiss-dev libopenblas-dev
    fi
done
out="$root/artifacts/bin/faiss_reference"
mkdir -p "$root/artifacts/bin"
if [[ ! -x $out || faiss_reference.cpp -nt $out ]]; then
    g++ -O3 -march=native -fopenmp -o "$out" faiss_reference.cpp -lfaiss -lopenblas >&2
fi
echo "$out"
