import ForgeNodeProtocol
import ForgeSupport
package import ForgeModel
package import ForgeHealth
import ForgeDCOS

/// A cluster's state in words: the nodes, the matrix of checks, the ensemble, and where to look
/// first.
package struct StatusText: Sendable {
  private let spec: ClusterSpec
  private let health: ClusterHealth

  /// Makes the text of a reading.
  package init(_ spec: ClusterSpec, _ health: ClusterHealth) {
    self.spec = spec
    self.health = health
  }

  /// So many nodes are shown side by side; of more, only those that are not well.
  static let matrixLimit = 10

  package var lines: [String] {
    nodeTable + [""] + matrix + [ensemble] + causes + ["\(spec.name) is \(health.summary)"]
  }

  private var nodeTable: [String] {
    let addresses = Dictionary(uniqueKeysWithValues: spec.nodes.map { ($0.name, $0.address) })
    var table = Table(header: [
      "NODE", "ROLE", "ADDRESS", "MACHINE", "ZOOKEEPER", "ANSWER", "HEALTH",
    ])
    for node in health.nodes {
      table.add([
        node.node.description, node.role.rawValue, addresses[node.node]?.description ?? "",
        node.machine.word, node.zooKeeper?.rawValue ?? "-", node.took?.brief ?? "-",
        node.state.rawValue,
      ])
    }
    return table.lines
  }

  /// Checks down, nodes across.
  private var matrix: [String] {
    let shown =
      health.nodes.count <= Self.matrixLimit
      ? health.nodes : Array(health.nodes.filter { $0.state != .ok }.prefix(Self.matrixLimit))
    guard !shown.isEmpty else { return [] }
    var table = Table(header: ["CHECK"] + shown.map(\.node.description))
    for component in HealthComponent.allCases {
      let cells = shown.map { Self.cell($0[component]) }
      if cells.contains(where: { $0 != "-" }) { table.add([component.rawValue] + cells) }
    }
    let rest = health.nodes.count { $0.state != .ok } - shown.count
    let more = health.nodes.count > Self.matrixLimit && rest > 0
    return table.lines + (more ? ["and \(rest) more that are not well"] : []) + [""]
  }

  private static func cell(_ component: ComponentHealth?) -> String {
    guard let component else { return "-" }
    if component.waitsOn != nil { return "waits" }
    return component.state == .fail ? "FAIL" : component.state.rawValue.lowercased()
  }

  private var ensemble: String {
    let masters = health.nodes.filter { $0.role == .master }
    let leaders = masters.filter { $0.zooKeeper == .leader || $0.zooKeeper == .standalone }
    let serving = masters.count { $0.zooKeeper != nil }
    let names = leaders.map(\.node.description).joined(separator: ", ")
    return "zookeeper: \(serving) of \(masters.count) serve"
      + (names.isEmpty ? ", no leader seen" : ", \(names) leads")
  }

  /// What is not well: the cause first, then what else stands for itself, then what waits.
  private var causes: [String] {
    var own: [String] = []
    var waiting: [String: [String]] = [:]
    var others: [(line: String, count: Int)] = []
    for node in health.nodes {
      var reported: [String: Int] = [:]
      for part in node.components where part.state != .ok {
        let line = "\(part.component.rawValue) on \(node.node): \(part.evidence)"
        if let cause = part.waitsOn {
          waiting[cause.description, default: []].append(
            "\(part.component.rawValue) on \(node.node)")
        } else if health.firstCause == HealthCause(node: node.node, component: part.component) {
          own.insert("cause    \(line)", at: 0)
        } else if part.state == .fail {
          own.append("fault    \(line)")
        } else if let index = reported[part.evidence] {
          others[index].count += 1
        } else {
          reported[part.evidence] = others.count
          others.append((part.state == .warn ? "warning  \(line)" : "unknown  \(line)", 0))
        }
      }
    }
    let waits = waiting.sorted { $0.key < $1.key }.map { cause, parts in
      "waiting  on \(cause): \(parts.prefix(6).joined(separator: ", "))"
        + (parts.count > 6 ? " and \(parts.count - 6) more" : "")
    }
    let rest = others.map { $0.count == 0 ? $0.line : "\($0.line) (and \($0.count) more checks)" }
    let lines = own + waits + Self.short(rest)
    return lines.isEmpty ? [""] : [""] + lines + [""]
  }

  private static func short(_ lines: [String]) -> [String] {
    lines.count <= 20 ? lines : lines.prefix(20) + ["and \(lines.count - 20) more"]
  }
}

/// A cluster's state as a JSON value, schema 2.
package struct StatusRecord: Codable, Sendable {
  package struct Component: Codable, Sendable {
    package var name: String
    /// `ok`, `warn`, `fail` or `unknown`.
    package var state: String
    /// What was seen.
    package var evidence: String
    /// What it only waits on; absent when it is a fault of its own.
    package var waitsOn: String?
  }

  package struct Node: Codable, Sendable {
    package var name: String
    package var role: String
    package var address: String
    /// `running`, `paused`, `shutoff`, `crashed`, `absent`, `foreign` or `unknown`.
    package var machine: String
    /// `leader`, `follower` or `standalone`; absent on agents and where ZooKeeper does not serve.
    package var zookeeper: String?
    /// How long it took to answer, in seconds; absent when it did not.
    package var seconds: Double?
    /// The worst state of its components.
    package var health: String
    package var components: [Component]
  }

  /// Where to look first.
  package struct Cause: Codable, Sendable {
    package var node: String
    package var component: String
    /// What was seen.
    package var evidence: String
  }

  /// The version of this form.
  package var schema = 2
  package var cluster: String
  /// When it was read, in milliseconds since 1970.
  package var time: Int64
  /// `healthy`, `degraded`, `down` or `unknown`.
  package var verdict: String
  /// Where to look first; absent when nothing failed.
  package var cause: Cause?
  /// The nodes: masters, agents, bootstrap.
  package var nodes: [Node]

  /// Flattens a reading.
  package init(_ spec: ClusterSpec, _ health: ClusterHealth, at time: Int64) {
    let addresses = Dictionary(uniqueKeysWithValues: spec.nodes.map { ($0.name, $0.address) })
    cluster = spec.name
    self.time = time
    verdict = health.verdict.rawValue
    cause = health.firstCause.map { cause in
      Cause(
        node: cause.node.description, component: cause.component.rawValue,
        evidence: health[cause]?.evidence ?? "")
    }
    nodes = health.nodes.map { node in
      Node(
        name: node.node.description, role: node.role.rawValue,
        address: addresses[node.node]?.description ?? "", machine: node.machine.word,
        zookeeper: node.zooKeeper?.rawValue, seconds: node.took.map { $0 / .seconds(1) },
        health: node.state.rawValue.lowercased(),
        components: node.components.map {
          Component(
            name: $0.component.rawValue, state: $0.state.rawValue.lowercased(),
            evidence: $0.evidence, waitsOn: $0.waitsOn?.description)
        })
    }
  }
}
