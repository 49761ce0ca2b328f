# shellcheck shell=bash
# Runs an ip-detect script as DC/OS does (a program of its own under an empty environment) and
# prints exactly what it did. Evaluating it is the caller's.
#
# Values from the caller: detect_script, detect_runs (how often at most), detect_limit (seconds).
# shellcheck disable=SC2154

# uptime_ms: sets REPLY to the time since boot, to 10 ms. Starts no process.
uptime_ms() {
  local seconds
  read -r seconds _ </proc/uptime
  REPLY=$((10#${seconds/./} * 10))
}

main() {
  local folder run status before REPLY text
  mkdir -p "$state_folder"
  folder=$(mktemp -d "$state_folder/ip-detect.XXXXXX") || die "cannot write to $state_folder"
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf -- '$folder'" EXIT
  printf '%s' "$detect_script" >"$folder/ip-detect"
  chmod 755 "$folder/ip-detect"
  for ((run = 1; run <= detect_runs; run++)); do
    uptime_ms
    before=$REPLY
    (cd / && exec env -i PATH=/usr/bin:/bin:/sbin timeout -k 1 "$detect_limit" \
      "$folder/ip-detect") </dev/null >"$folder/out" 2>"$folder/error"
    status=$?
    uptime_ms
    text=$(head -c 4096 "$folder/error" | tr -d '\0')
    json run status: $status milliseconds: $((REPLY - before)) \
      stdout "$(head -c 4096 "$folder/out" | od -An -v -tx1 | tr -d ' \n')" stderr "$text"
    # The first run also reads programs from disk; a later one shows what DC/OS will see.
    ((run < 2 || REPLY - before > 1000)) || break
  done
  finish
}

main
