# shellcheck shell=bash disable=SC2154,SC2016
# Looks at everything on this node that may explain a fault; changes nothing, needs no temporary
# file. Given: role, address, the arrays units and journal_units, container (may be empty), seconds,
# limit.

# json_text: standard input as the inside of a JSON string.
json_text() {
  tr -d '\000-\010\013\014\016-\032\034\035\037\177' |
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' -e 's/\r/\\r/g' -e 's/\x1b/\\u001b/g' \
      -e 's/\x1e/\\u001e/g' |
    awk 'BEGIN { ORS = "\\n" } 1'
}

# part NAME SECONDS COMMAND...: prints the end of what a command says, then its exit status behind a
# record separator. A command that hangs in the kernel cannot be ended; what reads from it can.
part() {
  local name=$1 most=$2 left=$((seconds - SECONDS))
  shift 2
  if ((left <= 0)); then
    json part name "$name" text '' fault 'no time was left'
    return
  fi
  ((most <= left)) || most=$left
  printf '{"record":"part","name":"%s","text":"' "$name"
  timeout -k 1 $((most + 2)) cat < <(
    timeout -k 1 "$most" "$@" </dev/null 2>&1
    printf '\036%s\n' $?
  ) | tail -c "$limit" | json_text
  printf '"}\n'
}

# asking NAME WORD: what ZooKeeper answers to a four-letter word.
asking() {
  part "zookeeper-$1" 4 bash -c \
    'exec 3<>"/dev/tcp/$1/2181" && printf %s "$2" >&3 && cat <&3' "zookeeper $1" "$address" "$1"
}

SECONDS=0
properties=Id,LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,NRestarts
properties+=,ActiveEnterTimestamp,InactiveEnterTimestamp
words=()
for unit in "${journal_units[@]}"; do
  words+=(-u "$unit")
done

part system 3 bash -c 'uname -a; cat /etc/os-release /proc/uptime /proc/loadavg; free -m'
part units 6 systemctl show -p "$properties" -- "${units[@]}"
part failed-units 4 systemctl list-units --all --failed --full --no-legend --no-pager
part journal 12 journalctl -q --no-pager -o short-iso -n 1500 "${words[@]}"
part journal-warnings 8 journalctl -q --no-pager -o short-iso -n 400 -p warning
part kernel 4 dmesg
part installation 3 bash -c \
  'for f in /var/lib/dcosforge/*.log; do echo "== $f"; tail -c 60000 "$f"; done'
part cloud-init 4 bash -c 'cloud-init status --long; tail -c 60000 /var/log/cloud-init-output.log'
if [[ $role == master ]]; then
  for word in srvr mntr conf stat; do
    asking "$word"
  done
  part exhibitor 5 curl -q -sS -m 4 --noproxy '*' "http://$address:8181/exhibitor/v1/cluster/status"
fi
if [[ $role != bootstrap ]]; then
  part dcos 4 bash -c \
    'ls /etc/mesosphere/roles; cd /opt/mesosphere && cat etc/dcos-version.json; ls -l active
    sha256sum etc/*'
  part ip-detect 10 env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin bash /opt/mesosphere/bin/detect_ip
fi
part addresses 3 bash -c 'ip addr; ip route; cat /etc/resolv.conf /etc/hosts'
part sockets 4 ss -antup
part firewall 4 iptables-save
part processes 4 ps -eo pid,ppid,stat,etime,rss,args --sort=-rss
part clock 5 bash -c 'date -u +%FT%T.%NZ; chronyc -n tracking || ntpq -pn; timedatectl'
part disk 5 bash -c 'df -hT; df -i; cat /proc/mounts'
part docker-info 5 docker info
part docker-ps 5 docker ps -a --no-trunc
[[ -z $container ]] || part container 5 docker logs --timestamps --tail 1000 -- "$container"
finish
