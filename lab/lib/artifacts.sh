# What the lab builds once and keeps: guest image, nginx archive, stand-in release.
# Sourced by `lab`.
# shellcheck shell=bash

# Each artifact is a folder of the cache named by the hash of its recipe, made complete under
# another name first: what has the name is whole.
base_folder() {
  local image=$LAB_SOURCE/image
  printf '%s/base-%s\n' "$LAB_CACHE" "$(hash_files "$image"/{base,download,jars,lib.sh,packages})"
}
image_folder() { printf '%s/image-%s\n' "$LAB_CACHE" "$(hash_files "$LAB_SOURCE/image")"; }
release_folder() { printf '%s/release-%s\n' "$LAB_CACHE" "$(hash_files "$LAB_SOURCE/release")"; }

artifacts_export() {
  local image release
  image=$(image_folder)
  export DCOSFORGE_LAB_IMAGE=$image/guest.qcow2
  export DCOSFORGE_LAB_KERNEL=$image/kernel
  export DCOSFORGE_LAB_INITRD=$image/initrd
  export DCOSFORGE_LAB_NGINX=$image/nginx-lab.tar
  [ -d "$LAB_SOURCE/release" ] || return 0
  release=$(release_folder)
  export DCOSFORGE_LAB_INSTALLER=$release/dcos_generate_config.sh
}

# artifact_build FOLDER BUILDER [ARGUMENT]: runs `BUILDER NEW-FOLDER [ARGUMENT]`, then gives the
# result its name.
artifact_build() {
  local folder=$1 builder=$2 started=$SECONDS new
  [ -d "$folder" ] && return 0
  new=$(mktemp -d "$LAB_CACHE/new.XXXXXX")
  chmod 755 "$new"
  say "building ${folder##*/} (once per recipe; log: $LAB_CACHE/${folder##*/}.log)"
  if ! "$builder" "$new" "${@:3}" >"$LAB_CACHE/${folder##*/}.log" 2>&1; then
    tail -n 20 "$LAB_CACHE/${folder##*/}.log" >&2
    rm -rf --one-file-system "$new"
    die "building ${folder##*/} failed; the whole log: $LAB_CACHE/${folder##*/}.log"
  fi
  mv -T "$new" "$folder"
  say "built ${folder##*/} in $((SECONDS - started)) s"
}

# The lock is the cache's, which several labs may share; who holds it may clear what died half-way.
artifacts_build() {
  local base image
  mkdir -p "$LAB_CACHE"
  exec 8>"$LAB_CACHE/lock"
  flock 8
  find "$LAB_CACHE" -mindepth 1 -maxdepth 1 -name 'new.??????' \
    -exec rm -rf --one-file-system {} +
  base=$(base_folder)
  image=$(image_folder)
  if [ ! -d "$image" ]; then
    artifact_build "$base" "$LAB_SOURCE/image/base"
    artifact_build "$image" "$LAB_SOURCE/image/build" "$base"
  fi
  [ ! -d "$LAB_SOURCE/release" ] ||
    artifact_build "$(release_folder)" "$LAB_SOURCE/release/build"
  exec 8>&-
}

artifacts_status() {
  artifacts_export
  local name
  for name in IMAGE KERNEL INITRD NGINX INSTALLER; do
    local variable=DCOSFORGE_LAB_$name state=missing
    [ -e "${!variable:-/nonexistent}" ] && state=present
    printf '%-11s %s (%s)\n' "${name,,}" "${!variable:-}" "$state"
  done
}

artifacts_clean() {
  [ -d "$LAB_CACHE" ] || return 0
  find "$LAB_CACHE" -mindepth 1 -maxdepth 1 \
    \( -name 'base-*' -o -name 'image-*' -o -name 'release-*' -o -name 'new.??????' \
    -o -name lock \) \
    -exec rm -rf --one-file-system {} +
  rmdir --ignore-fail-on-non-empty "$LAB_CACHE"
}
