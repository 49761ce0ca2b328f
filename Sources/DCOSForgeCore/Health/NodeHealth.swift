package import ForgeNodeProtocol
package import ForgeModel
package import ForgeDCOS

/// How well something is.
package enum HealthState: String, Comparable, CaseIterable, Sendable {
  /// As it should be.
  case ok = "OK"
  /// Worth a look; the cluster is not hurt.
  case warn = "WARN"
  /// It could not be asked.
  case unknown = "UNKNOWN"
  /// It is not as it should be.
  case fail = "FAIL"

  /// Orders from well to ill.
  package static func < (one: HealthState, other: HealthState) -> Bool {
    one.ordinal < other.ordinal
  }

  private var ordinal: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Whether it counts as well.
  package var isGood: Bool { self <= .warn }
}

/// How one component of a node is.
package struct ComponentHealth: Hashable, Sendable {
  package var component: HealthComponent
  /// How it is.
  package var state: HealthState
  /// What was seen.
  package var evidence: String
  /// The first cause that this failure probably follows from; nil when it stands for itself.
  package var waitsOn: HealthCause?

  package init(
    _ component: HealthComponent, _ state: HealthState, _ evidence: String,
    waitsOn: HealthCause? = nil
  ) {
    self.component = component
    self.state = state
    self.evidence = evidence
    self.waitsOn = waitsOn
  }
}

/// A component on a node, as the cause of other failures.
package struct HealthCause: Hashable, Sendable, CustomStringConvertible {
  package var node: NodeName
  package var component: HealthComponent

  package init(node: NodeName, component: HealthComponent) {
    self.node = node
    self.component = component
  }

  /// `exhibitor on lxzk02`.
  package var description: String { "\(component.rawValue) on \(node)" }
}

/// How one node's components are, in the order to look at them.
package struct NodeHealth: Hashable, Sendable {
  package var node: NodeName
  package var role: NodeRole
  package var machine: NodeObservation.Machine
  /// The part that its ZooKeeper plays; nil on agents and where it does not serve.
  package var zooKeeper: ZooKeeperAnswer.Mode?
  /// Whether its ZooKeeper runs and only waits for others.
  var waitsForEnsemble = false
  /// How long connecting and answering took; nil when it did not answer.
  package var took: Duration?
  /// Its components in order.
  package var components: [ComponentHealth]

  /// The worst state of its components.
  package var state: HealthState { components.map(\.state).max() ?? .unknown }

  /// Its component of that kind.
  package subscript(component: HealthComponent) -> ComponentHealth? {
    components.first { $0.component == component }
  }

  /// Evaluates what was seen of the node.
  init(_ seen: NodeObservation, of node: NodeSpec, version: DCOSVersion, _ clocks: ClockComparison)
  {
    let host = HostEvaluator(seen: seen, node: node, clocks: clocks)
    let components = HealthComponent.list(for: node.role)
    self.node = node.name
    role = node.role
    machine = seen.machine
    took = seen.exchange.map { .milliseconds($0.received - $0.began) }
    switch seen.reading {
    case .success(let reading):
      zooKeeper = reading.zooKeeper?.mode
      waitsForEnsemble = reading.zooKeeper == .notServing
      let evaluate = HealthEvaluator(reading: reading, node: node, version: version)
      self.components = components.map { $0.isOfDCOS ? evaluate.health($0) : host.health($0) }
    case .failure(let error):
      self.components = components.map { component in
        guard component > .ssh else { return host.health(component) }
        return ComponentHealth(component, .unknown, error.summary)
      }
    }
    markUnread()
  }

  /// What could not be asked waits on what kept us out.
  private mutating func markUnread() {
    guard let barrier = components.first(where: { $0.component <= .ssh && $0.state == .fail })
    else {
      return
    }
    for index in components.indices
    where components[index].state == .unknown && components[index].component > barrier.component {
      components[index].waitsOn = HealthCause(node: node, component: barrier.component)
    }
  }
}

/// One look at something: how it is, and what was seen.
typealias Observation = (state: HealthState, seen: String)

/// The working of ``NodeHealth`` for DC/OS's parts.
package struct HealthEvaluator {
  let reading: HealthReport
  let node: NodeSpec
  let version: DCOSVersion
  private let units: [DCOSUnit]

  init(reading: HealthReport, node: NodeSpec, version: DCOSVersion) {
    (self.reading, self.node, self.version) = (reading, node, version)
    units = DCOSUnit.list(for: node.role, version)
  }

  /// Evaluates one component: its units and its answers together, the worst counts.
  func health(_ component: HealthComponent) -> ComponentHealth {
    guard reading.installation.state != "absent" else {
      return ComponentHealth(component, .fail, "DC/OS is not installed")
    }
    let observations = units(component) + answers(component)
    let state = observations.map(\.state).max() ?? .unknown
    let seen = observations.filter { $0.state == state && !$0.seen.isEmpty }.map(\.seen)
    return ComponentHealth(component, state, seen.joined(separator: "; "))
  }

  private func units(_ component: HealthComponent) -> [Observation] {
    guard component != .nodeChecks else { return [] }
    if reading.units.isEmpty { return [(.unknown, "systemctl gave no answer in time")] }
    return units(of: component).map { unit in
      guard let state = reading.units[unit.name] else {
        return (.unknown, "\(unit.name) was not asked")
      }
      return Self.observation(of: unit, state)
    }
  }

  /// The units that belong to the component; the others are those of no component.
  private func units(of component: HealthComponent) -> [DCOSUnit] {
    guard component == .otherUnits else {
      let own = component.units(for: node.role)
      return units.filter { own.contains($0.name) }
    }
    // The last status of the checks' own unit is what `nodeChecks` reads afresh.
    let others =
      HealthComponent.allCases.flatMap { $0.units(for: node.role) }
      + ["dcos-checks-poststart.service"]
    return units.filter { !others.contains($0.name) }
  }

  /// Evaluates a unit by its duty.
  static func observation(of unit: DCOSUnit, _ state: UnitState) -> Observation {
    if state.load == "loaded", state.active == "active" { return (.ok, "") }
    let status = state.mainStatus.map { $0 == 0 ? "" : ", last exit status \($0)" } ?? ""
    let seen = "\(unit.name) is \(state.active) (\(state.sub)\(status))"
    guard state.load == "loaded" else { return (.fail, "\(unit.name) is \(state.load)") }
    switch (state.active, unit.duty) {
    case ("failed", .always): return (.fail, seen)
    case ("activating", .always), ("inactive", .always), ("deactivating", .always):
      return (.fail, state.sub == "auto-restart" ? "\(unit.name) keeps failing\(status)" : seen)
    case ("inactive", .onDemand), ("activating", .onDemand), ("deactivating", .onDemand):
      let failed = state.sub == "auto-restart" || state.mainStatus.map { $0 != 0 } ?? false
      return failed ? (.warn, seen) : (.ok, "")
    case ("failed", .onDemand): return (.warn, seen)
    default: return (.unknown, seen)
    }
  }

  private func answers(_ component: HealthComponent) -> [Observation] {
    switch component {
    case .exhibitor: [zooKeeper, probe(.exhibitor, exhibitor)]
    case .mesosMaster: [probe(.mesosMaster, mesosMaster)]
    case .mesosDNS: [probe(.mesosDNS) { _ in (.ok, "") }, probe(.leaderName, leaderName)]
    case .machine, .address, .ssh, .clock, .disk, .docker, .firewall: []
    case .dnsForwarder: [dns]
    case .marathon: [probe(.marathon, marathon)]
    case .jobs: [probe(.jobs) { _ in (.ok, "lists jobs") }]
    case .adminRouter: [probe(.adminRouter, router)]
    case .mesosAgent: [probe(.mesosAgent, mesosAgent)]
    case .agentRouter: [probe(.agentRouter, router)]
    case .otherUnits:
      node.role == .master ? [cosmos] : []
    case .nodeChecks: [checks]
    }
  }

  private func probe(_ kind: HealthProbe.Kind, _ evaluate: (HTTPReading) -> Observation)
    -> Observation
  {
    guard let answer = reading.probes[kind] else {
      return (.unknown, "\(kind.rawValue) did not answer in time")
    }
    guard !answer.isGood else { return evaluate(answer) }
    return (.fail, "\(kind.target.path) on port \(kind.target.port): \(answer.observation)")
  }
}

/// What a good answer of each component says.
extension HealthEvaluator {
  private var zooKeeper: Observation {
    guard let answer = reading.zooKeeper else {
      return (.unknown, "ZooKeeper did not answer in time")
    }
    return (answer.mode == nil ? .fail : .ok, "ZooKeeper \(answer.observation)")
  }

  private func exhibitor(_ answer: HTTPReading) -> Observation {
    switch ExhibitorAnswer(answer) {
    case .failed(let why): return (.fail, "Exhibitor: \(why)")
    case .servers(let servers):
      guard let own = servers.first(where: { $0.hostname == node.address.description }) else {
        return (.fail, "Exhibitor does not list \(node.address)")
      }
      let seen = "Exhibitor says \(own.description)"
      return own.code == 3 ? (.ok, seen) : (.fail, "\(seen) (code \(own.code))")
    }
  }

  private func mesosMaster(_ answer: HTTPReading) -> Observation {
    guard let metrics = MesosMetrics(answer) else { return (.fail, "no metrics") }
    let recovered = metrics["registrar/log/recovered"] == 1
    let elected = metrics["master/elected"] == 1
    return recovered
      ? (.ok, elected ? "leads, replicated log recovered" : "replicated log recovered")
      : (.fail, "the replicated log is not recovered")
  }

  private func leaderName(_ answer: HTTPReading) -> Observation {
    struct Host: Decodable { var ip: String }
    let hosts = ReportText.decode([Host].self, from: answer.text) ?? []
    let addresses = hosts.map(\.ip).filter { !$0.isEmpty }
    return addresses.isEmpty
      ? (.fail, "leader.mesos is not known")
      : (.ok, "leader.mesos is \(addresses.joined(separator: ", "))")
  }

  private var dns: Observation {
    guard let answer = reading.dns else { return (.unknown, "no answer in time") }
    let text = ReportText.trimmed(answer.text)
    return answer.status == 0 && !text.isEmpty
      ? (.ok, "ready.spartan resolves")
      : (.fail, "ready.spartan does not resolve: \(ReportText.tail(text, lines: 1))")
  }

  private func marathon(_ answer: HTTPReading) -> Observation {
    struct Leader: Decodable { var leader: String }
    guard let leader = ReportText.decode(Leader.self, from: answer.text)?.leader else {
      return (.fail, "Marathon names no leader")
    }
    return (.ok, "leader \(leader)")
  }

  private func router(_ answer: HTTPReading) -> Observation {
    struct Version: Decodable { var version: String }
    guard let seen = ReportText.decode(Version.self, from: answer.text)?.version else {
      return (.fail, "Admin Router gives no version")
    }
    return seen == version.description
      ? (.ok, "DC/OS \(seen)") : (.warn, "DC/OS \(seen), planned \(version)")
  }

  /// With logins switched on, Admin Router refuses the question; that it can, is enough.
  private var cosmos: Observation {
    if reading.probes[.cosmos]?.http == 401 { return (.ok, "") }
    return probe(.cosmos) { _ in (.ok, "") }
  }

  private func mesosAgent(_ answer: HTTPReading) -> Observation {
    guard let metrics = MesosMetrics(answer) else { return (.fail, "no metrics") }
    return metrics["slave/registered"] == 1
      ? (.ok, "registered") : (.fail, "not registered with a master")
  }

  private var checks: Observation {
    struct Answer: Decodable {
      struct Check: Decodable {
        var status: Int
        var output: String?
      }
      var checks: [String: Check]?
    }
    guard let record = reading.checks else { return lastChecks }
    let named = ReportText.decode(Answer.self, from: record.text)?.checks ?? [:]
    let bad = named.filter { $0.value.status != 0 }.sorted { $0.key < $1.key }.map { name, check in
      "\(name): \(ReportText.tail(check.output ?? "", lines: 1))"
    }
    let seen =
      bad.isEmpty ? ReportText.tail(record.error, lines: 1) : bad.joined(separator: "; ")
    return switch record.status {
    case 0: (.ok, "\(named.count) checks passed")
    case 1: (.warn, seen)
    case 2: (.fail, seen)
    case 124, 137: (.warn, "did not end in time")
    default: (.unknown, "status \(record.status) \(seen)")
    }
  }

  /// The outcome of the checks' last run by timer.
  private var lastChecks: Observation {
    let unit = "dcos-checks-poststart.service"
    guard let state = reading.units[unit] else { return (.unknown, "\(unit) was not asked") }
    return switch state.mainStatus {
    case 0?: (.ok, "")
    case 1?: (.warn, "their last run warned: journalctl -u \(unit)")
    case 2?: (.fail, "their last run failed: journalctl -u \(unit)")
    default: (.unknown, "their last run gave no verdict")
    }
  }
}
