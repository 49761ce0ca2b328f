# shellcheck shell=bash
# How far DC/OS is installed on this node.

# unit_runs UNIT: whether the unit is active or on its way there or back.
unit_runs() {
  case $(systemctl is-active "$1" 2>/dev/null) in
    active | activating | deactivating | reloading) true ;;
    *) false ;;
  esac
}

# look_at_dcos: sets dcos_state to absent, installing, installed or broken, dcos_roles to the role
# files separated by blanks, dcos_detail to what speaks for the state. Changes nothing.
#
# Set-up removes the marker /opt/mesosphere/bootstrap last, so an active set of packages without the
# marker is a finished installation. Once dcos-setup is enabled, an installation that was torn or
# failed can go on; before that, and with nothing of DC/OS on the disk, it can begin again.
look_at_dcos() {
  local file
  dcos_roles='' dcos_detail='' dcos_state=absent
  for file in /etc/mesosphere/roles/*; do
    [[ -f $file ]] && dcos_roles+="${dcos_roles:+ }${file##*/}"
  done
  if [[ -e /opt/mesosphere/active && ! -e /opt/mesosphere/bootstrap ]]; then
    dcos_state=installed dcos_detail='set-up has finished'
  elif unit_runs dcosforge-install.service || unit_runs dcos-setup.service; then
    dcos_state=installing dcos_detail='the installation is running'
  elif [[ -e /etc/systemd/system/multi-user.target.wants/dcos-setup.service ]]; then
    dcos_state=installing dcos_detail='the installation was interrupted and can go on'
  else
    for file in /opt/mesosphere /etc/systemd/system/dcos.target.wants \
      /etc/systemd/system/dcos.target; do
      [[ -d $file && -n $(ls -A "$file" 2>/dev/null) ]] || continue
      dcos_state=broken
      dcos_detail+="${dcos_detail:+, }$file"
    done
    [[ $dcos_state == absent ]] || dcos_detail="left over: $dcos_detail"
  fi
}
