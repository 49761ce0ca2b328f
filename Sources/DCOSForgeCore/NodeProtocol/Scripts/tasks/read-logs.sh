# shellcheck shell=bash disable=SC2154
# Reads journals and the log of a container. Given: the array units, container, lines, since, boot
# (0 or 1), cursor, container_since, follow (0 or 1), seconds, limit (bytes).
#
# Prints the journal's own JSON objects, and a container's lines as they are: each begins with
# Docker's time stamp, so no line of either can be taken for a record of ours; what else comes is a
# complaint of one of the two. Needs no temporary file.

# ended NAME STATUS: how reading one of them ended. Cutting off what is too much is no fault.
ended() {
  # What was cut off may have torn its last line.
  printf '\n'
  json source name "$1" status: "$2"
}

# read_newest NAME COMMAND...: prints what the command does, up to the limit.
read_newest() {
  local name=$1 status
  shift
  timeout -k 1 "$seconds" "$@" </dev/null 2>&1 | head -c "$limit"
  status=${PIPESTATUS[0]}
  ended "$name" "$status"
}

# follow_one NAME COMMAND...: prints what the command does as it comes. Each read counts, so a flood
# ends soon and is continued by the next exchange; dd writes at once what it has read.
follow_one() {
  local name=$1 pid
  shift
  exec 3< <(
    printf '%s\n' "$BASHPID"
    exec timeout --foreground -k 1 "$seconds" "$@" </dev/null 2>&1
  )
  read -r pid <&3
  dd bs=16384 count=$((limit / 16384)) <&3 2>/dev/null
  kill "$pid" 2>/dev/null
  ended "$name" 0
}

printf -v now '%(%s)T' -1
json journal now: "$now"

if ((${#units[@]})); then
  words=(journalctl -q --no-pager -o json)
  for unit in "${units[@]}"; do
    words+=(-u "$unit")
  done
  [[ -z $since ]] || words+=("--since=$since")
  ((boot)) && words+=(-b)
  [[ -z $cursor ]] || words+=("--after-cursor=$cursor")
  if ((follow)); then
    follow_one journal "${words[@]}" -f --no-tail
  else
    # The newest first: the limits then cut off the oldest.
    [[ -z $lines ]] || words+=(-n "$lines")
    read_newest journal "${words[@]}" -r
  fi
fi

if [[ -n $container ]]; then
  words=(docker logs --timestamps)
  [[ -z $container_since ]] || words+=(--since "$container_since")
  if ((follow)); then
    follow_one container "${words[@]}" -f -- "$container"
  else
    read_newest container "${words[@]}" --tail "${lines:-20000}" -- "$container"
  fi
fi
finish
