# shellcheck shell=bash disable=SC2154
# Reads ZooKeeper on every master and Exhibitor on this one. Given: masters (an array).

make_work_folder

# ask_zookeeper ADDRESS: sends `srvr` and keeps the answer; ZooKeeper closes after it.
ask_zookeeper() {
  local status=0
  # shellcheck disable=SC2016 # the inner bash expands it
  timeout -k 1 5 bash -c 'exec 3<>"/dev/tcp/$1/2181" && printf srvr >&3 && cat <&3' _ "$1" \
    >"$work/zk.$1" 2>"$work/zk.$1.error" || status=$?
  printf '%s\n' "$status" >"$work/zk.$1.status"
}

own='' asked=()
addresses=$(ip -o -4 addr show)
for master in "${masters[@]}"; do
  [[ $addresses == *" inet $master/"* ]] && own=$master
  ask_zookeeper "$master" &
  asked+=($!)
done
if [[ -n $own ]]; then
  fetch exhibitor 5 "http://$own:8181/exhibitor/v1/cluster/status"
fi
wait "${asked[@]}"

json observer address "$own"
for master in "${masters[@]}"; do
  read -r status <"$work/zk.$master.status"
  json_file "$work/zk.$master" 4096
  text=$REPLY
  tail_of "$work/zk.$master.error" 300
  json zookeeper server "$master" status: "$status" text: "$text" error "$REPLY"
done
[[ -n $own ]] && json_fetched exhibitor exhibitor 65536
finish
