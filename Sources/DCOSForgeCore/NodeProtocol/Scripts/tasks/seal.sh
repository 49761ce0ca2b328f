# shellcheck shell=bash
# shellcheck disable=SC2154
# Takes from the node's disk what is this machine's own, so that each disk made over it boots for
# the first time, then powers the machine off.

# erase PATH...: removes files and folders. Their content is overwritten first: host keys, and the
# seed with them in cloud-init's folders, would show through in the free blocks of every disk that
# is made over this one.
erase() {
  local path
  for path; do
    [[ -e $path || -L $path ]] || continue
    [[ -L $path ]] || find "$path" -xdev -type f -exec shred -n 1 -- {} + ||
      die "cannot overwrite $path"
    rm -rf -- "$path" || die "cannot remove $path"
  done
}

# The first boot writes these again, under its own address.
forget_network() {
  local file
  for file in /etc/sysconfig/network-scripts/ifcfg-* /etc/network/interfaces.d/* /etc/netplan/* \
    /etc/systemd/network/* /etc/NetworkManager/system-connections/*; do
    if [[ $file == *cloud-init* ]] || grep -qs 'Created by cloud-init' "$file"; then
      rm -f -- "$file"
    fi
  done
  rm -f /etc/udev/rules.d/70-persistent-net.rules /var/lib/dhclient/*.lease*
}

look_at_dcos
[[ $dcos_state == absent ]] ||
  die "DC/OS is $dcos_state here, such a disk is for one node only: $dcos_detail"

erase /etc/ssh/ssh_host_* /var/lib/cloud/{data,handlers,instance,instances,sem}
forget_network
# Stopped, it does not write the seed again when the machine goes down.
systemctl stop systemd-random-seed.service >&2
rm -f /var/lib/systemd/random-seed /etc/docker/key.json /var/lib/docker/engine-id
rm -rf -- /var/log/cloud-init*.log /var/log/journal/* "$state_folder"
# Empty, not absent: systemd then takes the id from the domain's UUID, and asks nothing. It would
# prefer that of D-Bus.
: >/etc/machine-id || die "cannot empty /etc/machine-id"
[[ -L /var/lib/dbus/machine-id ]] || rm -f /var/lib/dbus/machine-id
sync
# A moment later, so that this answer gets through.
systemd-run --unit=dcosforge-poweroff /bin/bash -c 'sleep 2; exec systemctl poweroff' >&2 ||
  die "cannot power off"
finish
