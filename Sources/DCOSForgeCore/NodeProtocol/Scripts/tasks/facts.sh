# shellcheck shell=bash
# What a node says of itself. Changes nothing, and starts few processes.
#
# Besides the values that checks.sh and time.sh name: serving_folder (empty but on the bootstrap
# node), serving_image and serving_published (ADDRESS:PORT).
# shellcheck disable=SC2154

# observe ITEM CHECK FIX [ARGUMENT]: what the item is.
observe() {
  local state
  "$2" "${4-}"
  case $? in
    0) state=satisfied ;;
    2) state=noted ;;
    *) state=missing ;;
  esac
  json item item "$1" state $state detail "$seen"
}

# observe_serving: what was generated, and the SHA-256 of its dcos_install.sh when the right
# container serves exactly that.
observe_serving() {
  local generated='' served='' installer=$serving_folder/genconf/serve/dcos_install.sh
  if [[ -r $installer && -r $state_folder/generated ]]; then
    generated=$(<"$state_folder/generated")
    [[ -z $(serving_fault "$serving_folder" "$serving_image" "$serving_published") ]] &&
      curl -q --silent --fail --noproxy '*' --max-time 10 \
        "http://$serving_published/dcos_install.sh" | cmp -s - "$installer" &&
      served=$(sha256sum <"$installer")
  fi
  json bootstrap generated "$generated" served "${served%% *}"
}

main() {
  survey
  local installed=''
  [[ ! -r $state_folder/installed ]] || installed=$(<"$state_folder/installed")
  json node hostname "$(</proc/sys/kernel/hostname)" installed "$installed"
  json dcos state "$dcos_state" roles "$dcos_roles" detail "$dcos_detail"
  items observe
  read_clock
  if time_is_set; then json time set: true; else json time set: false; fi
  [[ -z $serving_folder ]] || observe_serving
  finish
}

main
