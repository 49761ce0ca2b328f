# shellcheck shell=bash disable=SC2154
# Runs DC/OS's own preflight and looks at what it misses. Given: role, url, installer.

make_work_folder

look_at_dcos
json installation state "$dcos_state" roles "$dcos_roles" detail "$dcos_detail"
if [[ $dcos_state != absent && $dcos_state != broken ]]; then
  finish
  exit 0
fi

if fetch_installer; then
  status=0
  # Not on a terminal: there it asks tput, which an unknown TERM makes fail.
  (cd "$installer_folder" && exec timeout -k 5 180 bash dcos_install.sh --preflight-only "$role") \
    </dev/null >"$work/out" 2>"$work/err" || status=$?
  json_file "$work/out" 65536
  text=$REPLY
  json_file "$work/err" 8192
  json preflight status: "$status" text: "$text" error: "$REPLY"
fi

ss -lntup >"$work/sockets" 2>/dev/null || die 'ss does not work; install iproute'
json_file "$work/sockets" 262144
json sockets text: "$REPLY"

# What an earlier installation leaves behind and the preflight does not look at.
for path in /var/lib/dcos /var/lib/mesos; do
  [[ -d $path && -n $(ls -A "$path" 2>/dev/null) ]] && json path path "$path" fault leftover
done
for path in /tmp /opt /var/lib; do
  [[ $(findmnt -n -o OPTIONS -T "$path" 2>/dev/null) =~ (^|,)noexec(,|$) ]] &&
    json path path "$path" fault noexec
done
finish
