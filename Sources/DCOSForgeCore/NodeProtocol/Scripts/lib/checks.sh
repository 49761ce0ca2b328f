# shellcheck shell=bash
# The prerequisites of DC/OS: what each must be. A check starts no process if it can, sets `seen`,
# and returns 0 (right), 1 (not right), or 2 (not as DC/OS wants it, and not ours to change).
#
# Values from the caller: role, packages (name:command), groups, docker_packages, docker_version,
# repository_files, repository_texts, docker_repository.
# shellcheck disable=SC2154

seen=''
surveyed_units=(docker.service firewalld.service iptables.service ip6tables.service
  nftables.service ufw.service dcosforge-install.service dcos-setup.service)
repository_folder=/etc/yum.repos.d
daemon_file=/etc/docker/daemon.json
wanted_modules=(ip_vs_wlc dummy xt_ipvs vxlan)

# survey: asks everything that the checks look at; rpm only about what commands do not show.
survey() {
  local each unknown=("${docker_packages[@]}")
  for each in "${packages[@]}"; do
    have "${each#*:}" || unknown+=("${each%%:*}")
  done
  survey_units "${surveyed_units[@]}"
  survey_packages "${unknown[@]}"
  survey_docker
  look_at_dcos
}

# items ACTION: calls ACTION ITEM CHECK FIX [ARGUMENT] for each prerequisite of the role, in the
# order in which they are put right.
items() {
  local each
  if [[ $role != bootstrap ]]; then
    "$1" leftovers check_leftovers ''
  fi
  [[ $role == bootstrap ]] || "$1" cgroups check_cgroups ''
  "$1" selinux check_selinux fix_selinux
  "$1" firewalld check_firewalld fix_firewalld
  "$1" firewall check_firewall ''
  "$1" repositories check_repositories fix_repositories
  for each in "${packages[@]}"; do
    "$1" "package:${each%%:*}" check_package fix_packages "$each"
  done
  "$1" docker check_docker fix_packages
  "$1" module:overlay check_overlay fix_overlay
  "$1" docker:settings check_docker_settings fix_docker_settings
  "$1" docker:service check_docker_service fix_docker_service
  "$1" disk check_disk ''
  "$1" xfs check_xfs ''
  [[ $role != bootstrap ]] || return 0
  "$1" sysctl:bridge-nf-call-iptables check_bridge fix_bridge
  for each in ${groups[@]+"${groups[@]}"}; do
    "$1" "group:$each" check_group fix_group "$each"
  done
  "$1" locale check_locale fix_locale
  "$1" hostname check_hostname fix_hostname
  "$1" port:53 check_port_53 fix_port_53
  "$1" modules check_modules ''
  "$1" mounts check_mounts ''
  "$1" ipv6 check_ipv6 ''
}

# What an earlier installation left would speak for another cluster: ZooKeeper's server id, the
# address that dcos-net remembers, the agent's identity.
check_leftovers() {
  local path found=()
  seen="DC/OS is $dcos_state${dcos_detail:+: $dcos_detail}"
  [[ $dcos_state != broken ]] || return 1
  [[ $dcos_state == absent ]] || return 0
  for path in /opt/mesosphere /var/lib/dcos /var/lib/mesos/slave; do
    holds_something "$path" && found+=("$path")
  done
  ((${#found[@]} == 0)) && return 0
  seen="an earlier installation left ${found[*]}"
  return 1
}

# Mesos isolates tasks by control groups of version 1: those whose hierarchy is not 0.
check_cgroups() {
  local name hierarchy _ absent=' cpu cpuacct memory '
  while read -r name hierarchy _; do
    [[ $hierarchy == 0 ]] || absent=${absent/ $name / }
  done </proc/cgroups
  seen="version 1"
  [[ $absent == ' ' ]] && return 0
  seen="control groups without version 1 of${absent% }: Mesos cannot isolate tasks"
  return 1
}

check_selinux() {
  local now=Disabled boot=disabled line
  if [[ -r /sys/fs/selinux/enforce ]]; then
    [[ $(</sys/fs/selinux/enforce) == 1 ]] && now=Enforcing || now=Permissive
  elif have getenforce; then
    now=$(getenforce)
  fi
  if [[ -r /etc/selinux/config ]]; then
    while read -r line; do
      [[ $line == SELINUX=* ]] && boot=${line#SELINUX=}
    done </etc/selinux/config
  fi
  seen="$now now, ${boot%%[[:space:]]*} after a reboot"
  if [[ " $(</proc/cmdline) " == *' enforcing=1 '* ]]; then
    seen+=", but the kernel is started with enforcing=1"
    return 1
  fi
  [[ $now != Enforcing && $boot != enforcing* ]]
}

check_firewalld() {
  local unit=firewalld.service
  seen="${unit_active[$unit]:-unknown}, ${unit_file[$unit]:-not enabled}"
  [[ ${unit_load[$unit]} != not-found ]] || seen="not installed"
  ! unit_runs $unit && ! unit_starts $unit
}

# Other tools' rules may be meant: they are named, not removed.
check_firewall() {
  local unit active=()
  for unit in iptables.service ip6tables.service nftables.service ufw.service; do
    unit_runs $unit && active+=("$unit")
  done
  seen="no other firewall"
  ((${#active[@]} == 0)) && return 0
  seen="${active[*]} runs: its rules must let nodes reach each other on every port"
  return 2
}

check_repositories() {
  local index file
  for file in "$repository_folder"/dcosforge-*.repo; do
    [[ -e $file && " ${repository_files[*]-} " != *" ${file##*/} "* ]] || continue
    seen="${file##*/} is no longer configured"
    return 1
  done
  for ((index = 0; index < ${#repository_files[@]}; index++)); do
    file=$repository_folder/${repository_files[index]}
    if [[ ! -r $file || $(<"$file") != "${repository_texts[index]}" ]]; then
      seen="${file##*/} is not as configured"
      return 1
    fi
  done
  seen="${repository_files[*]-}"
  [[ -z $docker_repository ]] && return 0
  # Docker's own repository is needed only as long as Docker is.
  check_docker && seen="the image's own" && return 0
  for file in "$repository_folder"/*.repo; do
    [[ -r $file && $(<"$file") == *download.docker.com* ]] || continue
    seen="Docker's is in ${file##*/}"
    return 0
  done
  seen="none has ${docker_packages[0]}"
  return 1
}

check_package() {
  local name=${1%%:*} command=${1#*:}
  if have "$command"; then
    seen=$(type -P "$command")
  elif [[ -n ${rpm_version[$name]-} ]]; then
    seen=${rpm_version[$name]}
  else
    seen="not installed"
    return 1
  fi
}

# version_matches HAVE: whether a package's version-release is the pinned one.
version_matches() {
  case $1 in
    "$docker_version" | "$docker_version"-* | "$docker_version".ce-*) return 0 ;;
  esac
  return 1
}

check_docker() {
  local name=${docker_packages[0]}
  if [[ -z ${rpm_version[$name]-} ]]; then
    seen="not installed"
    have docker || return 1
    seen=$(docker --version 2>&1)
    [[ $seen == "Docker version $docker_version"[,+]* ]] && return 0
    seen+=", not from the package $name"
    return 1
  fi
  for name in "${docker_packages[@]}"; do
    seen="$name ${rpm_version[$name]-is not installed}"
    version_matches "${rpm_version[$name]-}" || return 1
  done
  seen="${docker_packages[0]} ${rpm_version[${docker_packages[0]}]}"
}

check_overlay() {
  seen="in the kernel"
  [[ $(</proc/filesystems) == *[[:space:]]overlay* ]] && return 0
  seen="not loaded"
  return 1
}

# What the daemon says counts; while it does not run, what it would read.
check_docker_settings() {
  local text
  if [[ -n $docker_server ]]; then
    seen="storage driver $docker_driver"
    [[ $docker_live_restore != true ]] || seen+=", live-restore on"
    [[ $docker_driver == overlay* && $docker_live_restore != true ]]
    return
  fi
  seen="no $daemon_file"
  [[ -r $daemon_file ]] || return 1
  text=$(<"$daemon_file")
  seen="$daemon_file does not set overlay2 without live-restore"
  [[ $text =~ \"storage-driver\"[[:space:]]*:[[:space:]]*\"overlay2?\" ]] || return 1
  [[ ! $text =~ \"live-restore\"[[:space:]]*:[[:space:]]*true ]] || return 1
  seen="overlay2 in $daemon_file"
}

check_docker_service() {
  if [[ -n $docker_fault ]]; then
    seen=$docker_fault
    return 1
  fi
  seen="server $docker_server on $docker_driver"
  [[ $docker_driver == overlay* ]] || return 1
  unit_starts docker.service && return 0
  seen+=", not enabled at boot"
  return 1
}

check_disk() {
  local _ free rest small=''
  while read -r _ _ _ free rest; do
    [[ $free == *[!0-9]* || -z $free ]] && continue
    ((free < 5 << 20)) && small+=" $((free >> 10)) MiB on ${rest##* }"
  done < <(df -Pk /opt /var/lib 2>/dev/null)
  seen="5 GiB or more free"
  [[ -z $small ]] && return 0
  seen="little room: only$small"
  return 2
}

# XFS without ftype cannot carry overlay2; no option changes that on an existing file system.
check_xfs() {
  local mount_point mount_type mount_options info
  mount_of /var/lib/docker
  seen="$mount_type under /var/lib/docker"
  [[ $mount_type == xfs ]] || return 0
  info=$(xfs_info "$mount_point" 2>&1)
  seen="XFS with ftype=1 under /var/lib/docker"
  [[ $info == *ftype=0* ]] || return 0
  seen="XFS with ftype=0 under /var/lib/docker: overlay2 cannot work there; make the image again"
  return 1
}

check_bridge() {
  local file=/proc/sys/net/bridge/bridge-nf-call-iptables
  if [[ ! -r $file ]]; then
    seen="br_netfilter is not loaded"
    kernel_has br_netfilter && return 1
    seen="this kernel has no br_netfilter: virtual addresses may fail in containers"
    return 2
  fi
  seen=$(<$file)
  [[ $seen == 1 ]]
}

check_group() {
  seen="exists"
  [[ $'\n'$(</etc/group) == *$'\n'"$1":* ]] && return 0
  getent group "$1" >/dev/null && return 0
  seen="no such group"
  return 1
}

# locale_works: whether this system has en_US.utf8; bash itself complains if not.
locale_works() {
  [[ -z $( { LC_ALL=en_US.utf8; } 2>&1) ]]
}

# has_line FILE LINE: whether a readable file has the line.
has_line() {
  [[ -r $1 && $'\n'$(<"$1")$'\n' == *$'\n'"$2"$'\n'* ]]
}

check_locale() {
  seen="LANG and LC_ALL are not en_US.utf8"
  if ! locale_works; then
    [[ -r /usr/share/i18n/locales/en_US ]] && return 1
    seen="this system has no en_US.utf8 and cannot make it"
    return 2
  fi
  has_line /etc/locale.conf LANG=en_US.utf8 && has_line /etc/environment LANG=en_US.utf8 &&
    has_line /etc/environment LC_ALL=en_US.utf8 || return 1
  seen="en_US.utf8"
}

check_hostname() {
  local answer
  if answer=$(timeout 5 hostname -f 2>&1) && [[ -n $answer ]]; then
    seen=$answer
    return 0
  fi
  seen="hostname -f: ${answer:-no answer in 5 s}"
  return 1
}

# listens_on_53: whether any socket waits on port 53, TCP or UDP. Starts no process.
listens_on_53() {
  local file local_address state _
  for file in /proc/net/{tcp,tcp6,udp,udp6}; do
    [[ -r $file ]] || continue
    while read -r _ local_address _ state _; do
      case $local_address-$state in
        *:0035-0A | *:0035-07) return 0 ;;
      esac
    done <"$file"
  done
  return 1
}

check_port_53() {
  seen="free"
  if [[ $dcos_state != absent ]]; then
    seen="left to DC/OS"
    return 0
  fi
  listens_on_53 || return 0
  port_53_owners
  seen="taken by ${port_53_names[*]:-an unknown process}"
  return 1
}

# port_53_owners: sets port_53_names and port_53_pids of the processes that listen there.
port_53_owners() {
  local line rest
  port_53_names=() port_53_pids=()
  while IFS= read -r line; do
    rest=$line
    while [[ $rest =~ \(\"([^\"]+)\",pid=([0-9]+) ]]; do
      rest=${rest#*"${BASH_REMATCH[0]}"}
      [[ " ${port_53_pids[*]-} " == *" ${BASH_REMATCH[2]} "* ]] && continue
      port_53_names+=("${BASH_REMATCH[1]}")
      port_53_pids+=("${BASH_REMATCH[2]}")
    done
  done < <(ss -lntup 'sport = :53' 2>/dev/null)
}

# kernel_has MODULE: whether it is loaded, built in, or there to be loaded.
kernel_has() {
  local release file
  [[ -e /sys/module/$1 ]] && return 0
  if [[ -z ${kernel_modules+set} ]]; then
    release=$(</proc/sys/kernel/osrelease)
    kernel_modules=''
    for file in "/lib/modules/$release"/modules.{dep,builtin}; do
      [[ ! -r $file ]] || kernel_modules+=$(<"$file")$'\n'
    done
  fi
  # Plain or compressed (.ko.xz), followed by a colon or a line's end.
  [[ $kernel_modules == *"/$1.ko"[.:$'\n']* ]]
}

check_modules() {
  local module absent=()
  for module in "${wanted_modules[@]}"; do
    kernel_has "$module" || absent+=("$module")
  done
  seen="${wanted_modules[*]}"
  ((${#absent[@]} == 0)) && return 0
  seen="this kernel has no ${absent[*]}: DC/OS's network needs them"
  return 2
}

# mount_of PATH: sets mount_point, mount_type and mount_options of the file system that holds PATH.
mount_of() {
  local _ where type options
  mount_point='' mount_type=unknown mount_options=''
  while read -r _ where type options _; do
    [[ $1/ == "${where%/}"/* && ${#where} -ge ${#mount_point} ]] || continue
    mount_point=$where mount_type=$type mount_options=$options
  done </proc/self/mounts
}

check_mounts() {
  local path mount_point mount_type mount_options barred=()
  for path in /opt /tmp /var/lib/dcos /var/lib/mesos; do
    mount_of $path
    [[ ,$mount_options, == *,noexec,* ]] && barred+=("$path")
  done
  seen="programs may run from /opt, /tmp and /var/lib"
  ((${#barred[@]} == 0)) && return 0
  seen="mounted noexec: ${barred[*]}; DC/OS runs programs there"
  return 2
}

check_ipv6() {
  seen="in the kernel"
  [[ -d /proc/sys/net/ipv6 ]] && return 0
  seen="not in the kernel: set enable_ipv6 to 'false' in the configuration of DC/OS"
  return 2
}
