# The embedded hypervisor: a libvirtd in its own network, mount and process namespaces.
# Sourced by `lab`.
# shellcheck shell=bash

LAB_URI='qemu+unix:///system?socket=/run/libvirt/libvirt-sock'

# Start time of a process in clock ticks since boot: with the pid it names one process for ever.
process_start_time() {
  local line
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  line=${line##*) }
  cut -d ' ' -f 20 <<<"$line"
}

# Prints the pid of the namespaces' first process if the hypervisor runs, else fails.
hypervisor_pid() {
  local pid started
  read -r pid started 2>/dev/null <"$LAB_STATE/run/init.pid" || return 1
  [ "$(process_start_time "$pid")" = "$started" ] && printf '%s\n' "$pid"
}

hypervisor_configure() {
  mkdir -p "$LAB_STATE"/{etc/qemu,lib,log/qemu,cache,run}
  : >"$LAB_MARKER"
  # Root throughout: images may lie in folders that no other user can enter. No control
  # groups and no separate log daemon: nothing may outlive the namespaces.
  cat >"$LAB_STATE/etc/qemu.conf" <<'CONF'
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
CONF
  cat >"$LAB_STATE/etc/libvirtd.conf" <<'CONF'
unix_sock_group = "root"
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
host_uuid_source = "machine-id"
log_outputs = "2:file:/var/log/libvirt/libvirtd.log"
CONF
  : >"$LAB_STATE/etc/libvirt.conf"
}

hypervisor_start() {
  local pid
  if pid=$(hypervisor_pid); then
    return 0
  fi
  hypervisor_configure
  rm -f "$LAB_STATE"/run/{init.pid,ready}
  say "starting the private libvirtd (state in $LAB_STATE)"
  setsid unshare --net --mount --pid --ipc --fork --kill-child --propagation slave \
    "$LAB_SOURCE/lib/namespace-init" "$LAB_STATE" \
    </dev/null >"$LAB_STATE/log/init.log" 2>&1 8>&- 9>&- &
  local tries=0
  until [ -e "$LAB_STATE/run/ready" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || { [ "$tries" -gt 20 ] && ! hypervisor_pid >/dev/null; }; then
      cat "$LAB_STATE/log/init.log" >&2
      die "libvirtd did not start; see $LAB_STATE/log"
    fi
    sleep 0.1
  done
}

# Kills the namespaces' first process; the kernel then kills every process in them, and with the
# last one the namespaces, their interfaces and their mounts go.
hypervisor_stop() {
  local pid tries=0
  pid=$(hypervisor_pid) || return 0
  kill -KILL "$pid"
  while hypervisor_pid >/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -le 300 ] || die "process $pid does not end"
    sleep 0.1
  done
}

# Runs a command inside the namespaces, in the caller's folder, with the product's variables.
# The command ends when the caller does: the death signal passes what nsenter does not forward.
hypervisor_run() {
  local pid
  pid=$(hypervisor_pid) || die "the hypervisor is not running; 'lab start' starts it"
  # shellcheck disable=SC2016
  exec env LIBVIRT_DEFAULT_URI="$LAB_URI" DCOSFORGE_LAB_URI="$LAB_URI" \
    nsenter --target "$pid" --net --mount --pid --ipc \
    setpriv --pdeathsig TERM bash -c 'cd "$0" && exec "$@"' "$PWD" "$@"
}
