# shellcheck shell=bash disable=SC2154,SC2317
# Installs DC/OS on this node, or goes on with it. Given: role, url, installer, inputs.

make_work_folder
unit=dcosforge-install

# In the unit. An installation that was interrupted is full of what the preflight forbids.
install_dcos() {
  local options=()
  ((resumes)) && options=(--disable-preflight)
  cd "$installer_folder" || return 1
  bash dcos_install.sh ${options[@]+"${options[@]}"} "$role"
}

# report STATE STATUS: prints the end; with the journal when it is not a good one.
report() {
  local log
  look_at_dcos
  json_file "$state_folder/$unit.log" 16384
  log=$REPLY
  : >"$work/journal"
  if [[ $1 == failed || $1 == torn ]]; then
    journalctl -q --no-pager -o cat -n 40 -u dcos-download -u dcos-setup \
      >"$work/journal" 2>/dev/null
  fi
  json_file "$work/journal" 16384
  json installation state "$1" status: "$2" dcos "$dcos_state" roles "$dcos_roles" \
    detail "$dcos_detail" log: "$log" journal: "$REPLY"
  finish
  exit 0
}

# What runs already is never torn: our unit, or, after a reboot, dcos-setup by itself.
mkdir -p "$state_folder" || die "could not make $state_folder"
join_detached "$role $url"
status=$REPLY
if ((!joined)) && unit_runs dcos-setup.service; then
  joined=1
  status=0
  systemctl start dcos-setup.service >"$state_folder/$unit.log" 2>&1 || status=$?
fi
look_at_dcos
resumes=0
case $dcos_state in
  installed)
    [[ $dcos_roles == "$role" ]] || report other-role ''
    ((joined)) && report joined "$status"
    : >>"$state_folder/$unit.log"
    report unchanged ''
    ;;
  broken) report broken '' ;;
  installing)
    [[ $dcos_roles == "$role" || -z $dcos_roles ]] || report other-role ''
    resumes=1
    ;;
esac

if ((!joined)); then
  if ! fetch_installer; then
    finish
    exit 0
  fi
  # What is begun is kept before it begins: a later run compares it with what it wants.
  if ((!resumes)); then
    printf '%s\n' "$inputs" >"$state_folder/installed.new" || die "could not write $state_folder"
    mv -f "$state_folder/installed.new" "$state_folder/installed" ||
      die "could not write $state_folder"
  fi
  run_detached "$role $url" install_dcos role resumes installer_folder install_dcos
  status=$REPLY
  look_at_dcos
  [[ $status == 0 && $dcos_state == installed ]] && report installed 0
fi
[[ -z $status ]] && report torn ''
report failed "$status"
