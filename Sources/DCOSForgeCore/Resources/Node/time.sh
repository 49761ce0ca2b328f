# shellcheck shell=bash
# Points chrony (or, where only that is installed, ntp) at the wanted servers, and starts it again
# only when something changed.
#
# Values from the caller: time_servers (may be empty: the image's own stay), time_serves_to (a network
# in CIDR form, or empty), time_mask (its mask).
# shellcheck disable=SC2154

block_begin='# dcosforge begin: rewritten by each run, do not edit'
block_end='# dcosforge end'
disabled_mark='# dcosforge: '

# server_lines MINIMUM: a line for each server. A server of one's own network is asked often, at first
# each 2^MINIMUM seconds: the first estimates of the error are coarse, and DC/OS bears only 100 ms.
server_lines() {
  local server options
  for server in ${time_servers[@]+"${time_servers[@]}"}; do
    options=''
    case $server in
      10.* | 192.168.* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].*)
        options=" minpoll $1 maxpoll 6"
        ;;
    esac
    printf 'server %s iburst%s\n' "$server" "$options"
  done
}

# chrony_block: what chrony needs besides the image's own configuration. DC/OS asks the kernel, and
# chronyd tells it only with rtcsync. A server without a source of its own trusts its clock.
chrony_block() {
  server_lines 3
  printf 'makestep 1.0 3\nrtcsync\n'
  if [[ -n $time_serves_to ]]; then
    printf 'local stratum 10\nallow %s\n' "$time_serves_to"
  fi
}

ntp_block() {
  server_lines 4
  if [[ -n $time_serves_to ]]; then
    printf 'server 127.127.1.0\nfudge 127.127.1.0 stratum 10\n'
    printf 'restrict %s mask %s nomodify notrap\n' "${time_serves_to%/*}" "$time_mask"
  fi
}

# new_configuration FILE BLOCK: the file with the block at its end; where the block names servers, the
# file's own are commented out, and back in where it no longer does.
new_configuration() {
  local line word inside=''
  while IFS= read -r line || [[ -n $line ]]; do
    case $line in
      "$block_begin") inside=yes ;;
      "$block_end") inside='' ;;
      *)
        [[ -z $inside ]] || continue
        line=${line#"$disabled_mark"}
        read -r word _ <<<"$line"
        case ${word:-} in
          server | pool | peer) ((${#time_servers[@]} == 0)) || line=$disabled_mark$line ;;
        esac
        printf '%s\n' "$line"
        ;;
    esac
  done <"$1"
  printf '%s\n%s\n%s\n' "$block_begin" "$2" "$block_end"
}

# find_service: sets time_file, time_unit and time_block of what is installed.
find_service() {
  local file
  survey_units chronyd.service chrony.service ntpd.service ntp.service
  for file in /etc/chrony.conf /etc/chrony/chrony.conf; do
    [[ -e $file ]] || continue
    time_file=$file time_block=$(chrony_block) time_unit=chrony.service
    [[ ${unit_load[chronyd.service]} != loaded ]] || time_unit=chronyd.service
    return 0
  done
  if [[ -e /etc/ntp.conf ]]; then
    time_file=/etc/ntp.conf time_block=$(ntp_block) time_unit=ntp.service
    [[ ${unit_load[ntpd.service]} != loaded ]] || time_unit=ntpd.service
    return 0
  fi
  return 1
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
