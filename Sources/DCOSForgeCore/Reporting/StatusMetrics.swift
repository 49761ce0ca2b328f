import ForgeNodeProtocol
import ForgeDCOS
package import ForgeModel
package import ForgeHealth

/// A cluster's state in Prometheus's text format, for a node exporter's textfile collector.
///
/// Source: Prometheus's exposition formats, version 0.0.4: each metric's HELP and TYPE once, before
/// its samples, label values with backslash, quote and line feed escaped, a line feed at the end.
package struct StatusMetrics: Sendable {
  private let cluster: String
  private let health: ClusterHealth
  private let time: Int64

  /// Makes the text of a reading that was taken at `time`, in milliseconds since 1970.
  package init(_ spec: ClusterSpec, _ health: ClusterHealth, at time: Int64) {
    cluster = spec.name
    self.health = health
    self.time = time
  }

  private typealias Label = (name: String, value: String)

  /// The whole text.
  package var text: String {
    let verdicts: [ClusterHealth.Verdict] = [.healthy, .degraded, .down, .unknown]
    return metric(
      "dcosforge_cluster_verdict", "Whether this is the cluster's verdict.",
      verdicts.map { ([("verdict", $0.rawValue)], health.verdict == $0 ? 1 : 0) })
      + metric(
        "dcosforge_component_state",
        "A component's state: 0 ok, 1 warning, 2 unknown, 3 failed.",
        health.nodes.flatMap { node in
          node.components.map { part in
            (labels(node) + [("component", part.component.rawValue)], Self.number(part.state))
          }
        })
      + metric(
        "dcosforge_node_machine_running", "Whether the node's domain runs.",
        health.nodes.map { (labels($0), $0.machine == .domain(.running) ? 1 : 0) })
      + metric(
        "dcosforge_node_answer_seconds", "How long the node took to answer.",
        health.nodes.compactMap { node in node.took.map { (labels(node), $0 / .seconds(1)) } })
      + metric(
        "dcosforge_zookeeper_serving", "Whether the master's ZooKeeper serves.",
        health.nodes.filter { $0.role == .master }.map {
          (labels($0), $0.zooKeeper == nil ? 0 : 1)
        })
      + metric(
        "dcosforge_zookeeper_leader", "Whether the master's ZooKeeper leads.",
        health.nodes.filter { $0.role == .master }.map {
          (labels($0), $0.zooKeeper == .leader || $0.zooKeeper == .standalone ? 1 : 0)
        })
      + metric(
        "dcosforge_read_timestamp_seconds", "When this was read, in seconds since 1970.",
        [([], Double(time) / 1000)])
  }

  private func labels(_ node: NodeHealth) -> [Label] {
    [("node", node.node.description), ("role", node.role.rawValue)]
  }

  private static func number(_ state: HealthState) -> Double {
    switch state {
    case .ok: 0
    case .warn: 1
    case .unknown: 2
    case .fail: 3
    }
  }

  private func metric(
    _ name: String, _ help: String, _ samples: [(labels: [Label], value: Double)]
  ) -> String {
    guard !samples.isEmpty else { return "" }
    let lines = samples.map { sample in
      let labels = ([("cluster", cluster)] + sample.labels).map { name, value in
        "\(name)=\"\(Self.escaped(value))\""
      }
      return "\(name){\(labels.joined(separator: ","))} \(sample.value)\n"
    }
    return "# HELP \(name) \(help)\n# TYPE \(name) gauge\n" + lines.joined()
  }

  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#).replacing("\n", with: #"\n"#)
  }
}
