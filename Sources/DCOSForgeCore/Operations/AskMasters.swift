import ForgePorts
package import ForgeNodeProtocol
package import ForgeModel

/// Asks the running cluster through its masters: all at once, and the first good answer counts, so
/// that a dead master costs nothing.
package struct AskMasters: Sendable {
  private let spec: ClusterSpec
  private let connections: NodeConnections

  /// How long one master may take.
  private static let timeout = Duration.seconds(45)

  /// Makes the operation.
  package init(_ spec: ClusterSpec, keys: ClusterKeys, context: ForgeContext) {
    self.spec = spec
    connections = NodeConnections(spec, keys: keys, shell: context.shell)
  }

  /// The members of the cluster.
  package func nodes() async throws(ForgeError) -> NodesReport {
    let spec = spec
    return try await ask(.nodes) { (result, node) throws(ForgeError) in
      try NodesReport(result, on: node, of: spec)
    }
  }

  /// The services that are registered with Mesos.
  package func services() async throws(ForgeError) -> ServicesReport {
    try await ask(.services) { (result, node) throws(ForgeError) in
      try ServicesReport(result, on: node)
    }
  }

  /// What Marathon says of itself.
  package func marathon() async throws(ForgeError) -> MarathonReport {
    try await ask(.marathon) { (result, node) throws(ForgeError) in
      try MarathonReport(result, on: node)
    }
  }

  private func ask<Answer: Sendable>(
    _ question: ClusterQuestion,
    read: @escaping @Sendable (CommandResult, NodeSpec) throws(ForgeError) -> Answer
  ) async throws(ForgeError) -> Answer {
    let connections = connections
    let answer = await withTaskGroup(of: Result<Answer, ForgeError>.self) { group in
      for node in spec.nodes(.master) {
        group.addTask {
          do throws(ForgeError) {
            let result = try await connections.run(
              .ask(question, at: node.address), on: node, timeout: Self.timeout)
            return .success(try read(result, node))
          } catch {
            return .failure(error)
          }
        }
      }
      var faults: [ForgeError] = []
      for await result in group {
        switch result {
        case .success(let answer):
          group.cancelAll()
          return Result<Answer, ForgeError>.success(answer)
        case .failure(let error): faults.append(error)
        }
      }
      return .failure(Self.fault(faults))
    }
    await connections.close()
    return try answer.get()
  }

  /// One error for all masters: the kind of the one that came furthest, what was seen on each.
  private static func fault(_ faults: [ForgeError]) -> ForgeError {
    let furthest = faults.first { $0.category != .unreachable } ?? faults.first
    return ForgeError(
      furthest?.category ?? .internalFault, "no master could answer",
      observed: faults.map(\.description).sorted().joined(separator: "\n"),
      advice: furthest?.advice ?? "", disposition: .retry)
  }
}
