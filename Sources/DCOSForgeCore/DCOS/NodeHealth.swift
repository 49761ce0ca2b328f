/// How well something is.
public enum HealthState: String, Comparable, CaseIterable, Sendable {
  /// As it should be.
  case ok = "OK"
  /// Worth a look; the cluster is not hurt.
  case warn = "WARN"
  /// It could not be asked.
  case unknown = "UNKNOWN"
  /// It is not as it should be.
  case fail = "FAIL"

  /// Orders from well to ill.
  public static func < (one: HealthState, other: HealthState) -> Bool {
    one.ordinal < other.ordinal
  }

  private var ordinal: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Whether it counts as well.
  public var isGood: Bool { self <= .warn }
}

/// How one component of a node is.
public struct ComponentHealth: Hashable, Sendable {
  /// The component.
  public var component: HealthComponent
  /// How it is.
  public var state: HealthState
  /// What was seen.
  public var evidence: String
  /// The first cause that this failure probably follows from; nil when it stands for itself.
  public var waitsOn: HealthCause?

  /// Makes a value.
  public init(
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
public struct HealthCause: Hashable, Sendable, CustomStringConvertible {
  /// The node.
  public var node: NodeName
  /// The component.
  public var component: HealthComponent

  /// Makes a cause.
  public init(node: NodeName, component: HealthComponent) {
    self.node = node
    self.component = component
  }

  /// `exhibitor on lxzk02`.
  public var description: String { "\(component.rawValue) on \(node)" }
}

/// How one node's components are, in the order to look at them.
public struct NodeHealth: Hashable, Sendable {
  /// The node.
  public var node: NodeName
  /// Its role.
  public var role: NodeRole
  /// Its components in order.
  public var components: [ComponentHealth]

  /// Makes a value.
  public init(node: NodeName, role: NodeRole, components: [ComponentHealth]) {
    self.node = node
    self.role = role
    self.components = components
  }

  /// The worst state of its components.
  public var state: HealthState { components.map(\.state).max() ?? .unknown }

  /// Its component of that kind.
  public subscript(component: HealthComponent) -> ComponentHealth? {
    components.first { $0.component == component }
  }

  /// The node that could not be asked: everything unknown.
  public init(unread node: NodeSpec, because error: ForgeError) {
    self.init(
      node: node.name, role: node.role,
      components: HealthComponent.list(for: node.role).map {
        ComponentHealth($0, .unknown, error.summary)
      })
  }

  /// Judges what was read of the node.
  public init(_ reading: HealthReading, of node: NodeSpec, version: DCOSVersion) {
    let judge = HealthJudge(reading: reading, node: node, version: version)
    self.init(
      node: node.name, role: node.role,
      components: HealthComponent.list(for: node.role).map(judge.health))
  }
}

/// The working of ``NodeHealth``.
struct HealthJudge {
  let reading: HealthReading
  let node: NodeSpec
  let version: DCOSVersion

  typealias Sight = (state: HealthState, seen: String)

  /// Judges one component: its units and its answers together, the worst counts.
  func health(_ component: HealthComponent) -> ComponentHealth {
    guard reading.installation.state != "absent" else {
      return ComponentHealth(component, .fail, "DC/OS is not installed")
    }
    let sights = units(component) + answers(component)
    let state = sights.map(\.state).max() ?? .unknown
    let seen = sights.filter { $0.state == state && !$0.seen.isEmpty }.map(\.seen)
    return ComponentHealth(component, state, seen.joined(separator: "; "))
  }

  private func units(_ component: HealthComponent) -> [Sight] {
    guard component != .nodeChecks else { return [] }
    let all = DCOSUnit.list(for: node.role, version)
    let mine =
      if component == .otherUnits {
        all.filter { unit in
          !HealthComponent.allCases.contains { $0.units(for: node.role).contains(unit.name) }
            // Its last status is what `nodeChecks` reads afresh.
            && unit.name != "dcos-checks-poststart.service"
        }
      } else {
        all.filter { component.units(for: node.role).contains($0.name) }
      }
    return mine.map { unit in
      guard let state = reading.units[unit.name] else {
        return (.unknown, "\(unit.name) was not asked")
      }
      return Self.sight(of: unit, state)
    }
  }

  /// Judges a unit by its duty.
  static func sight(of unit: DCOSUnit, _ state: UnitState) -> Sight {
    let status = state.mainStatus.map { $0 == 0 ? "" : ", last exit status \($0)" } ?? ""
    let seen = "\(unit.name) is \(state.active) (\(state.sub)\(status))"
    guard state.load == "loaded" else { return (.fail, "\(unit.name) is \(state.load)") }
    switch (state.active, unit.duty) {
    case ("active", _): return (.ok, "")
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

  private func answers(_ component: HealthComponent) -> [Sight] {
    switch component {
    case .exhibitor: [zooKeeper, probe(.exhibitor, exhibitor)]
    case .mesosMaster: [probe(.mesosMaster, mesosMaster)]
    case .mesosDNS: [probe(.mesosDNS) { _ in (.ok, "") }, probe(.leaderName, leaderName)]
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

  private func probe(_ kind: HealthProbe.Kind, _ judge: (HTTPReading) -> Sight) -> Sight {
    guard let answer = reading.probes[kind] else { return (.unknown, "\(kind) was not asked") }
    guard !answer.isGood else { return judge(answer) }
    let port = kind.target.port
    let listens = reading.sockets.contains { $0.transport == .tcp && $0.port == port }
    let hint =
      answer.http != 0 || reading.sockets.isEmpty
      ? "" : listens ? ", though port \(port) listens" : ", nothing listens on port \(port)"
    return (.fail, "\(kind.target.path): \(answer.observation)\(hint)")
  }
}

/// What a good answer of each component says.
extension HealthJudge {
  private var zooKeeper: Sight {
    guard let answer = reading.zooKeeper else { return (.unknown, "ZooKeeper was not asked") }
    return (answer.mode == nil ? .fail : .ok, "ZooKeeper \(answer.observation)")
  }

  private func exhibitor(_ answer: HTTPReading) -> Sight {
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

  private func mesosMaster(_ answer: HTTPReading) -> Sight {
    guard let metrics = MesosMetrics(answer) else { return (.fail, "no metrics") }
    let recovered = metrics["registrar/log/recovered"] == 1
    let elected = metrics["master/elected"] == 1
    return recovered
      ? (.ok, elected ? "leads, replicated log recovered" : "replicated log recovered")
      : (.fail, "the replicated log is not recovered")
  }

  private func leaderName(_ answer: HTTPReading) -> Sight {
    struct Host: Decodable { var ip: String }
    let hosts = ReportText.decode([Host].self, from: answer.text) ?? []
    let addresses = hosts.map(\.ip).filter { !$0.isEmpty }
    return addresses.isEmpty
      ? (.fail, "leader.mesos is not known")
      : (.ok, "leader.mesos is \(addresses.joined(separator: ", "))")
  }

  private var dns: Sight {
    let text = ReportText.trimmed(reading.dns.text)
    return reading.dns.status == 0 && !text.isEmpty
      ? (.ok, "ready.spartan resolves")
      : (.fail, "ready.spartan does not resolve: \(ReportText.tail(text, lines: 1))")
  }

  private func marathon(_ answer: HTTPReading) -> Sight {
    struct Leader: Decodable { var leader: String }
    guard let leader = ReportText.decode(Leader.self, from: answer.text)?.leader else {
      return (.fail, "Marathon names no leader")
    }
    return (.ok, "leader \(leader)")
  }

  private func router(_ answer: HTTPReading) -> Sight {
    struct Version: Decodable { var version: String }
    guard let seen = ReportText.decode(Version.self, from: answer.text)?.version else {
      return (.fail, "Admin Router gives no version")
    }
    return seen == version.description
      ? (.ok, "DC/OS \(seen)") : (.warn, "DC/OS \(seen), planned \(version)")
  }

  /// With logins switched on, Admin Router refuses the question; that it can, is enough.
  private var cosmos: Sight {
    if reading.probes[.cosmos]?.http == 401 { return (.ok, "") }
    return probe(.cosmos) { _ in (.ok, "") }
  }

  private func mesosAgent(_ answer: HTTPReading) -> Sight {
    guard let metrics = MesosMetrics(answer) else { return (.fail, "no metrics") }
    return metrics["slave/registered"] == 1
      ? (.ok, "registered") : (.fail, "not registered with a master")
  }

  private var checks: Sight {
    struct Answer: Decodable {
      struct Check: Decodable {
        var status: Int
        var output: String?
      }
      var checks: [String: Check]?
    }
    let record = reading.checks
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
    case 124, 137: (.warn, "did not end in 15 seconds")
    default: (.unknown, "status \(record.status) \(seen)")
    }
  }
}
