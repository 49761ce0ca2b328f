import ForgeDCOS

/// DC/OS's own parts, and building a cluster.
extension KnownFaults {
  static let services: [KnownFault] = [
    KnownFault(
      "two-zookeeper-leaders", "two masters claim to lead the ensemble",
      signs: [.init(.health(.exhibitor), "more than one ZooKeeper leads")],
      cause:
        "an election is under way, or masters were installed with different master_list values",
      fix:
        "look again; if it stays, compare Exhibitor's lists: "
        + "a mixed ensemble is only repaired from scratch",
      command: "dcosforge status --watch", source: "ZooKeeper: one leader per quorum"),
    KnownFault(
      "no-zookeeper-leader", "no master leads the ensemble",
      signs: [
        .init(.health(.exhibitor), "no ZooKeeper leads", "running without a quorum", "not serving")
      ],
      cause:
        "too few servers reach each other; up to 2.0 masters also wait until all of them serve",
      fix: "bring the other masters back, then see that 2888 and 3888 are open between them",
      command: "dcosforge logs --component exhibitor",
      source: "dcos/dcos packages/bootstrap: exhibitor.py"),
    KnownFault(
      "exhibitor-memory", "Exhibitor or ZooKeeper has no memory",
      signs: [
        .init(.journal(.exhibitor), "OutOfMemoryError", "Cannot allocate memory", "oom-kill")
      ],
      cause: "the machine is too small: 8 GiB are advised",
      fix: "give it more: `machines` in the cluster file; the node must be wiped for it",
      command: "dcosforge exec --node NODE -- free -m", source: "the founding installation: 8 GiB"),
    KnownFault(
      "exhibitor-noexec", "Exhibitor may not run code from /tmp",
      signs: [
        .init(
          .journal(.exhibitor), "UnsatisfiedLinkError", "failed to map segment from shared object"),
        .init(.error, "mount of…noexec", "mounted noexec"),
      ],
      cause: "its Java library unpacks native code under /tmp, which is mounted noexec",
      fix: "mount /tmp and /opt without noexec",
      command: "dcosforge exec --node NODE -- findmnt /tmp",
      source: "JNA: jna.tmpdir"),
    KnownFault(
      "address-changed", "dcos-net refuses the node's new address",
      signs: [.init(.journal(.dnsForwarder), "IP address was changed")],
      cause: "the node once had another address; dcos-net remembers it",
      fix: "put the old address back, or give the node a new disk: `dcosforge wipe NODE`",
      command: "dcosforge logs NODE --component dns-forwarder", source: "dcos/dcos-net"),
    KnownFault(
      "exhibitor-down", "Exhibitor or ZooKeeper does not run on a master",
      signs: [
        .init(
          .health(.exhibitor), "dcos-exhibitor.service is", "dcos-exhibitor.service keeps failing",
          "not reached on port 2181", "/exhibitor/v1/cluster/status"),
        .init(.health(.exhibitor), "Exhibitor says down"),
      ],
      cause:
        "the unit was stopped or fails; with one of three masters gone the ensemble goes on, "
        + "with two it does not",
      fix: "start it, and read its journal if it does not stay up",
      command: "dcosforge exec --node NODE -- systemctl restart dcos-exhibitor",
      source: "DC/OS troubleshooting: Exhibitor first"),
    KnownFault(
      "replicated-log", "the Mesos master's replicated log is not recovered",
      signs: [.init(.health(.mesosMaster), "the replicated log is not recovered")],
      cause: "the master has not caught up with a majority of the others",
      fix: "wait a minute; if it stays, look at the other masters first",
      command: "dcosforge logs NODE --component mesos-master",
      source: "dcos-checks: mesos_master_replog_synchronized"),
    KnownFault(
      "no-mesos-leader", "no Mesos master is elected",
      signs: [
        .init(.health(.mesosMaster), "no Mesos master is elected", "more than one Mesos master")
      ],
      cause: "the masters do not reach ZooKeeper, or an election is under way",
      fix: "see that ZooKeeper has a quorum; then restart the masters one by one",
      command: "dcosforge logs --component mesos-master", source: "Mesos: leader election"),
    KnownFault(
      "mesos-master-down", "the Mesos master does not run",
      signs: [.init(.health(.mesosMaster), "dcos-mesos-master.service", "/metrics/snapshot")],
      cause: "the unit was stopped or fails; another master takes the lead",
      fix: "start it, and read its journal if it does not stay up",
      command: "dcosforge exec --node NODE -- systemctl restart dcos-mesos-master",
      source: "DC/OS troubleshooting: Mesos master second"),
    KnownFault(
      "mesos-dns-no-leader", "Mesos-DNS does not know the leader",
      signs: [.init(.health(.mesosDNS), "leader.mesos is not known")],
      cause: "it has not read the masters' state yet, or cannot reach ZooKeeper",
      fix: "see that a Mesos master is elected; restart it if it stays",
      command: "dcosforge exec --node NODE -- systemctl restart dcos-mesos-dns",
      source: "mesosphere/mesos-dns"),
    KnownFault(
      "mesos-dns-down", "Mesos-DNS does not run",
      signs: [
        .init(.health(.mesosDNS), "dcos-mesos-dns.service", "/v1/version", "/v1/hosts/leader.mesos")
      ],
      cause: "the unit was stopped or fails; names under .mesos do not resolve through this master",
      fix: "start it, and read its journal if it does not stay up",
      command: "dcosforge logs NODE --component mesos-dns",
      source: "DC/OS troubleshooting: Mesos-DNS third"),
    KnownFault(
      "port-53-taken", "something else answers on port 53",
      signs: [
        .init(.journal(.dnsForwarder), "eaddrinuse"), .init(.error, "port:53:", "port 53 ("),
      ],
      cause:
        "dnsmasq, named or systemd-resolved listens there; dcos-net needs the port on every node",
      fix: "stop and disable it", command: "dcosforge exec --node NODE -- ss -lntup",
      source: "DC/OS ports: 53 on all nodes"),
    KnownFault(
      "net-modules", "the kernel lacks modules that dcos-net needs",
      signs: [
        .init(.journal(.dnsForwarder), "Module…not found"), .init(.error, "this kernel has no"),
      ],
      cause: "ip_vs_wlc, dummy, xt_ipvs or vxlan are not there for the running kernel",
      fix: "install the kernel's modules for the running release, or start the matching kernel",
      command: "dcosforge exec --node NODE -- modprobe ip_vs_wlc", source: "dcos-net's ExecStartPre"
    ),
    KnownFault(
      "net-ipv6-off", "IPv6 is off while DC/OS expects it",
      signs: [
        .init(.journal(.dnsForwarder), "net.ipv6.conf.spartan.disable_ipv6"),
        .init(.error, "set enable_ipv6 to 'false'"),
      ],
      cause: "the kernel was started with ipv6.disable=1 and enable_ipv6 is true",
      fix: "set enable_ipv6: 'false' in the DC/OS configuration, or switch IPv6 on in the kernel",
      command: "dcosforge explain enable_ipv6", source: "dcos-net's ExecStartPre"),
    KnownFault(
      "zookeeper-names", "zk-N.zk names do not resolve",
      signs: [
        .init(.journal(.marathon), "zk-…UnknownHost", "UnknownHost…zk-"),
        .init(
          .journal(.mesosMaster), "zk-…UnknownHost", "UnknownHost…zk-",
          "Failed to resolve…zk-"),
        .init(.journal(.mesosDNS), "lookup zk-…no such host"),
      ],
      cause:
        "dcos-net gives these names and knows no masters yet: it is dcos-net that fails, "
        + "not the configuration",
      fix: "look at dns-forwarder on the same node first",
      command: "dcosforge logs NODE --component dns-forwarder",
      source: "dcos-net: zk-1.zk to zk-5.zk; dcos/dcos pull request 662"),
    KnownFault(
      "hostname-unresolvable", "the node's own name does not resolve",
      signs: [
        .init(.journal(.marathon), "UnknownHostException"),
        .init(.journal(.exhibitor), "UnknownHostException"),
        .init(.error, "hostname: "),
      ],
      cause: "Java services look their own host name up and stop when there is none",
      fix: "put it into /etc/hosts or DNS", command: "dcosforge exec --node NODE -- hostname -f",
      source: "Marathon issue 2482"),
    KnownFault(
      "dns-forwarder-down", "dcos-net does not answer names",
      signs: [
        .init(
          .health(.dnsForwarder), "ready.spartan does not resolve", "dcos-net.service",
          "dcos-net-watchdog.service", "dcos-gen-resolvconf")
      ],
      cause:
        "dcos-net fails at start for want of a synchronised clock, kernel modules, IPv6 or port 53",
      fix: "its journal says which; it tries again every 5 s",
      command: "dcosforge logs NODE --component dns-forwarder", source: "dcos-net's ExecStartPre"),
    KnownFault(
      "marathon-no-leader", "Marathon has no leader",
      signs: [
        .init(.health(.marathon), "Marathon names no leader", "/v2/leader", "dcos-marathon.service")
      ],
      cause: "it starts after Mesos-DNS answers leader.mesos, and elects through ZooKeeper",
      fix: "see the checks before it; then its journal",
      command: "dcosforge logs NODE --component marathon",
      source: "mesosphere/marathon: LeaderResource"),
    KnownFault(
      "jobs-down", "Metronome does not answer",
      signs: [.init(.health(.jobs), "/v1/jobs", "dcos-metronome.service")],
      cause: "it starts last and answers 5xx until it has a leader",
      fix: "wait a minute, then read its journal", command: "dcosforge logs NODE --component jobs",
      source: "dcos-test-utils: wait for metronome"),
    KnownFault(
      "router-other-release", "another release of DC/OS runs than the file says",
      signs: [
        .init(.health(.adminRouter), ", planned"), .init(.health(.agentRouter), ", planned"),
      ],
      cause: "dcos.version in the cluster file was changed after the installation",
      fix: "put it back; a new release on these nodes needs the cluster from scratch",
      command: "dcosforge plan", source: "DC/OS: /dcos-metadata/dcos-version.json"),
    KnownFault(
      "router-down", "Admin Router does not answer",
      signs: [
        .init(.health(.adminRouter), "dcos-adminrouter.service", "/dcos-metadata/"),
        .init(.health(.agentRouter), "dcos-adminrouter-agent.service", "/dcos-metadata/"),
      ],
      cause: "it waits for marathon.mesos and leader.mesos, and in 1.11 for the cluster id",
      fix: "see the checks before it; then its journal",
      command: "dcosforge logs NODE --component admin-router",
      source: "dcos/dcos packages/adminrouter"),
    KnownFault(
      "agent-incompatible", "the agent refuses to start with other resources than before",
      signs: [.init(.journal(.mesosAgent), "Incompatible agent info")],
      cause: "memory, disk or attributes changed and the agent keeps what it registered with",
      fix: "remove /var/lib/mesos/slave/meta/slaves/latest on the node; its tasks are lost",
      command: "dcosforge exec --node NODE -- rm -f /var/lib/mesos/slave/meta/slaves/latest",
      source: "Mesos: agent recovery"),
    KnownFault(
      "agent-not-registered", "the agent is not registered with a master",
      signs: [
        .init(.health(.mesosAgent), "not registered with a master"),
        .init(.error, "the leader did not list it"),
      ],
      cause: "it does not reach the leading master on 5050, or the masters cannot reach it on 5051",
      fix: "see the masters first; then names and ports from the agent",
      command: "dcosforge logs NODE --component mesos-agent",
      source: "dcos-checks: mesos_agent_registered_with_masters"),
    KnownFault(
      "agent-down", "the Mesos agent does not run",
      signs: [.init(.health(.mesosAgent), "dcos-mesos-slave", "/metrics/snapshot")],
      cause: "the unit was stopped or fails; its tasks are lost after ten minutes",
      fix: "start it, and read its journal if it does not stay up",
      command: "dcosforge exec --node NODE -- systemctl restart dcos-mesos-slave",
      source: "Mesos: agent_reregister_timeout"),
    KnownFault(
      "not-installed", "DC/OS is not on the node",
      signs: [
        .init(.health(.exhibitor), "DC/OS is not installed"),
        .init(.health(.dnsForwarder), "DC/OS is not installed"),
      ],
      cause: "the node was wiped or never installed",
      fix: "`dcosforge up` installs it and leaves the others alone", command: "dcosforge plan",
      source: "/opt/mesosphere"),
  ]

  static let building: [KnownFault] = [
    KnownFault(
      "leftovers", "an earlier installation is in the way",
      signs: [
        .init(
          .error, "traces of an installation of DC/OS", "traces of another installation",
          "DC/OS is already installed", "is installed for another role")
      ],
      cause:
        "DC/OS has no uninstall, and an old ZooKeeper id or agent identity spoils a new "
        + "installation",
      fix: "give the node a new disk: `dcosforge wipe NODE`, then `up`",
      command: "dcosforge wipe NODE",
      source: "DC/OS documentation: uninstall"),
    KnownFault(
      "docker-misread", "the installer takes this Docker for one that is too old",
      signs: [.init(.error, "docker version…0.1")],
      cause:
        "before 1.11.12, 1.12.5 and 1.13.4 its preflight reads docker-init's version from Docker "
        + "19.03 on",
      fix: "pin an older docker-ce in `packages.docker`",
      command: "dcosforge exec --node NODE -- docker version",
      source: "dcos-ansible pull request 46"),
    KnownFault(
      "selinux", "SELinux is enforcing",
      signs: [.init(.error, "SELinux", "selinux: Enforcing")],
      cause: "DC/OS 1.11 refuses it",
      fix: "permissive now and after a reboot: `dcosforge up` sets both",
      command: "dcosforge exec --node NODE -- getenforce", source: "DC/OS preflight"),
    KnownFault(
      "xfs-ftype", "the file system under Docker cannot carry overlay2",
      signs: [.init(.error, "ftype=0", "ftype=1")],
      cause: "XFS was made with ftype=0",
      fix: "make the image's file system again with mkfs.xfs -n ftype=1",
      command: "dcosforge exec --node NODE -- xfs_info /",
      source: "dcos/dcos pull requests 2768, 2822"),
    KnownFault(
      "repositories", "the node's package repositories do not answer",
      signs: [.init(.error, "Cannot retrieve repository metadata", "yum failed", "valid baseurl")],
      cause: "the mirrors of CentOS 7 moved in 2024, or the network has no way out",
      fix:
        "name others in `packages.repositories` and switch the image's own off with "
        + "`packages.replace`",
      command: "dcosforge exec --node NODE -- yum repolist", source: "CentOS 7 end of life"),
    KnownFault(
      "nogroup", "the group nogroup does not exist",
      signs: [.init(.error, "group:nogroup", "group 'nogroup'")],
      cause: "the preflight before 1.11.12, 1.12.5 demands it",
      fix: "`groupadd nogroup`: `dcosforge up` does",
      command: "dcosforge exec --node NODE -- groupadd nogroup", source: "DC/OS preflight"),
    KnownFault(
      "generation-rejected", "the installer refuses the configuration",
      signs: [.init(.error, "dcos_generate_config.sh failed")],
      cause: "a parameter is wrong",
      fix: "the error names it; `dcosforge validate` says so before anything is made",
      command: "dcosforge validate", source: "DC/OS genconf"),
    KnownFault(
      "installation-not-served", "the nodes cannot fetch the installation",
      signs: [
        .init(
          .error, "could not fetch dcos_install.sh", "does not come",
          "the bootstrap node is too slow",
          "generated for another bootstrap_url")
      ],
      cause:
        "the web server on the bootstrap node does not run, serves another folder, "
        + "or cannot be reached",
      fix:
        "`dcosforge up` starts it again; see that port and address of bootstrap_url are the "
        + "bootstrap node's",
      command: "dcosforge exec --role bootstrap -- docker ps", source: "dcos-vagrant issue 57"),
    KnownFault(
      "installation-torn", "the installation was ended from outside",
      signs: [.init(.error, "was ended from outside")],
      cause: "the machine ran out of memory, was stopped, or somebody killed it",
      fix: "`dcosforge up` goes on where that is possible and says where only a wipe helps",
      command: "dcosforge logs NODE --component install", source: "systemd: transient units"),
    KnownFault(
      "libvirt-out-of-reach", "libvirt does not answer",
      signs: [.init(.error, "cannot connect to libvirt", "lost the connection to libvirt")],
      cause: "libvirtd does not run, the URI is wrong, or the account may not use it",
      fix: "start it, correct hypervisor.uri, or join the group libvirt",
      command: "virsh -c qemu:///system list --all", source: "libvirt: connection URIs"),
    KnownFault(
      "network-in-use", "the network's range is taken on the host",
      signs: [.init(.error, "already in use by interface", "is already in use by")],
      cause: "another network or interface of the host has the same range",
      fix: "choose another range in network.cidr, or stop the other network",
      command: "virsh net-list --all", source: "libvirt: virNetworkCreate"),
    KnownFault(
      "image-checksum", "a file is not the one that the cluster file names",
      signs: [.init(.error, "has another checksum than the file says")],
      cause: "the download was cut off, or the file was replaced at its source",
      fix: "check where it came from, then correct the sha256", command: "sha256sum FILE",
      source: "the cluster file's sha256"),
    KnownFault(
      "disk-too-small", "the image is larger than the machine's disk",
      signs: [.init(.error, "the disk is smaller than the image")],
      cause: "a copy-on-write disk cannot be smaller than what it starts from",
      fix: "give the machine a larger disk in `machines`", command: "qemu-img info IMAGE",
      source: "QEMU: backing files"),
    KnownFault(
      "cloud-init", "cloud-init ended with an error",
      signs: [.init(.error, "cloud-init")],
      cause: "the image has no cloud-init or an old one, or a setting in it failed",
      fix: "read its log on the node",
      command: "dcosforge exec --node NODE -- cloud-init status --long",
      source: "cloud-init: status"),
    KnownFault(
      "host-memory", "the host has too little memory for the cluster",
      signs: [
        .init(.error, "cannot allocate memory", "Cannot allocate memory", "not enough free memory")
      ],
      cause: "the machines together want more than the host has left",
      fix: "smaller machines in `machines`, or fewer, or a larger host",
      command: "virsh nodememstats",
      source: "QEMU: memory is taken at start"),
  ]
}
