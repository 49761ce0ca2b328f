# shellcheck shell=bash
# Brings the prerequisites: each is checked, put right, and checked again. One JSON line per item.
#
# Besides the values that checks.sh names: replaces_repositories (1 or 0).
# shellcheck disable=SC2154

log_folder=$state_folder/log
yum_log=$log_folder/yum.log
transaction_done='' transaction_problem='' problem='' spoilt=''
# What each item was that the one transaction of packages was to put right.
declare -A installed_now
# How long another yum may hold the lock, and the pauses between tries of our own, in seconds.
lock_patience=300
yum_pauses=(5 15)

# ensure ITEM CHECK FIX [ARGUMENT]: checks one item, fixes it where needed, prints the result.
ensure() {
  local state before seen
  "$2" "${4-}"
  case $? in
    0)
      state=satisfied
      before=${installed_now[$1]-}
      [[ -z $before ]] || state=fixed seen+=" (was: $before)"
      ;;
    2) state=noted ;;
    *)
      if [[ -z $3 ]]; then
        state=failed
      elif [[ -n $spoilt ]]; then
        state=missing
      else
        before=$seen problem=''
        "$3" "${4-}"
        "$2" "${4-}"
        case $? in
          0) state=fixed seen+=" (was: $before)" ;;
          2) state=noted ;;
          *) state=failed seen+=${problem:+; $problem} ;;
        esac
      fi
      ;;
  esac
  json item item "$1" state $state detail "$seen"
}

# quietly COMMAND...: runs a fix's command; its output becomes `problem` if it fails.
quietly() {
  local output REPLY
  printf '+ %s\n' "$*" >&2
  output=$("$@" 2>&1) && return 0
  end_of "$output"
  problem="${1##*/} failed: $REPLY"
  printf '%s\n' "$output" >&2
  return 1
}

# untouched_by_dcos: whether what would disturb DC/OS may be done; says why not.
untouched_by_dcos() {
  [[ $dcos_state == absent ]] && return 0
  problem="not changed, because DC/OS is $dcos_state here"
  return 1
}

# replace_file FILE TEXT: writes a file whole or not at all; keeps its mode and what it links to.
replace_file() {
  local file=$1 new
  [[ ! -L $file ]] || file=$(readlink -f "$file")
  mkdir -p "${file%/*}" && new=$(mktemp "$file.XXXXXX") || return
  if [[ -e $file ]]; then
    cp -a "$file" "$new"
  else
    chmod 644 "$new"
  fi
  if printf '%s\n' "$2" >"$new" && mv -f "$new" "$file"; then
    return 0
  fi
  problem="cannot write $file"
  rm -f "$new"
  return 1
}

# set_line FILE NAME VALUE: makes NAME=VALUE the one line of that name; keeps all others.
set_line() {
  local line text=''
  if [[ -r $1 ]]; then
    while IFS= read -r line || [[ -n $line ]]; do
      [[ $line == "$2="* ]] || text+=$line$'\n'
    done <"$1"
  fi
  replace_file "$1" "$text$2=$3"
}

fix_selinux() {
  if have setenforce && [[ $(getenforce) == Enforcing ]]; then
    quietly setenforce 0
  elif [[ -w /sys/fs/selinux/enforce ]]; then
    printf 0 >/sys/fs/selinux/enforce
  fi
  if [[ -e /etc/selinux/config ]]; then
    set_line /etc/selinux/config SELINUX permissive
  fi
}

fix_firewalld() {
  quietly systemctl stop firewalld.service
  quietly systemctl disable firewalld.service
  # Its end takes Docker's own rules along.
  if unit_runs docker.service && [[ $dcos_state == absent ]]; then
    quietly systemctl restart docker.service
  fi
  survey_units "${surveyed_units[@]}"
}

fix_repositories() {
  local index file
  for file in "$repository_folder"/dcosforge-*.repo; do
    [[ -e $file && " ${repository_files[*]-} " != *" ${file##*/} "* ]] && quietly rm -f "$file"
  done
  for ((index = 0; index < ${#repository_files[@]}; index++)); do
    replace_file "$repository_folder/${repository_files[index]}" "${repository_texts[index]}" ||
      return
  done
  if [[ -n $docker_repository ]] && ! check_repositories; then
    replace_file "$repository_folder/docker-ce.repo" "$docker_repository"
  fi
}

# run_yum ARGUMENT...: runs yum once nobody else does; REPLY gets the end of its output. It is cut
# off from this script's signals and channels, because a torn transaction is worse than a late
# answer.
run_yum() {
  local options=(-y --setopt=exit_on_lock=1) status deadline=$((SECONDS + lock_patience))
  if ((replaces_repositories)); then
    options+=('--disablerepo=*' '--enablerepo=dcosforge-*')
  fi
  printf '+ yum %s %s\n' "${options[*]}" "$*" >&2
  while :; do
    (
      trap '' HUP INT TERM PIPE
      exec setsid yum "${options[@]}" "$@"
    ) </dev/null >"$yum_log" 2>&1 9>&-
    status=$?
    # 200: another yum or dnf holds the lock.
    ((status == 200 && SECONDS < deadline)) || break
    sleep 5
  done
  cat "$yum_log" >&2
  tail_of "$yum_log" 600
  return $status
}

# fix_packages: one transaction for all that is missing, tried again when mirrors fail.
fix_packages() {
  local try
  if [[ -z $transaction_done ]]; then
    transaction_done=yes
    for ((try = 0; try <= ${#yum_pauses[@]}; try++)); do
      if ((try > 0)); then
        sleep "${yum_pauses[try - 1]}"
        run_yum clean expire-cache
      fi
      transaction
      plan_transaction
      ((${#wanted[@]} + ${#older[@]} > 0)) || break
    done
  fi
  problem=$transaction_problem
}

# plan_transaction: sets wanted to the packages to install, older to those to put back.
plan_transaction() {
  local each
  wanted=() older=()
  for each in "${packages[@]}"; do
    check_package "$each" && continue
    wanted+=("${each%%:*}")
    installed_now[package:${each%%:*}]=$seen
  done
  check_docker && return
  : "${installed_now[docker]:=$seen}"
  plan_docker
}

# plan_docker: the pinned Docker, unless DC/OS runs on the one that is there.
plan_docker() {
  local name present newest
  present=${rpm_version[${docker_packages[0]}]-}
  if [[ -n $present ]] && ! untouched_by_dcos; then
    transaction_problem=$problem
    return
  fi
  newest=$(printf '%s\n' "${present%-*}" "$docker_version" | sort -V | tail -n 1)
  for name in "${docker_packages[@]}"; do
    if [[ -n $present && $newest != "$docker_version" ]]; then
      older+=("$name-$docker_version")
    else
      wanted+=("$name-$docker_version")
    fi
  done
}

# transaction: installs what is missing, if anything is.
transaction() {
  plan_transaction
  ((${#wanted[@]} + ${#older[@]} > 0)) || return 0
  transaction_problem=''
  if ((${#older[@]} > 0)) && ! run_yum downgrade "${older[@]}"; then
    transaction_problem="yum failed: $REPLY"
  fi
  if ((${#wanted[@]} > 0)) && ! run_yum install "${wanted[@]}"; then
    transaction_problem="yum failed: $REPLY"
  fi
  survey
}

fix_overlay() {
  quietly modprobe overlay && replace_file /etc/modules-load.d/dcosforge-overlay.conf overlay
}

# fix_docker_settings: our two keys into daemon.json; the operator's others stay. yum needs Python,
# so there is one wherever this runs.
fix_docker_settings() {
  local python merged
  untouched_by_dcos || return
  if [[ ! -s $daemon_file ]]; then
    merged='{
  "live-restore": false,
  "storage-driver": "overlay2"
}'
  else
    for python in python3 python2 python /usr/libexec/platform-python; do
      have "$python" && break
    done
    merged=$("$python" - "$daemon_file" 2>&1 <<'PYTHON'
import json, sys
with open(sys.argv[1]) as file:
    settings = json.load(file)
if not str(settings.get("storage-driver")).startswith("overlay"):
    settings["storage-driver"] = "overlay2"
settings["live-restore"] = False
print(json.dumps(settings, indent=2, sort_keys=True))
PYTHON
    ) || {
      problem="cannot read $daemon_file: ${merged##*$'\n'}"
      return 1
    }
    [[ -e $daemon_file.before-dcosforge ]] ||
      quietly cp -a "$daemon_file" "$daemon_file.before-dcosforge"
  fi
  replace_file "$daemon_file" "$merged" || return
  if unit_runs docker.service; then
    restart_docker
  fi
}

restart_docker() {
  systemctl reset-failed docker.service 2>/dev/null
  if ! quietly systemctl restart docker.service; then
    problem=$(journalctl -u docker.service -n 4 --no-pager -o cat 2>/dev/null | tail -c 400)
  fi
  survey_units "${surveyed_units[@]}"
  survey_docker
}

fix_docker_service() {
  quietly systemctl enable docker.service
  if [[ -n $docker_fault ]] && untouched_by_dcos; then
    restart_docker
  else
    survey_units "${surveyed_units[@]}"
  fi
}

fix_bridge() {
  [[ -d /proc/sys/net/bridge ]] || quietly modprobe br_netfilter || return
  replace_file /etc/modules-load.d/dcosforge-bridge.conf br_netfilter
  replace_file /etc/sysctl.d/99-dcosforge.conf 'net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1'
  printf 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
  printf 1 >/proc/sys/net/bridge/bridge-nf-call-ip6tables
}

fix_group() {
  quietly groupadd "$1"
}

fix_locale() {
  locale_works || quietly localedef -i en_US -f UTF-8 en_US.UTF-8 || return
  set_line /etc/locale.conf LANG en_US.utf8
  set_line /etc/environment LANG en_US.utf8
  set_line /etc/environment LC_ALL en_US.utf8
}

# fix_hostname: the node's own name and first address into /etc/hosts.
fix_hostname() {
  local name address
  name=$(</proc/sys/kernel/hostname)
  address=$(ip -4 -o address show scope global 2>/dev/null | awk 'NR == 1 { print $4 }')
  if [[ -z $address ]]; then
    problem="this node has no address"
    return 1
  fi
  [[ $name != *.* ]] || name+=" ${name%%.*}"
  replace_file /etc/hosts "$(</etc/hosts)"$'\n'"${address%/*} $name"
}

# fix_port_53: stops the name servers that are known to start by themselves, and no other.
fix_port_53() {
  local pid unit
  for pid in ${port_53_pids[@]+"${port_53_pids[@]}"}; do
    unit=$(sed -n 's|^[^/]*/.*/\([^/]*\.service\).*|\1|p' "/proc/$pid/cgroup" 2>/dev/null |
      head -n 1)
    case $unit in
      dnsmasq.service | named.service | named-chroot.service | bind9.service | unbound.service)
        quietly systemctl stop "$unit" && quietly systemctl disable "$unit"
        ;;
      systemd-resolved.service)
        replace_file /etc/systemd/resolved.conf.d/dcosforge.conf $'[Resolve]\nDNSStubListener=no'
        quietly systemctl restart systemd-resolved.service
        if [[ $(readlink /etc/resolv.conf) == *stub-resolv.conf ]]; then
          quietly ln -sfn /run/systemd/resolve/resolv.conf /etc/resolv.conf
        fi
        ;;
      NetworkManager.service)
        replace_file /etc/NetworkManager/conf.d/90-dcosforge.conf $'[main]\ndns=default'
        quietly systemctl restart NetworkManager.service
        ;;
      *)
        problem="stop ${port_53_names[*]} (${unit:-process $pid}) yourself: DC/OS needs the port"
        ;;
    esac
  done
}

main() {
  mkdir -p "$log_folder" || die "cannot make $log_folder"
  # After a lost connection the one before may still be at work.
  exec 9>"$state_folder/prepare.lock" || die "cannot write to $state_folder"
  flock -w "$lock_patience" 9 || die "another preparation of this node has not ended"
  survey
  # A node that must be wiped is not worked on.
  [[ $role == bootstrap ]] || check_leftovers || spoilt=yes
  items ensure
  finish
}

main
