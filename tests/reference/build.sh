#!/usr/bin/env bash
# Installs what is missing (Debian), builds dlib_reference with OpenBLAS, and prints the program's path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

packages=(g++ make libdlib-dev libdlib19.1 libopenblas-dev libpng-dev libjpeg-dev zlib1g-dev)
missing=()
for package in "${packages[@]}"; do
    if [[ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)" != "install ok installed" ]]; then
        missing+=("$package")
    fi
done
if ((${#missing[@]})); then
    install=(apt-get install -y --no-install-recommends "${missing[@]}")
    if ((EUID != 0)); then
        echo "These packages are missing; as root: ${install[*]}" >&2
        exit 1
    fi
    apt-get update >&2
    DEBIAN_FRONTEND=noninteractive "${install[@]}" >&2
fi

make --silent bin/dlib_reference >&2
echo "$PWD/bin/dlib_reference"
