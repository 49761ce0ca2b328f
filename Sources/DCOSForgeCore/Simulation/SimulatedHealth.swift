import ForgeNodeProtocol
import ForgeModel
import ForgeDCOS

/// Everything that a simulated node's own account of its health follows from, the time aside.
struct SimulatedHealth: Hashable {
  /// A record that a fault puts in the place of the node's own.
  private struct Override: Hashable {
    var kind: String
    var json: String
  }

  private let request: HealthRequest
  private let installation: InstallationRecord
  private let installedRole: NodeRole?
  private let clock: ClockRecord
  private let address: String
  private let detected: String
  private let isWell: Bool
  private let runsZooKeeper: Bool
  private let hasDocker: Bool
  private let failed: [HealthComponent]
  private let overrides: [Override]
  private let zooKeeper: ZooKeeperAnswer.Record?
  private let knocks: [HealthReport.KnockRecord]
  private let exhibitor: HTTPReading?
  private let mesosMaster: HTTPReading?
  private let mesosLeader: String

  init(of node: SimulatedNode, asked request: HealthRequest, in world: SimulatedWorld) {
    var request = request
    request.seconds = 0
    self.request = request
    installation = InstallationRecord(
      state: node.scriptState, roles: node.roleFiles, detail: node.scriptDetail)
    installedRole = node.installedRole
    clock = world.clock(node)
    let address = node.address?.description ?? ""
    self.address = address
    runsZooKeeper = node.runsZooKeeper
    mesosLeader = world.ensemble.mesosLeader?.description ?? ""
    var (detected, overrides, failed) = (address, [Override](), [HealthComponent]())
    for fault in world.faults {
      switch fault {
      case .wrongDetectedIP(node.name, let text): detected = text
      case .reports(node.name, let kind, let json):
        overrides.append(Override(kind: kind, json: json))
      case .componentFails(node.name, let component): failed.append(component)
      default: break
      }
    }
    (self.detected, self.overrides, self.failed) = (detected, overrides, failed)
    hasDocker = node.isRight("docker:service") && !failed.contains(.docker)
    isWell = world.isWell(node)
    guard request.role == .master else {
      (zooKeeper, knocks, exhibitor, mesosMaster) = (nil, [], nil, nil)
      return
    }
    zooKeeper = world.zooKeeper(request.address, from: node)
    let isServing = node.address.flatMap(world.mode) != nil
    knocks = isServing ? [] : request.peers.map { Self.knock($0, world.zooKeeper($0, from: node)) }
    exhibitor = world.exhibitor(node)
    mesosMaster = world.mesosMaster(node)
  }

  private static func knock(
    _ peer: IPv4Address, _ answer: ZooKeeperAnswer.Record
  ) -> HealthReport.KnockRecord {
    .init(server: peer.description, port: 3888, status: answer.status, error: answer.error)
  }

  /// Whether the node's own records of that kind are left out.
  func hides(_ kind: String) -> Bool { overrides.contains { $0.kind == kind } }

  /// The output of the health script, but for its last two lines: the time and the end.
  var text: String {
    var text = overrides.filter { !$0.json.isEmpty }.map { $0.json + "\n" }.joined()
    let records = request.role == .bootstrap ? host : host + member
    for record in records where !hides(record.kind) { text += record.line }
    return text
  }

  // MARK: records

  /// What the node says of itself, DC/OS aside.
  private var host: [HealthReport.Record] {
    [
      .installation(installation), .clock(clock),
      .outcome(.disk, .init(text: "/ 1000 800 1000 900 ext2/ext3\n")),
      .outcome(.addresses, .init(text: "2: eth0    inet \(address)/24 scope global eth0\n")),
      .outcome(
        .docker,
        hasDocker
          ? .init(text: "OK") : .init(status: 7, error: "curl: (7) Couldn't connect to server")),
      .outcome(.units, .init(text: units)),
      .outcome(.filter, .init(text: "-P INPUT ACCEPT\n-N DOCKER\n")),
      .outcome(.detect, .init(text: detected + "\n")),
    ]
  }

  /// What it says of DC/OS.
  private var member: [HealthReport.Record] {
    var records: [HealthReport.Record] = []
    if let zooKeeper { records.append(.zooKeeper(zooKeeper)) }
    records += knocks.map { .knock($0) }
    let resolves = isWell && !failed.contains(.dnsForwarder)
    records.append(
      .outcome(.dns, .init(status: resolves ? 0 : 9, text: resolves ? "127.0.0.1" : "")))
    if request.runsChecks {
      let verdict = isWell ? 0 : 2
      let text = "{\"status\":\(verdict),\"checks\":{\"clock_sync\":{\"status\":\(verdict)}}}"
      records.append(.outcome(.checks, .init(status: verdict, text: text)))
    }
    for probe in HealthProbe.list(for: request) {
      records.append(.probe(.init(name: probe.kind, reading: answer(of: probe))))
    }
    return records
  }

  private var units: String {
    func block(_ name: String, runs: Bool) -> String {
      "Id=\(name)\nLoadState=loaded\n"
        + (runs
          ? "ActiveState=active\nSubState=running\nExecMainStatus=0\n"
          : "ActiveState=activating\nSubState=auto-restart\nExecMainStatus=1\n")
    }
    let broken = failed.flatMap { $0.units(for: request.role) }
    let units =
      installedRole == request.role ? DCOSUnit.list(for: request.role, request.version) : []
    let others = units.map { unit in
      let runs = isWell || unit.name == "dcos-exhibitor.service" && runsZooKeeper
      return block(unit.name, runs: runs && !broken.contains(unit.name))
    }
    let first = [
      block("docker.service", runs: hasDocker),
      "Id=firewalld.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n",
    ]
    return (first + others).joined(separator: "\n")
  }

  private func answer(of probe: HealthProbe) -> HTTPReading {
    let refused = SimulatedWorld.refused(probe.url)
    if failed.contains(probe.kind.component) { return refused }
    let text: String
    switch probe.kind {
    case .exhibitor: return exhibitor ?? refused
    case .mesosMaster: return mesosMaster ?? refused
    case .mesosDNS, .jobs, .cosmos: text = "{}"
    case .leaderName: text = "[{\"ip\":\"\(mesosLeader)\"}]"
    case .marathon: text = "{\"leader\":\"\(mesosLeader):8080\"}"
    case .mesosAgent: text = "{\"slave/registered\":1}"
    case .adminRouter, .agentRouter: text = "{\"version\":\"\(request.version)\"}"
    }
    return isWell ? HTTPReading(url: probe.url, text: text) : refused
  }
}

extension SimulatedWorld {
  /// Whether everything that does not answer for ZooKeeper itself works on the node.
  fileprivate func isWell(_ node: SimulatedNode) -> Bool {
    guard node.isSettled, ensemble.mesosLeader != nil, let address = node.address else {
      return false
    }
    return node.installedRole == .master
      ? ensemble.serving.contains(address) : ensemble.registered.contains(address)
  }
}
