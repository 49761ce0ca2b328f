# shellcheck shell=bash
# shellcheck disable=SC2154
# Lets a public key log in. Given: key (a line of authorized_keys) and account.

# sync_path PATH: what was written there outlives a loss of power.
sync_path() {
  sync -- "$1" 2>/dev/null || sync # coreutils before 8.24 knows only all of it
}

# add: puts the key behind those that are there; the file is the old one or the new one.
add() {
  local new=$file.dcosforge
  umask 077
  if [[ ! -d $folder ]]; then
    mkdir -- "$folder" && chown -- "$account:" "$folder" || return
  fi
  : >"$new" || return
  if [[ -e $file ]]; then
    awk 1 "$file" >"$new" || return # ends the last line, too
  fi
  printf '%s\n' "$key" >>"$new" && chown -- "$account:" "$new" && chmod 600 -- "$new" || return
  sync_path "$new"
  mv -f -T -- "$new" "$file" || return
  sync_path "$folder"
  ! have restorecon || restorecon -- "$folder" "$file"
}

main() {
  local entry home folder file kind blob state=present
  entry=$(getent passwd "$account") || die "there is no account $account"
  home=$(cut -d: -f6 <<<"$entry")
  folder=$home/.ssh file=$home/.ssh/authorized_keys
  read -r kind blob _ <<<"$key"
  if [[ ! -e $file ]] ||
    ! awk -v kind="$kind" -v blob="$blob" \
      '$1 == kind && $2 == blob { found = 1 } END { exit !found }' "$file"; then
    add || die "$file cannot be written"
    state=added
  fi
  json authorized state $state
  finish
}

main
