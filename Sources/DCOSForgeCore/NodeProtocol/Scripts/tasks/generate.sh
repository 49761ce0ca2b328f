# shellcheck shell=bash disable=SC2154,SC2317
# Runs dcos_generate_config.sh. Given: folder, sha256, inputs (what it is generated from, a line
# each).

make_work_folder
unit=dcosforge-generate

# In the unit. The record of success is written last, and only together with what it speaks of.
generate() {
  cd "$folder" || return 1
  rm -f "$state_folder/generated"
  rm -rf genconf/serve
  bash dcos_generate_config.sh || return
  [[ -s genconf/serve/dcos_install.sh && -s genconf/serve/bootstrap.latest ]] || return 0
  printf '%s\n' "$inputs" >"$state_folder/generated.new"
  mv -f "$state_folder/generated.new" "$state_folder/generated"
}

# is_current: whether genconf/serve comes from these very inputs.
is_current() {
  [[ $(cat "$state_folder/generated" 2>/dev/null) == "$inputs" ]] &&
    [[ -s $folder/genconf/serve/dcos_install.sh && -s $folder/genconf/serve/bootstrap.latest ]]
}

report() {
  local installer=false
  [[ -s $folder/genconf/serve/dcos_install.sh ]] && installer=true
  json_file "$state_folder/$unit.log"
  json generation state "$1" status: "$2" installer: "$installer" log: "$REPLY"
  finish
  exit 0
}

[[ -d $folder ]] || die "there is no folder $folder"
# What runs already is never torn; what it leaves counts when it is for these very inputs.
join_detached "$inputs"
status=$REPLY
if ((!joined)); then
  if is_current; then
    mkdir -p "$state_folder" && : >>"$state_folder/$unit.log"
    report current ''
  fi
  printf '%s  %s\n' "$sha256" "$folder/dcos_generate_config.sh" | sha256sum -c --status ||
    report corrupt ''
  run_detached "$inputs" generate folder inputs generate
  status=$REPLY
fi
if [[ -z $status ]]; then
  report torn ''
elif [[ $status == 0 ]] && is_current; then
  ((joined)) && report joined 0
  report generated 0
fi
report failed "$status"
