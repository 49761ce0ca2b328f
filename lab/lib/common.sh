# Paths, messages and small tools shared by the lab's scripts. Sourced, never run.
# shellcheck shell=bash

LAB_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_PROJECT=$(dirname "$LAB_SOURCE")
LAB_STATE=${DCOSFORGE_LAB:-$LAB_PROJECT/.lab}
LAB_CACHE=${DCOSFORGE_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dcosforge-lab}
# shellcheck disable=SC2034 # for those that source this
LAB_MARKER=$LAB_STATE/.dcosforge-lab

say() { printf 'lab: %s\n' "$*" >&2; }
die() {
  printf 'lab: error: %s\n' "$*" >&2
  exit 1
}

# Everything that makes namespaces, mounts or device files needs root; the folders are
# settled before sudo, so that they stay the caller's.
require_root() {
  [ "$(id -u)" -eq 0 ] && return 0
  command -v sudo >/dev/null || die "must run as root, and sudo is not installed"
  exec sudo --preserve-env env DCOSFORGE_LAB="$LAB_STATE" DCOSFORGE_LAB_CACHE="$LAB_CACHE" \
    "$LAB_SOURCE/lab" "$@"
}

# Names of the packages in the given lists that dpkg does not report as installed.
missing_packages() {
  local name
  sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u | while read -r name; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed ||
      printf '%s\n' "$name"
  done
}

# Installs what is missing of the given package lists; silent and quick when nothing is.
install_packages() {
  local missing sudo=()
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null ||
    die "not a Debian system; install the equivalent of: ${missing//$'\n'/ }"
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  say "installing with apt-get: ${missing//$'\n'/ }"
  "${sudo[@]}" apt-get update -qq
  # A daemon of the distribution's libvirt is neither needed nor started for the lab.
  # shellcheck disable=SC2086
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends $missing
}

# sha256 over names, modes and contents of the given files and folders, in a stable order.
hash_files() {
  find "$@" -type f -printf '%p %m\n' | LC_ALL=C sort | while read -r path mode; do
    printf '%s %s ' "${path#"$LAB_SOURCE"/}" "$mode"
    sha256sum <"$path"
  done | sha256sum | cut -c 1-16
}
