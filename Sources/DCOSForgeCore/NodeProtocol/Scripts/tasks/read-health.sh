# shellcheck shell=bash disable=SC2154
# Reads this node and every component of DC/OS on it. Given: address, member (1 for masters and
# agents), zookeeper (1 to ask it), neighbours (1 to print them), limit (seconds for everything),
# and the arrays peers (the other masters' addresses), checks (the command that runs DC/OS's own
# checks; empty to look at their last run), units, paths (what DC/OS writes to), probe_names,
# probe_urls (alike in length).
#
# Everything runs in the background and into files, and starts as few programs as it can. What has
# not ended when the time is up is killed and has no record: a hung mount or daemon must not keep
# the rest from being printed.

declare -A process=() outcome=()

# start NAME COMMAND...: runs it; its output goes to $work/NAME and $work/NAME.error.
start() {
  local name=$1
  shift
  "$@" >"$work/$name" 2>"$work/$name.error" </dev/null &
  process[$name]=$!
}

# ended NAME: whether it has ended; its exit status is in outcome[NAME] then.
ended() {
  [[ -z ${outcome[$1]-} ]] || return 0
  kill -0 "${process[$1]}" 2>/dev/null && return 1
  wait "${process[$1]}"
  outcome[$1]=$?
}

# await: waits until all that was started has ended, or the time is up; ends what is left.
await() {
  local name
  for name in "${!process[@]}"; do
    until ended "$name" || ((SECONDS >= limit)); do
      read -r -t 0.03 -u "$never"
    done
  done
  for name in "${!process[@]}"; do
    ended "$name" || kill -9 "${process[$name]}" 2>/dev/null
  done
}

# print_outcome RECORD NAME BYTES [KEY VALUE]...: prints the outcome of what was started, if it
# has ended.
print_outcome() {
  local record=$1 name=$2 bytes=$3 text REPLY
  shift 3
  [[ -n ${outcome[$name]-} ]] || return 0
  json_file "$work/$name" "$bytes"
  text=$REPLY
  json_file "$work/$name.error" 300
  json "$record" status: "${outcome[$name]}" text: "$text" error: "$REPLY" "$@"
}

# up_time: sets REPLY to milliseconds since boot. Starts no process.
up_time() {
  read -r REPLY _ </proc/uptime
  REPLY=$((10#${REPLY/./} * 10))
}

# wall_time: sets REPLY to milliseconds since 1970. Starts no process where bash is 5 or newer.
wall_time() {
  if [[ -n ${EPOCHREALTIME-} ]]; then
    REPLY=${EPOCHREALTIME/[.,]/}
    REPLY=${REPLY:0:13}
  else
    REPLY=$(date +%s%3N)
  fi
}

# As DC/OS runs it.
detect() {
  cd / && exec env -i PATH=/usr/bin:/bin:/sbin /opt/mesosphere/bin/detect_ip
}

# An old curl knows no sockets of this kind: Docker's own program is asked then.
ping_docker() {
  curl -q -sS -m "$((limit > 2 ? limit - 1 : limit))" --unix-socket /var/run/docker.sock \
    http://docker/_ping
  local status=$?
  ((status == 2)) || return $status
  docker version --format '{{.Server.Version}}' >/dev/null && echo OK
}

# ask_zookeeper: four letters, as DC/OS itself asks. Starts no process.
ask_zookeeper() {
  local line
  exec 3<>"/dev/tcp/$address/2181" || return 1
  printf srvr >&3
  while IFS= read -r line <&3; do
    printf '%s\n' "$line"
  done
  # What has no line end.
  [[ -z $line ]] || printf '%s\n' "$line"
}

# knock ADDRESS PORT: whether TCP gets through; 124 when nothing comes back in time.
knock() {
  { exec 3<>"/dev/tcp/$1/$2"; } &
  local pid=$! _
  for _ in {1..80}; do
    kill -0 $pid 2>/dev/null || break
    read -r -t 0.05 -u "$never"
  done
  kill -9 $pid 2>/dev/null && return 124
  wait $pid
}

make_work_folder /run
wall_time
began=$REPLY
up_time
uptime=$REPLY
# Nothing ever comes from here: reading it with a limit is a pause without a process.
exec {never}<>/dev/udp/127.0.0.1/9

look_at_dcos
start units systemctl show -p Id -p LoadState -p ActiveState -p SubState -p Result \
  -p ExecMainStatus "${units[@]}"
start disk stat -f -c '%n %b %a %c %d %T' "${paths[@]}"
start addresses ip -o -4 address show
((!neighbours)) || start neighbours ip -4 neighbour show nud reachable nud delay nud probe
start docker ping_docker
if ((member)); then
  # One curl for all: each costs a slow node more than its answer does.
  urls=()
  for index in "${!probe_names[@]}"; do
    urls+=("probe.${probe_names[index]}" "${probe_urls[index]}")
  done
  start probes fetch_each "$((limit < 6 ? 2 : limit / 3))" "$limit" "${urls[@]}"
  start filter iptables -w 2 -S
  start names getent ahostsv4 ready.spartan
  [[ ! -x /opt/mesosphere/bin/detect_ip ]] || start detect detect
  ((${#checks[@]} == 0)) || start checks "${checks[@]}"
  ((!zookeeper)) || start zookeeper ask_zookeeper
fi
# shellcheck disable=SC2034 # read by kernel-clock.sh
clock_brief=1
read_clock
# Without a quorum: whether the peers can be reached at all.
if ((zookeeper && ${#peers[@]})); then
  until ended zookeeper || ((SECONDS >= limit)); do
    read -r -t 0.03 -u "$never"
  done
  if [[ $(<"$work/zookeeper") != *Mode:* ]]; then
    for peer in "${peers[@]}"; do
      for port in 2181 2888 3888; do
        start "knock.$peer.$port" knock "$peer" "$port"
      done
    done
  fi
fi
await

json installation state "$dcos_state" roles "$dcos_roles" detail "$dcos_detail"
print_outcome units units 262144
print_outcome disk disk 16384
print_outcome addresses addresses 16384
print_outcome docker docker 1024
((!neighbours)) || print_outcome neighbours neighbours 65536
print_outcome filter filter 262144
print_outcome dns names 1024
print_outcome detect detect 1024
print_outcome checks checks 65536
print_outcome zookeeper zookeeper 4096 server "$address"
for index in "${!probe_names[@]}"; do
  [[ ! -s $work/probe.${probe_names[index]}.status ]] ||
    json_fetched probe "probe.${probe_names[index]}" 262144 name "${probe_names[index]}"
done
for peer in ${peers[@]+"${peers[@]}"}; do
  for port in 2181 2888 3888; do
    print_outcome knock "knock.$peer.$port" 300 server "$peer" port: "$port"
  done
done
up_time
json time began: "$began" ended: "$((began + REPLY - uptime))"
finish
