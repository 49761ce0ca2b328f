import ForgePorts
import ForgeNodeProtocol
import ForgeModel

extension SimulatedWorld {
  // MARK: generating

  /// Starts `dcos_generate_config.sh`; it runs on without a connection.
  mutating func startGeneration(_ wanted: Generation, on disk: String) {
    guard var node = machines[disk] else { return }
    let delay = node.draw.duration(in: timings.generate)
    node.generation = (wanted, now.advanced(by: delay))
    node.generationFailure = nil
    // The folder that the container serves is made again.
    node.generated = nil
    node.serving = nil
    machines[disk] = node
    change(.changed(node.name, "generation"))
    schedule(.generationEnds, after: delay, disk: disk)
  }

  mutating func endGeneration(_ disk: String) {
    guard let node = machines[disk], let (wanted, _) = node.generation else { return }
    machines[disk]?.generation = nil
    wakes.append(node.group)
    guard node.isRight("docker:service") else {
      machines[disk]?.generationFailure = "docker should be installed and running"
      return
    }
    if case .generationRejected(let parameter, let message)? = faults.first(where: {
      if case .generationRejected = $0 { true } else { false }
    }) {
      machines[disk]?.generationFailure = "\(parameter): \(message)"
      return
    }
    guard case .bytes(let config)? = node.files[wanted.folder + "/genconf/config.yaml"] else {
      machines[disk]?.generationFailure = "No config file found at genconf/config.yaml"
      return
    }
    let masters = Self.masters(in: config)
    guard !masters.isEmpty else {
      machines[disk]?.generationFailure =
        "master_list: Must set master_list, no way to calculate value."
      return
    }
    machines[disk]?.generated = SimulatedNode.Generated(
      inputs: wanted.inputs, installer: SimulatedCluster.installer(of: wanted.inputs),
      masters: masters)
  }

  /// The addresses under `master_list`, in a list of either style.
  static func masters(in config: [UInt8]) -> [IPv4Address] {
    let lines = String(decoding: config, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("master_list:") }) else { return [] }
    let value =
      [lines[start].dropFirst("master_list:".count)]
      + lines[(start + 1)...].prefix { line in
        line.first.map { " -]#".contains($0) } ?? true
      }
    return value.flatMap { line in
      line.split { !"0123456789.".contains($0) }.compactMap { IPv4Address($0) }
    }
  }

  /// The bootstrap node's generation, when the URL is served now.
  func served(at url: String) -> SimulatedNode.Generated? {
    let parts = url.dropFirst("http://".count).split(separator: ":")
    guard parts.count == 2, let address = IPv4Address(parts[0]), let port = Int(parts[1]),
      let disk = disk(at: address), let node = machines[disk], node.isListening,
      node.serving?.address == address, node.serving?.port == port
    else { return nil }
    return node.generated
  }

  // MARK: installing

  /// Starts `dcos_install.sh`; it runs on without a connection.
  mutating func startInstallation(_ wanted: Installation, on disk: String) {
    guard var node = machines[disk] else { return }
    if let served = served(at: wanted.bootstrapURL) {
      node.masters = served.masters
    } else if node.dcos == .absent {
      machines[disk]?.installationFailure = "curl: (7) Failed to connect to \(wanted.bootstrapURL)"
      return
    }
    let delay = node.draw.duration(in: timings.install)
    node.installation = (wanted, now, now.advanced(by: delay))
    node.installationFailure = nil
    if node.dcos == .absent { node.installedFrom = wanted.inputs }
    node.dcos = .installing
    machines[disk] = node
    change(.dcos(node.name, .installing))
    schedule(.installationEnds, after: delay, disk: disk)
  }

  mutating func endInstallation(_ disk: String) {
    guard let node = machines[disk], let installation = node.installation else { return }
    machines[disk]?.installation = nil
    wakes.append(node.group)
    if strike(where: { $0 == .installFails(node.name) }) != nil {
      machines[disk]?.installationFailure = "Job for dcos-setup.service failed."
      return
    }
    if strike(where: { $0 == .installBreaks(node.name) }) != nil {
      machines[disk]?.installationFailure = "No space left on device"
      setDCOS(.broken("left over: /opt/mesosphere"), on: disk)
      return
    }
    let role = installation.wanted.role
    setDCOS(.installed(role), on: disk)
    startDCOS(disk)
  }

  /// After a reboot the installation goes on by itself if dcos-setup was enabled already; before
  /// that nothing of it stays.
  mutating func interruptInstallation(_ disk: String) {
    guard let node = machines[disk], let installation = node.installation else { return }
    let passed = now.since(installation.begins)
    if passed * 2 < installation.ends.since(installation.begins) {
      machines[disk]?.installation = nil
      setDCOS(.absent, on: disk)
    }
  }

  private mutating func setDCOS(_ state: DCOSState, on disk: String) {
    guard let name = machines[disk]?.name else { return }
    machines[disk]?.dcos = state
    emit(.dcos(name, state))
  }

  /// Lets DC/OS come up after a boot.
  mutating func resumeDCOS(_ disk: String) {
    guard let node = machines[disk] else { return }
    if let installation = node.installation {
      let left = installation.ends.since(installation.begins)
      machines[disk]?.installation?.ends = now.advanced(by: left)
      schedule(.installationEnds, after: left, disk: disk)
    } else if node.installedRole != nil {
      startDCOS(disk)
    }
  }

  /// Starts the services of an installed node.
  private mutating func startDCOS(_ disk: String) {
    guard let node = machines[disk], let role = node.installedRole else { return }
    if role == .master {
      if !machines.values.contains(where: { $0.exists && $0.runsZooKeeper }) {
        ensemble.members = node.masters.sorted()
      }
      schedule(.zooKeeperStarts, within: timings.zooKeeperStart, disk: disk)
    } else {
      schedule(.registers, within: timings.registration, disk: disk)
    }
  }

  mutating func startZooKeeper(_ disk: String) {
    guard machines[disk]?.runsZooKeeper == false else { return }
    machines[disk]?.runsZooKeeper = true
    schedule(.exhibitorPolls, within: .zero...timings.exhibitorPoll, disk: disk)
    membershipChanged()
    if ensemble.mesosLeader != nil {
      schedule(.settles, within: timings.settling, disk: disk)
    }
  }

  mutating func settle(_ disk: String) {
    guard let node = machines[disk], !faults.contains(.neverHealthy(node.name)) else { return }
    machines[disk]?.isSettled = true
  }
}
