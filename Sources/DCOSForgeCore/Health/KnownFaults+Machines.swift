import ForgeDCOS

/// Machines, the way in, and nodes under DC/OS.
extension KnownFaults {
  static let machines: [KnownFault] = [
    KnownFault(
      "machine-gone", "the node's domain does not exist",
      signs: [.init(.health(.machine), "the domain is gone")],
      cause: "somebody undefined the domain, or it was never made",
      fix: "`dcosforge up` makes it again; an installed master or agent comes back as a new node",
      command: "dcosforge plan", source: "libvirt: virDomainUndefine"),
    KnownFault(
      "machine-paused", "the node's domain is paused",
      signs: [.init(.health(.machine), "the domain is paused")],
      cause:
        "it was suspended by hand, or QEMU stopped it at a write error: "
        + "mostly a full disk of the host",
      fix: "make room on the hypervisor's host, then resume it: `dcosforge up`",
      command: "virsh domblkerror NODE", source: "libvirt: VIR_DOMAIN_PAUSED_IOERROR"),
    KnownFault(
      "machine-crashed", "the node's domain crashed",
      signs: [.init(.health(.machine), "the domain is crashed")],
      cause: "the guest's kernel or QEMU itself died, often for want of memory on the host",
      fix: "read the console, then `dcosforge up`, which starts it again",
      command: "dcosforge logs --bundle evidence.tar.gz NODE",
      source: "libvirt: VIR_DOMAIN_SHUTOFF_CRASHED"),
    KnownFault(
      "machine-off", "the node's machine does not run",
      signs: [.init(.health(.machine), "the domain is shutoff")],
      cause: "it was powered off, from inside or by hand, or its host restarted",
      fix: "`dcosforge up` starts it; what is installed on it comes back by itself",
      command: "dcosforge up", source: "libvirt: VIR_DOMAIN_SHUTOFF"),
    KnownFault(
      "machine-foreign", "something else has the node's place",
      signs: [
        .init(.health(.machine), "a domain without our mark has its place"),
        .init(.error, "a domain that is not ours has its name", "the name is taken"),
      ],
      cause: "an object of that name exists on the hypervisor and was not made by this cluster",
      fix:
        "rename or remove it yourself, or give the cluster another name: "
        + "nothing unmarked is touched",
      command: "virsh list --all", source: "the rule: no mark, no write"),
    KnownFault(
      "address-elsewhere", "the machine is not where it was planned",
      signs: [.init(.health(.address), "the machine is at")],
      cause:
        "the guest's network settings were changed, or it got another lease: dcos-net, ZooKeeper "
        + "and Exhibitor know it by the planned address only",
      fix: "put the planned address back on its console, or give the node a new disk: "
        + "`dcosforge wipe NODE`, then `up`",
      command: "virsh console NODE", source: "dcos-net refuses a changed address"),
    KnownFault(
      "detect-ip-fails", "detect_ip does not work on the node",
      signs: [.init(.health(.address), "detect_ip fails", "detect_ip did not end")],
      cause:
        "the script needs a program, a route or a name that is not there now; every unit of DC/OS "
        + "runs it at each start",
      fix: "see what it says; a script that only asks the kernel for a route needs nothing else",
      command: "dcosforge exec --node NODE -- /opt/mesosphere/bin/detect_ip",
      source: "DC/OS documentation issue 241, dcos/dcos pull requests 3209, 3235"),
    KnownFault(
      "detect-ip-wrong", "detect_ip gives another address than planned",
      signs: [
        .init(.health(.address), "detect_ip gives", "no interface has"),
        .init(.journal(.dnsForwarder), "Bad detect_ip", "is not a valid IPv4 address"),
        .init(.journal(.exhibitor), "is not a valid IPv4 address"),
        .init(.error, "ip-detect does not give the planned address"),
      ],
      cause:
        "a second interface or another default route makes it choose differently, "
        + "or it prints more than one address",
      fix:
        "choose by the route towards a fixed address, such as the first master's; the script is "
        + "part of the installation: changing it means wiping all nodes",
      command: "dcosforge exec --all -- /opt/mesosphere/bin/detect_ip",
      source: "DC/OS documentation issue 241, dcos/dcos pull requests 3209, 3235"),
    KnownFault(
      "exhibitor-other-address", "Exhibitor has other masters in its list",
      signs: [.init(.health(.address), "Exhibitor lists")],
      cause: "master_list at installation named other addresses than the cluster file does now",
      fix:
        "a changed master_list needs the cluster from scratch: `dcosforge wipe --all`, then `up`",
      command: "dcosforge exec --role master -- curl -s http://NODE:8181/exhibitor/v1/cluster/list",
      source: "DC/OS: master_list cannot be changed after installation"),
    KnownFault(
      "host-key-changed", "the node shows another host key than planned",
      signs: [
        .init(.health(.ssh), "is not the planned one"),
        .init(.error, "the host key…is not the planned one"),
      ],
      cause:
        "another machine has the address, the node's keys were made again, "
        + "or somebody is in between",
      fix:
        "find out which before going on; a node whose keys were lost gets a new disk by `dcosforge "
        + "wipe NODE`",
      command: "ssh-keyscan -t ed25519 NODE", source: "ssh_config(5): StrictHostKeyChecking"),
    KnownFault(
      "login-refused", "the node refuses the cluster's key",
      signs: [.init(.health(.ssh), "the login as"), .init(.error, "the login as…is refused")],
      cause: "cloud-init has not put the key in, or authorized_keys was changed on the node",
      fix: "put the cluster's public key back through the console",
      command: "virsh console NODE", source: "cloud-init: ssh_authorized_keys"),
    KnownFault(
      "sshd-stopped", "nothing answers for SSH on a node that is up",
      signs: [.init(.health(.ssh), "no connection to…refused")],
      cause:
        "sshd does not run or listens elsewhere; the node itself sends the refusal, so it is up",
      fix: "start sshd on the node's console; DC/OS itself does not need it",
      command: "virsh console NODE", source: "RFC 9293: a reset answers a closed port"),
    KnownFault(
      "not-ssh", "something else listens where sshd should",
      signs: [.init(.health(.ssh), "does not speak SSH"), .init(.error, "does not speak SSH")],
      cause: "ssh.port names another service's port, or another machine has the address",
      fix: "correct ssh.port in the cluster file", source: "RFC 4253 section 4.2"),
    KnownFault(
      "ssh-algorithms", "the node's sshd speaks only what the tool does not",
      signs: [
        .init(.health(.ssh), "no common algorithms"), .init(.error, "no common algorithms"),
      ],
      cause: "an old or hardened sshd offers no algorithm that libssh2 knows",
      fix: "allow one of those named in the error in the image's sshd_config",
      source: "libssh2's list of algorithms"),
    KnownFault(
      "node-silent", "the node does not answer at all",
      signs: [
        .init(
          .health(.ssh), "no SSH connection to", "no connection to", "no sign of life",
          "was lost"), .init(.error, "no login with the planned host key within"),
      ],
      cause: "it hangs or is overloaded, its network is down, or a firewall swallows packets",
      fix: "look at its console; a node that hangs is restarted with virsh reset",
      command: "virsh console NODE", source: "OpenSSH behaviour under load"),
  ]

  static let nodes: [KnownFault] = [
    KnownFault(
      "cgroup-v2", "the node has control groups of version 2 only",
      signs: [
        .init(
          .error, "control groups without version 1", "Devices cgroup isn't mounted",
          "Failed to mount cgroups hierarchy"),
        .init(.journal(.mesosAgent), "Failed to mount cgroups hierarchy"),
        .init(.journal(.docker), "Devices cgroup isn't mounted"),
      ],
      cause:
        "the image is newer than DC/OS: Mesos 1.5 to 1.10 and Docker before 20.10 know version 1 "
        + "only, and the kernel gives a controller to one version",
      fix:
        "start the kernel with systemd.unified_cgroup_hierarchy=0, from systemd 256 on with "
        + "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 too; systemd 258 has no version 1 any more",
      command: "dcosforge exec --node NODE -- cat /proc/cgroups",
      source: "Mesos: src/linux/cgroups.cpp; systemd(1): systemd.unified_cgroup_hierarchy"),
    KnownFault(
      "clock-apart", "the node's clock is not that of the others",
      signs: [.init(.health(.clock), "ahead of the other nodes", "behind the other nodes")],
      cause: "it was set by hand, or ran free while nothing disciplined it",
      fix: "step it: `chronyc makestep`, and see that chronyd runs",
      command: "dcosforge exec --node NODE -- chronyc makestep",
      source: "dcos/dcos pull request 3594; acs-engine issue 565"),
    KnownFault(
      "clock-unsynchronised", "the kernel does not count the clock as synchronised",
      signs: [
        .init(.health(.clock), "not synchronised"),
        .init(.error, "its clock was not synchronised within"),
        .init(.journal(.dnsForwarder), "Time is not synchronized", "marked as bad"),
        .init(.journal(.exhibitor), "Time is not synchronized", "marked as bad"),
        .init(.health(.nodeChecks), "clock_sync"),
      ],
      cause:
        "no NTP server is reached, or chronyd does not run; DC/OS units refuse to start then, and "
        + "an Exhibitor that started before may never join (before 1.12)",
      fix:
        "start chronyd and see that it has a source; `time.servers` in the cluster file names them",
      command: "dcosforge exec --node NODE -- chronyc sources",
      source: "mesos-dns issue 482; DC/OS check-time"),
    KnownFault(
      "clock-inaccurate", "the clock is synchronised too badly for DC/OS",
      signs: [.init(.health(.clock), "too inaccurate")],
      cause:
        "the estimated error is over 100 ms: a far or loaded server, or a machine that was paused",
      fix: "name a nearer server in `time.servers`, or wait if it has just been resumed",
      command: "dcosforge exec --node NODE -- chronyc tracking",
      source: "DC/OS check-time: 100 ms"),
    KnownFault(
      "inodes-gone", "a file system has no inodes left",
      signs: [.init(.health(.disk), "% of its inodes left")],
      cause: "very many small files, mostly Docker layers or Mesos sandboxes",
      fix: "remove what is not needed: `docker system prune` keeps what runs",
      command: "dcosforge exec --node NODE -- df -i", source: "statfs(2)"),
    KnownFault(
      "disk-full", "a file system is full",
      signs: [
        .init(.health(.disk), "% of its room left"),
        .init(.journal(.exhibitor), "No space left on device"),
        .init(.journal(.mesosMaster), "No space left on device"),
        .init(.journal(.mesosAgent), "No space left on device"),
        .init(.journal(.docker), "no space left on device"),
        .init(.error, "No space left on device"),
      ],
      cause:
        "logs, images or sandboxes took all room; ZooKeeper and the replicated log stop at a write "
        + "that fails",
      fix:
        "make room, then restart what failed: `docker system prune`, "
        + "`journalctl --vacuum-size=200M`",
      command: "dcosforge exec --node NODE -- du -xh --max-depth=2 /var", source: "write(2): ENOSPC"
    ),
    KnownFault(
      "mount-hangs", "a mounted file system does not answer",
      signs: [.init(.health(.disk), "a mounted file system may hang")],
      cause: "a network file system lost its server; whatever touches it waits for ever",
      fix: "bring its server back, or unmount it with umount -l",
      command: "dcosforge exec --node NODE -- cat /proc/mounts", source: "nfs(5): hard mounts"),
    KnownFault(
      "docker-stopped", "Docker does not run",
      signs: [
        .init(.health(.docker), "docker.service is inactive", "docker.service is not-found"),
        .init(.error, "Docker is not running", "docker:service"),
      ],
      cause:
        "it was stopped by hand or is not installed; tasks of the Docker containerizer cannot "
        + "start",
      fix: "start and enable it: `dcosforge up` does both",
      command: "dcosforge exec --node NODE -- systemctl enable --now docker",
      source: "DC/OS requires Docker on every node"),
    KnownFault(
      "docker-fails", "Docker does not start",
      signs: [
        .init(
          .health(.docker), "docker.service is failed", "docker.service keeps failing",
          "docker.service is activating")
      ],
      cause: "its settings, its storage or containerd are broken",
      fix: "the journal names it; overlay2 on XFS needs ftype=1",
      command: "dcosforge logs NODE --component docker",
      source: "dcos/dcos pull requests 2768, 2822"),
    KnownFault(
      "docker-stuck", "Docker runs and does not answer",
      signs: [.init(.health(.docker), "the daemon does not answer a ping")],
      cause: "the daemon is deadlocked or starved, or containerd is gone",
      fix: "restart it; containers with live-restore off end with it",
      command: "dcosforge exec --node NODE -- systemctl restart docker",
      source: "Docker Engine API: /_ping"),
    KnownFault(
      "docker-chains-gone", "Docker's packet filter chains are gone",
      signs: [.init(.health(.firewall), "its chains are gone")],
      cause:
        "something flushed or reloaded the rules after Docker started: "
        + "firewalld or iptables-restore",
      fix: "restart Docker, which makes them again",
      command: "dcosforge exec --node NODE -- iptables -S", source: "Docker and iptables"),
    KnownFault(
      "firewalld-on", "firewalld runs",
      signs: [.init(.health(.firewall), "firewalld runs"), .init(.error, "firewalld: ")],
      cause:
        "DC/OS needs every port between nodes; firewalld closes them and rewrites Docker's rules",
      fix: "stop and disable it: `dcosforge up` does",
      command: "dcosforge exec --node NODE -- systemctl disable --now firewalld",
      source: "the founding installation; DC/OS system requirements"),
    KnownFault(
      "filter-rule", "a rule of the packet filter drops DC/OS's traffic",
      signs: [.init(.health(.firewall), "rule `")],
      cause: "somebody or some tool added it; between masters ZooKeeper needs 2181, 2888 and 3888",
      fix: "delete the rule, and find out what added it, or it comes back",
      command: "dcosforge exec --node NODE -- iptables -S", source: "DC/OS ports"),
    KnownFault(
      "ports-silent", "a master's ZooKeeper ports cannot be reached from another",
      signs: [
        .init(.health(.firewall), "nothing comes back from"),
        .init(.error, "the ZooKeeper quorum was not proved…not reached on port 2181"),
      ],
      cause:
        "a firewall between the nodes swallows packets: on the other node, the hypervisor's host, "
        + "or a network filter",
      fix: "open TCP 2181, 2888 and 3888 between all masters",
      command: "dcosforge exec --role master -- iptables -S",
      source: "ZooKeeper administrator's guide"),
  ]
}
