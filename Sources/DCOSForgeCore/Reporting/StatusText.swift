/// A cluster's state in words: a table of nodes, what is not well, and where to look first.
public struct StatusText: Sendable {
  private let spec: ClusterSpec
  private let report: Status.Report

  /// Makes the text of a report.
  public init(_ spec: ClusterSpec, _ report: Status.Report) {
    self.spec = spec
    self.report = report
  }

  /// The lines.
  public var lines: [String] {
    var table = Table(header: ["NODE", "ROLE", "ADDRESS", "MACHINE", "HEALTH"])
    for node in spec.nodes {
      table.add([
        node.name.description, node.role.rawValue, node.address.description, machine(node.name),
        health(node.name),
      ])
    }
    return table.lines + [""] + (report.fault.map { ["hypervisor: \($0)"] } ?? []) + faultLines
      + ["\(spec.name) is \(report.health.summary)"]
  }

  private func machine(_ node: NodeName) -> String {
    switch report.machines?[node] {
    case .ours(let record, _): record.state.rawValue
    case .foreign: "not ours"
    case .empty: "absent"
    case nil: "unknown"
    }
  }

  private func health(_ node: NodeName) -> String {
    report.health.nodes.first { $0.node == node }?.state.rawValue ?? "-"
  }

  /// One line for each component that is not well; what only follows from the cause is said so.
  private var faultLines: [String] {
    let lines = report.health.nodes.flatMap { node in
      node.components.filter { $0.state != .ok }.map { component in
        let waits = component.waitsOn.map { " (waits on \($0))" } ?? ""
        return
          "\(node.node)  \(component.component.rawValue): \(component.state.rawValue)\(waits): "
          + component.evidence
      }
    }
    return lines.isEmpty ? [] : lines + [""]
  }
}

/// A cluster's state as a JSON value, schema 1.
public struct StatusRecord: Codable, Sendable {
  /// One component.
  public struct Component: Codable, Sendable {
    /// Its name.
    public var name: String
    /// `ok`, `warn`, `fail` or `unknown`.
    public var state: String
    /// What was seen.
    public var evidence: String
    /// What it only waits on; absent when it is a fault of its own.
    public var waitsOn: String?
  }

  /// One node.
  public struct Node: Codable, Sendable {
    /// Its name.
    public var name: String
    /// Its role.
    public var role: String
    /// Its address.
    public var address: String
    /// `running`, `paused`, `shutoff`, `crashed`, `absent`, `foreign` or `unknown`.
    public var machine: String
    /// The worst state of its components; absent on the bootstrap node.
    public var health: String?
    /// Its components.
    public var components: [Component]
  }

  /// The version of this form.
  public var schema = 1
  /// The cluster.
  public var cluster: String
  /// `healthy`, `degraded`, `down` or `unknown`.
  public var verdict: String
  /// Where to look first; absent when nothing failed.
  public var firstCause: String?
  /// The nodes in file order.
  public var nodes: [Node]

  /// Flattens a report.
  public init(_ spec: ClusterSpec, _ report: Status.Report) {
    cluster = spec.name
    verdict = report.health.verdict.rawValue
    firstCause = report.health.firstCause?.description
    nodes = spec.nodes.map { node in
      let health = report.health.nodes.first { $0.node == node.name }
      return Node(
        name: node.name.description, role: node.role.rawValue, address: node.address.description,
        machine: Self.machine(report.machines?[node.name]), health: health?.state.rawValue,
        components: health?.components.map {
          Component(
            name: $0.component.rawValue, state: $0.state.rawValue, evidence: $0.evidence,
            waitsOn: $0.waitsOn?.description)
        } ?? [])
    }
  }

  private static func machine(_ place: ClusterIdentity.Place?) -> String {
    switch place {
    case .ours(let record, _): record.state.rawValue
    case .foreign: "foreign"
    case .empty: "absent"
    case nil: "unknown"
    }
  }
}
