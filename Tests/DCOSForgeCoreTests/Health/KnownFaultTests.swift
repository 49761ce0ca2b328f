@testable import ForgeGenconf
@testable import ForgeEvents
@testable import ForgePlanning
@testable import ForgeSSH
@testable import ForgeHealth
@testable import ForgeDCOS
@testable import ForgeNodeProtocol
@testable import ForgeModel
@testable import ForgePorts
@testable import ForgeSimulation
import Testing

@testable import DCOSForgeCore

/// How a known fault is planted.
enum Plant: Sendable {
  /// In a simulated cluster that is up: faults, and lines in a node's journal.
  case faults([Fault], journal: (unit: String, text: String)? = nil)
  /// In a simulated cluster that is up: something done to a node's domain.
  case domain(@Sendable (any Hypervisor, String) async throws -> Void)
  /// In what was seen of a cluster, where the simulation has no such thing.
  case seen(@Sendable (inout HealthSample) -> Void)
  /// In an error, as the code that finds it makes it.
  case error(ForgeError)
}

@Suite struct KnownFaultTests {
  private static let master = Samples.name("lxzk02")
  private static let agent = Samples.name("lxb001")

  /// The node prints this record in place of its own.
  private static func reports(
    _ node: NodeName, _ kind: String, _ record: some Encodable & Hashable
  ) -> Fault {
    .reports(node, record: kind, json: String(NodeReport.line(kind, record).dropLast()))
  }

  private static func reports(_ node: NodeName, _ kind: String, _ text: String) -> Plant {
    .faults([reports(node, kind, HealthReport.OutcomeRecord(text: text))])
  }

  private static func unit(_ node: NodeName, _ name: String, _ state: String) -> Plant {
    reports(node, "units", "Id=\(name)\nLoadState=loaded\nActiveState=\(state)\nSubState=x\n")
  }

  private static func answers(_ node: NodeName, _ kind: HealthProbe.Kind, _ text: String) -> Plant {
    .faults([
      reports(
        node, "probe",
        HealthReport.ProbeRecord(name: kind, reading: HTTPReading(url: "", text: text)))
    ])
  }

  private static func logs(
    _ component: HealthComponent, _ unit: String, _ text: String, on node: NodeName = master
  ) -> Plant {
    .faults([.componentFails(node, component)], journal: (unit, text))
  }

  private static func ssh(_ error: (NodeEndpoint) -> ForgeError) -> Plant {
    let endpoint = NodeEndpoint(
      node: agent, address: Samples.address("10.1.1.13"), port: 22, user: "root",
      hostKey: [UInt8](repeating: 1, count: 32))
    let error = error(endpoint)
    return .seen { $0.seen[agent]?.reading = .failure(error) }
  }

  private static func machine(_ state: NodeObservation.Machine) -> Plant {
    .seen { sample in
      sample.kill(agent.description)
      sample.seen[agent]?.machine = state
    }
  }

  private static func prerequisite(_ item: String, _ detail: String) -> Plant {
    let report = PrerequisiteRecord(item: item, state: .failed, detail: detail)
    return .error(
      PrepareReport(items: [report]).failure(on: agent) ?? ForgeError(.internalFault, "no failure"))
  }

  private static func libvirt(_ message: String) -> Plant {
    .error(ForgeError(.hypervisor, "cannot start the network", observed: message))
  }

  /// One plant for each entry at least.
  static let plants: [(id: String, plant: Plant)] = [
    // Machines and the way in.
    (
      "machine-gone",
      .domain { hypervisor, uuid in
        try await hypervisor.destroyDomain(uuid: uuid)
        try await hypervisor.undefineDomain(uuid: uuid)
      }
    ),
    ("machine-off", .domain { try await $0.destroyDomain(uuid: $1) }),
    ("machine-paused", machine(.domain(.paused))), ("machine-crashed", machine(.domain(.crashed))),
    ("machine-foreign", machine(.foreign)),
    (
      "address-elsewhere",
      .seen { sample in
        sample.kill(agent.description)
        sample.seen[agent]?.knownAddresses = [Samples.address("10.1.1.77")]
      }
    ),
    ("detect-ip-wrong", .faults([.wrongDetectedIP(master, "10.1.1.77")])),
    ("detect-ip-wrong", logs(.dnsForwarder, "dcos-net.service", "Bad detect_ip: 1.2.3.4 5.6.7.8")),
    (
      "detect-ip-fails", .faults([reports(master, "detect", HealthReport.OutcomeRecord(status: 3))])
    ),
    (
      "exhibitor-other-address", answers(master, .exhibitor, #"[{"hostname":"10.1.1.9","code":3}]"#)
    ),
    (
      "host-key-changed",
      ssh { SSHErrors.wrongHostKey($0, shown: [UInt8](repeating: 2, count: 32)) }
    ),
    ("login-refused", ssh { SSHErrors.loginRefused($0, fingerprint: "SHA256:x") }),
    (
      "sshd-stopped",
      ssh { SSHErrors.cannotConnect($0, SSHFault(code: -1, text: "Connection refused")) }
    ),
    (
      "not-ssh",
      ssh {
        SSHErrors.handshakeFailed(
          $0, SSHFault(code: -1, text: ""), head: Array("HTTP/1.1 400\r\n".utf8))
      }
    ),
    ("node-silent", ssh { SSHErrors.connectTimedOut($0, .seconds(5), during: "connecting") }),
    (
      "ssh-algorithms",
      ssh { endpoint in
        SSHErrors.unreachable(
          endpoint.node, "no common algorithms with \(endpoint.place)", observed: "offered x")
      }
    ),
    // Nodes.
    (
      "cgroup-v2",
      prerequisite(
        "cgroups", "control groups without version 1 of cpu cpuacct memory: Mesos cannot isolate")
    ),
    (
      "cgroup-v2",
      logs(
        .mesosAgent, "dcos-mesos-slave.service",
        "Failed to create a containerizer: Failed to mount cgroups hierarchy at "
          + "'/sys/fs/cgroup/cpu': Device or resource busy", on: agent)
    ),
    (
      "cgroup-v2",
      prerequisite(
        "docker:service", "Error starting daemon: Devices cgroup isn't mounted; was failed")
    ),
    (
      "clock-apart",
      .seen { sample in
        sample.change("lxb001") {
          $0.time = .init(began: 11_500, ended: 12_500)
        }
      }
    ),
    (
      "clock-unsynchronised",
      .faults([
        reports(
          master, "clock",
          ClockRecord(isSynchronised: false, errorMilliseconds: 16000, source: "nothing"))
      ])
    ),
    (
      "clock-unsynchronised",
      logs(
        .dnsForwarder, "dcos-net.service", "Time is not synchronized / marked as bad by the kernel."
      )
    ),
    (
      "clock-inaccurate",
      .faults([
        reports(
          master, "clock",
          ClockRecord(isSynchronised: true, errorMilliseconds: 250, source: "chronyd"))
      ])
    ),
    ("inodes-gone", reports(agent, "disk", "/ 1000 500 1000 0 ext2/ext3\n")),
    ("disk-full", reports(master, "disk", "/ 1000 0 1000 900 xfs\n")),
    (
      "disk-full",
      logs(.exhibitor, "dcos-exhibitor.service", "java.io.IOException: No space left on device")
    ),
    ("mount-hangs", .seen { $0.change("lxzk02") { $0.disks = [] } }),
    ("docker-stopped", unit(agent, "docker.service", "inactive")),
    ("docker-fails", unit(agent, "docker.service", "failed")),
    (
      "docker-stuck",
      .faults([
        reports(
          agent, "docker", HealthReport.OutcomeRecord(status: 28, error: "curl: (28) timed out"))
      ])
    ),
    ("docker-chains-gone", reports(agent, "filter", "-P INPUT ACCEPT\n")),
    ("firewalld-on", unit(agent, "firewalld.service", "active")),
    (
      "filter-rule",
      reports(master, "filter", "-N DOCKER\n-A INPUT -p tcp -m tcp --dport 2888:3888 -j DROP\n")
    ),
    (
      "ports-silent",
      .seen { sample in
        sample.change("lxzk02") { reading in
          reading.zooKeeper = .notServing
          reading.knocks = [
            .init(server: "10.1.1.49", port: 2181, status: 0),
            .init(server: "10.1.1.49", port: 3888, status: 124),
          ]
        }
      }
    ),
    // DC/OS.
    (
      "two-zookeeper-leaders",
      .faults([
        reports(
          master, "zookeeper", ZooKeeperAnswer.Record(server: "10.1.1.50", text: "Mode: leader\n")),
        reports(
          Samples.name("lxzk01"), "zookeeper",
          ZooKeeperAnswer.Record(server: "10.1.1.49", text: "Mode: leader\n")),
      ])
    ),
    (
      "no-zookeeper-leader",
      .faults([
        reports(
          master, "zookeeper",
          ZooKeeperAnswer.Record(
            server: "10.1.1.50", text: "This ZooKeeper instance is not currently serving requests"))
      ])
    ),
    ("exhibitor-down", .faults([.componentFails(master, .exhibitor)])),
    (
      "exhibitor-memory",
      logs(.exhibitor, "dcos-exhibitor.service", "java.lang.OutOfMemoryError: Java heap space")
    ),
    (
      "exhibitor-noexec",
      logs(.exhibitor, "dcos-exhibitor.service", "java.lang.UnsatisfiedLinkError: /tmp/jna")
    ),
    ("address-changed", logs(.dnsForwarder, "dcos-net.service", "IP address was changed")),
    ("replicated-log", answers(master, .mesosMaster, #"{"registrar/log/recovered":0.0}"#)),
    (
      "no-mesos-leader",
      .seen {
        $0.answer("lxzk01", .mesosMaster) {
          $0.text = #"{"registrar/log/recovered":1.0,"master/elected":0.0}"#
        }
      }
    ),
    ("mesos-master-down", .faults([.componentFails(master, .mesosMaster)])),
    ("mesos-dns-no-leader", answers(master, .leaderName, #"[{"ip":""}]"#)),
    ("mesos-dns-down", .faults([.componentFails(master, .mesosDNS)])),
    ("port-53-taken", logs(.dnsForwarder, "dcos-net.service", "{listen_error,...,eaddrinuse}")),
    (
      "net-modules",
      logs(.dnsForwarder, "dcos-net.service", "modprobe: FATAL: Module ip_vs_wlc not found.")
    ),
    (
      "net-ipv6-off",
      logs(
        .dnsForwarder, "dcos-net.service",
        "sysctl: cannot stat /proc/sys: net.ipv6.conf.spartan.disable_ipv6")
    ),
    (
      "zookeeper-names",
      logs(
        .marathon, "dcos-marathon.service",
        "java.net.UnknownHostException: zk-1.zk: Name or service not known")
    ),
    (
      "zookeeper-names",
      logs(
        .mesosDNS, "dcos-mesos-dns.service",
        "Failed to connect to zk-5.zk:2181: dial tcp: lookup zk-5.zk on 198.51.100.1:53: "
          + "no such host")
    ),
    (
      "hostname-unresolvable",
      logs(.marathon, "dcos-marathon.service", "java.net.UnknownHostException: lxzk02")
    ),
    ("dns-forwarder-down", .faults([.componentFails(agent, .dnsForwarder)])),
    ("marathon-no-leader", answers(master, .marathon, "{}")),
    ("jobs-down", .faults([.componentFails(master, .jobs)])),
    (
      "router-other-release",
      .seen { $0.answer("lxb001", .agentRouter) { $0.text = #"{"version":"1.13.0"}"# } }
    ),
    ("router-down", .faults([.componentFails(master, .adminRouter)])),
    (
      "agent-incompatible",
      logs(
        .mesosAgent, "dcos-mesos-slave.service",
        "EXIT with status 1: Failed to perform recovery: Incompatible agent info detected.",
        on: agent)
    ),
    ("agent-not-registered", answers(agent, .mesosAgent, #"{"slave/registered":0.0}"#)),
    ("agent-down", .faults([.componentFails(agent, .mesosAgent)])),
    (
      "not-installed",
      .seen { $0.change("lxb003") { $0.installation = InstallationRecord(state: "absent") } }
    ),
    // Building a cluster.
    ("leftovers", prerequisite("leftovers", "an earlier installation left /opt/mesosphere")),
    ("docker-misread", .error(preflight("docker version is >= 1.6", "(0.18.0)"))),
    ("selinux", prerequisite("selinux", "Enforcing now, permissive after a reboot")),
    (
      "xfs-ftype",
      prerequisite(
        "xfs",
        "XFS with ftype=0 under /var/lib/docker: overlay2 cannot work there; make the image again")
    ),
    (
      "repositories",
      prerequisite("package:unzip", "yum failed: Cannot retrieve repository metadata")
    ),
    ("nogroup", prerequisite("group:nogroup", "no such group")),
    ("generation-rejected", .error(generation)),
    (
      "installation-not-served",
      .error(ForgeError(.step, "could not fetch dcos_install.sh", observed: "HTTP 404"))
    ),
    ("installation-torn", .error(ForgeError(.step, "dcos_install.sh was ended from outside"))),
    (
      "libvirt-out-of-reach",
      .error(ForgeError(.hypervisor, "cannot connect to libvirt", on: "qemu:///system"))
    ),
    ("network-in-use", libvirt("internal error: Network is already in use by interface virbr0")),
    (
      "image-checksum",
      .error(ForgeError(.configuration, "the node image has another checksum than the file says"))
    ),
    (
      "disk-too-small",
      .error(ForgeError(.hypervisor, "the disk is smaller than the image it starts from"))
    ),
    ("cloud-init", .error(ForgeError(.step, "waiting for cloud-init failed with status 1"))),
    ("host-memory", .error(ForgeError(.refused, "not enough free memory for 7 machines"))),
  ]

  private static func preflight(_ check: String, _ detail: String) -> ForgeError {
    let finding = PreflightFinding(check, .failed, detail: detail)
    return ForgeError(.step, "1 preflight checks failed", observed: finding.line)
  }

  /// As the installer itself refuses a parameter.
  private static var generation: ForgeError {
    let cluster = SimulatedCluster(
      seed: 1, faults: [.generationRejected(parameter: "master_list", message: "Must be IPv4")])
    let report = try? UpTests.up(on: cluster).report
    return report?.records.compactMap(\.failure).first ?? ForgeError(.internalFault, "no failure")
  }

  @Test(arguments: plants.indices)
  func isRecognised(_ index: Int) throws {
    let (id, plant) = Self.plants[index]
    let found: KnownFault?
    switch plant {
    case .error(let error): found = KnownFaults.of(error)
    case .seen(let spoil):
      var sample = HealthSample()
      spoil(&sample)
      found = Self.recognised(in: sample.health)
    case .faults(let faults, let journal):
      found = try diagnose { cluster in
        for fault in faults { cluster.plant(fault) }
        if let journal { cluster.log(Self.node(of: faults), unit: journal.unit, journal.text) }
      }
    case .domain(let act):
      let uuid = ClusterIdentity(Samples.spec).domainUUID(
        try #require(Samples.spec.nodes.first { $0.name == Self.agent }))
      found = try diagnose { try await act($0.hypervisor, uuid) }
    }
    #expect(found?.id == id)
  }

  /// The entry of the cause; a warning has one too.
  private static func recognised(in health: ClusterHealth) -> KnownFault? {
    let parts = health.nodes.flatMap(\.components)
    let cause = health.firstCause.flatMap { health[$0] }
    guard let part = cause ?? parts.first(where: { $0.state != .ok && $0.waitsOn == nil }) else {
      return nil
    }
    return KnownFaults.of(part.component, evidence: part.evidence)
  }

  private static func node(of faults: [Fault]) -> NodeName {
    for case .componentFails(let node, _) in faults { return node }
    return master
  }

  private static func diagnosis(of cluster: SimulatedCluster) async -> Diagnosis {
    await Diagnose(
      Samples.spec, keys: Samples.wanted().keys, context: cluster.context(),
      redaction: Redaction()
    ).run()
  }

  private func diagnose(
    _ plant: @escaping @Sendable (SimulatedCluster) async throws -> Void
  ) throws -> KnownFault? {
    let cluster = SimulatedCluster(seed: 21)
    #expect(try UpTests.up(on: cluster).report.status == .success)
    return try Simulation.run(on: cluster) { cluster in
      try await plant(cluster)
      let diagnosis = await Self.diagnosis(of: cluster)
      #expect(diagnosis.health.nodes.contains { $0.state != .ok })
      return diagnosis.fault ?? Self.recognised(in: diagnosis.health)
    }.value
  }

  @Test func everyEntryIsPlantedAndWhole() {
    let ids = KnownFaults.all.map(\.id)
    #expect(ids.count >= 40 && Set(ids).count == ids.count)
    #expect(Set(ids) == Set(Self.plants.map(\.id)))
    for fault in KnownFaults.all {
      #expect(fault.id.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" }, "\(fault.id)")
      #expect(!fault.signs.isEmpty && fault.signs.allSatisfy { !$0.texts.isEmpty }, "\(fault.id)")
      for text in [fault.title, fault.cause, fault.fix, fault.source] { #expect(!text.isEmpty) }
      #expect(GenconfParameters.named(fault.id) == nil, "\(fault.id)")
    }
    #expect(KnownFaults.nearest(to: "disk_ful") == "disk-full")
  }

  /// A cluster that is well has no known fault, and an error of our own neither.
  @Test func nothingIsSeenWhereNothingIs() throws {
    #expect(try diagnoseWell() == nil)
    #expect(KnownFaults.of(ForgeError(.internalFault, "a checksum is no checksum")) == nil)
  }

  private func diagnoseWell() throws -> String? {
    let cluster = SimulatedCluster(seed: 22)
    _ = try UpTests.up(on: cluster)
    return try Simulation.run(on: cluster) { cluster in
      let diagnosis = await Self.diagnosis(of: cluster)
      #expect(diagnosis.health.verdict == .healthy)
      return diagnosis.fault?.id
    }.value
  }

  /// What a program wrote before it failed may hold secrets.
  @Test func whatIsShownHoldsNoSecrets() throws {
    let cluster = SimulatedCluster(seed: 23)
    _ = try UpTests.up(on: cluster)
    let diagnosis = try Simulation.run(on: cluster) { cluster in
      cluster.plant(.componentFails(Self.master, .marathon))
      cluster.log(Self.master, unit: "dcos-marathon.service", "password=hunter2 refused")
      return await Self.diagnosis(of: cluster)
    }.value
    let text = DiagnosisText(Samples.spec, diagnosis).lines.joined(separator: "\n")
    #expect(text.contains(Redaction.mark) && !text.contains("hunter2"), "\(text)")
  }
}
