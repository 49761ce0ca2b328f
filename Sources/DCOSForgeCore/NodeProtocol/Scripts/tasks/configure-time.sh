# shellcheck shell=bash
# Points the node's clock at the wanted servers, and starts its service again only when something
# changed.
#
# Values from the caller: see time.sh.
# shellcheck disable=SC2154

# find_service: sets time_unit besides what find_time_file sets.
find_service() {
  find_time_file || return 1
  survey_units "${time_name}d.service" "$time_name.service"
  time_unit=$time_name.service
  [[ ${unit_load[${time_name}d.service]} != loaded ]] || time_unit=${time_name}d.service
}

main() {
  local text output
  if ! find_service; then
    printf 'neither chrony nor ntp is installed: asking yum for chrony\n' >&2
    output=$(yum -y install chrony 2>&1) || true
    end_of "$output"
    find_service ||
      die "neither chrony nor ntp is installed, and yum could not install chrony: $REPLY"
  fi
  text=$(new_configuration "$time_file" "$time_block")
  if [[ $(<"$time_file") != "$text" ]]; then
    [[ -e $time_file.before-dcosforge ]] || cp -a "$time_file" "$time_file.before-dcosforge"
    printf '%s\n' "$text" >"$time_file" || die "cannot write $time_file"
    restart_service "$time_file changed"
  elif ! unit_runs "$time_unit" || ! unit_starts "$time_unit"; then
    restart_service "$time_unit was ${unit_active[$time_unit]:-unknown}"
  else
    json time state satisfied unit "$time_unit" detail "$time_file"
  fi
  finish
}

# restart_service WHY
restart_service() {
  local output=''
  unit_starts "$time_unit" || output=$(systemctl enable "$time_unit" 2>&1) ||
    die "$time_unit cannot be enabled: $output"
  output=$(systemctl restart "$time_unit" 2>&1) ||
    die "$time_unit does not start: $output
$(journalctl -u "$time_unit" -n 5 --no-pager -o cat 2>/dev/null)"
  json time state fixed unit "$time_unit" detail "$1"
}

main
