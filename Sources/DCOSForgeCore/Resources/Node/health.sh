# shellcheck shell=bash disable=SC2154
# Reads every component of DC/OS on this node. Given: address, zookeeper (1 to ask it), and the arrays
# checks (the command that runs DC/OS's own checks), units, probe_names, probe_urls (alike in length).

make_work_folder

look_at_dcos

# All at once, but for the URLs: each curl costs a slow node more than its answer does.
asked=() urls=()
for index in "${!probe_names[@]}"; do
  urls+=("probe.${probe_names[index]}" "${probe_urls[index]}")
done
fetch_each 5 "${urls[@]}" &
asked+=($!)
if ((zookeeper)); then
  # shellcheck disable=SC2016 # the inner bash expands it
  timeout -k 1 5 bash -c 'exec 3<>"/dev/tcp/$1/2181" && printf srvr >&3 && cat <&3' _ "$address" \
    >"$work/zookeeper" 2>"$work/zookeeper.error" &
  asked+=($!)
fi
(
  if have dig; then
    dig +time=2 +tries=1 +short @198.51.100.1 ready.spartan A
  else
    ping -n -c 1 -W 2 ready.spartan
  fi >"$work/dns" 2>&1
  printf '%s\n' $? >"$work/dns.status"
) &
asked+=($!)
(
  timeout -k 1 15 "${checks[@]}" >"$work/check" 2>"$work/check.error"
  printf '%s\n' $? >"$work/check.status"
) &
asked+=($!)
systemctl show -p Id -p LoadState -p ActiveState -p SubState -p Result -p ExecMainStatus \
  "${units[@]}" >"$work/units" 2>"$work/units.error"
ss -lntu >"$work/sockets" 2>/dev/null
wait "${asked[@]}"

json installation state "$dcos_state" roles "$dcos_roles" detail "$dcos_detail"
json_file "$work/units" 262144
json units text: "$REPLY"
json_file "$work/sockets" 262144
json sockets text: "$REPLY"
if ((zookeeper)); then
  json_file "$work/zookeeper" 4096
  text=$REPLY
  tail_of "$work/zookeeper.error" 300
  json zookeeper server "$address" status: 0 text: "$text" error "$REPLY"
fi
json_file "$work/dns" 1024
json dns status: "$(cat "$work/dns.status")" text: "$REPLY"
json_file "$work/check" 65536
text=$REPLY
tail_of "$work/check.error" 300
json checks status: "$(cat "$work/check.status")" text: "$text" error "$REPLY"
for index in "${!probe_names[@]}"; do
  json_fetched probe "probe.${probe_names[index]}" 262144 name "${probe_names[index]}"
done
finish
