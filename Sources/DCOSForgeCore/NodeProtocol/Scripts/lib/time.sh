# shellcheck shell=bash
# What chrony (or, where only that is installed, ntp) needs in its configuration, and whether that
# is there.
#
# Values from the caller: time_servers (may be empty: the image's own stay), time_serves_to (a
# network in CIDR form, or empty), time_mask (its mask).
# shellcheck disable=SC2154

block_begin='# dcosforge begin: rewritten by each run, do not edit'
block_end='# dcosforge end'
disabled_mark='# dcosforge: '

# server_lines MINIMUM: a line for each server. A server of one's own network is asked often, at
# first each 2^MINIMUM seconds: the first estimates of the error are coarse, and DC/OS bears only
# 100 ms.
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
# chronyd reports to it only with rtcsync. A server without a source of its own trusts its clock.
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

# new_configuration FILE BLOCK: the file with the block at its end; where the block names servers,
# the file's own are commented out, and back in where it no longer does.
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

# find_time_file: sets time_name, time_file and time_block of what is installed.
# shellcheck disable=SC2034 # configure-time.sh needs the name
find_time_file() {
  for time_file in /etc/chrony.conf /etc/chrony/chrony.conf; do
    [[ -e $time_file ]] || continue
    time_name=chrony time_block=$(chrony_block)
    return 0
  done
  time_name=ntp time_file=/etc/ntp.conf time_block=$(ntp_block)
  [[ -e $time_file ]]
}

# time_is_set: whether the file says what it should.
time_is_set() {
  find_time_file && [[ $(<"$time_file") == "$(new_configuration "$time_file" "$time_block")" ]]
}
