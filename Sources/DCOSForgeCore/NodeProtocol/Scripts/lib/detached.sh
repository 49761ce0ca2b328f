# shellcheck shell=bash disable=SC2034,SC2154
# Work that must not be torn: it runs as a transient systemd unit, so that neither a lost connection
# nor the end of dcosforge reaches it. For each unit the state folder holds .run (what it runs),
# .key (what for), .log, and, once it has ended by itself, .status.

# detached_main FUNCTION: the unit's own program; FUNCTION's exit status becomes the result.
detached_main() {
  local status=0
  exec </dev/null >>"$state_folder/$unit.log" 2>&1
  export HOME=/root
  "$1" || status=$?
  printf '%s\n' "$status" >"$state_folder/$unit.status.new"
  mv -f "$state_folder/$unit.status.new" "$state_folder/$unit.status"
  exit "$status"
}

# follow: shows the log of the unit on standard error until the unit's program has ended.
follow() {
  local pid tries
  for ((tries = 0; tries < 50; tries++)); do
    pid=$(systemctl show -p MainPID "$unit.service" 2>/dev/null)
    pid=${pid#MainPID=}
    [[ ${pid:-0} == 0 && ! -e $state_folder/$unit.status ]] || break
    sleep 0.1
  done
  if [[ ${pid:-0} != 0 ]]; then
    tail -n +1 -s 0.2 -f --pid="$pid" -- "$state_folder/$unit.log" >&2
  else
    cat -- "$state_folder/$unit.log" >&2
  fi
  for ((tries = 0; tries < 100; tries++)); do
    unit_runs "$unit.service" || return 0
    sleep 0.1
  done
  die "the unit $unit still runs although its program has ended"
}

# join_detached KEY: waits for the run that is under way, if one is. Sets `joined` to 1 when it was
# for this KEY, and then REPLY to its exit status, empty when the unit was torn.
join_detached() {
  joined=0 REPLY=''
  unit_runs "$unit.service" || return 0
  follow
  [[ $(cat "$state_folder/$unit.key" 2>/dev/null) == "$1" ]] || return 0
  joined=1
  REPLY=$(cat "$state_folder/$unit.status" 2>/dev/null)
}

# run_detached KEY FUNCTION WORD...: runs FUNCTION as the unit named in `unit`, and waits. WORDs are
# the variables and functions that FUNCTION needs. Sets REPLY as join_detached does.
run_detached() {
  local key=$1 function=$2 word
  shift 2
  mkdir -p "$state_folder" || die "could not make $state_folder"
  rm -f "$state_folder/$unit.status"
  : >"$state_folder/$unit.log"
  printf '%s\n' "$key" >"$state_folder/$unit.key"
  {
    printf 'set -u -o pipefail\nexport LC_ALL=C PATH=%q\n' "$PATH"
    for word in state_folder unit "$@"; do
      declare -p "$word" 2>/dev/null || declare -f "$word"
    done
    declare -f detached_main
    printf 'detached_main %q\n' "$function"
  } >"$state_folder/$unit.run"
  systemctl reset-failed "$unit.service" >/dev/null 2>&1
  systemd-run --unit="$unit" --description="dcosforge: ${unit#dcosforge-}" \
    /bin/bash "$state_folder/$unit.run" >&2 || die "could not start the unit $unit"
  follow
  REPLY=$(cat "$state_folder/$unit.status" 2>/dev/null)
}
