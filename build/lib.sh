# shellcheck shell=bash
# Shared by the scripts beside it, which source it. All they say goes to stderr: stdout belongs to the program.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
# No build servers that stay behind.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false

say() { echo "$*" >&2; }
fail() { say "${0##*/}: $*"; exit 1; }
has() { command -v "$1" >/dev/null; }

# What a setting is: the environment's, otherwise that of .env in the current folder, which the program reads as well.
setting() {
  if [[ -n ${!1-} ]]; then
    echo "${!1}"
  elif [[ -f .env ]]; then
    sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*//p" .env | tail -n 1 |
      sed -E "s/[[:space:]]+#.*$//; s/[[:space:]]+$//; s/^(['\"])(.*)\1$/\2/"
  fi
}

# Installs Debian packages, as root or by sudo. $1 says what for.
install_packages() {
  local purpose=$1 sudo=()
  shift
  if ! has apt-get; then
    fail "$purpose is missing. Install it with your system's package manager (Debian calls it: $*)."
  fi
  if [[ $(id -u) -ne 0 ]]; then
    sudo=(sudo)
    if ! has sudo || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
      fail "$purpose is missing. Install it as root with: apt-get install -y $*"
    fi
  fi
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  say "Installing $* ($purpose)"
  "${apt[@]}" install -y --no-install-recommends "$@" >&2 </dev/null ||
    { "${apt[@]}" update >&2 && "${apt[@]}" install -y --no-install-recommends "$@" >&2 </dev/null; } ||
    fail "$purpose could not be installed. Try by hand: apt-get update && apt-get install -y $*"
}

# PostgreSQL's programs, which the server runs by itself. Debian would also start a cluster of its own on port 5432.
need_postgres() {
  local folder
  for folder in "$(setting FACEID_POSTGRES_BIN)" ${PATH//:/ } /usr/lib/postgresql/*/bin; do
    if [[ -x $folder/postgres && -x $folder/initdb ]]; then return; fi
  done
  if has apt-get && [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
    install_packages "PostgreSQL" postgresql-common
    local conf=/etc/postgresql-common/createcluster.conf
    if [[ -w $conf ]]; then
      sed -i -E 's/^#?create_main_cluster.*/create_main_cluster = false/' "$conf"
    else
      sudo sed -i -E 's/^#?create_main_cluster.*/create_main_cluster = false/' "$conf"
    fi
  fi
  install_packages "PostgreSQL" postgresql
}

# The browser in which tests use passkeys. CHROMIUM names it when it is elsewhere.
need_chromium() {
  local name
  for name in "${CHROMIUM-}" chromium chromium-browser google-chrome; do
    if [[ -n $name ]] && CHROMIUM=$(command -v "$name"); then
      export CHROMIUM
      return
    fi
  done
  install_packages "Chromium" chromium
  CHROMIUM=$(command -v chromium) || fail "Chromium is installed, but there is no command 'chromium'."
  export CHROMIUM
}

# Sets $dotnet to the .NET command, wherever it is.
find_dotnet() {
  local folder
  dotnet=$(command -v dotnet || true)
  for folder in "${DOTNET_ROOT-}" "${HOME-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
    if [[ -z $dotnet && -x $folder/dotnet ]]; then dotnet=$folder/dotnet; fi
  done
  [[ -n $dotnet ]] || fail_without_sdk
}

need_sdk() {
  find_dotnet
  "$dotnet" --list-sdks | grep -q '^10\.' || fail_without_sdk
}

fail_without_sdk() {
  fail "the .NET 10 SDK is missing. Install it from https://dotnet.microsoft.com/download/dotnet/10.0 or into your home folder with:
  curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
}

# Only one build at a time in this tree. The lock ends with unlock_build or the script.
lock_build() {
  mkdir -p "$root/artifacts"
  exec 8>"$root/artifacts/build.lock"
  flock -n 8 || { say "Waiting for another build in $root"; flock 8; }
}
unlock_build() { exec 8>&-; }
