/// Runs an operator's command line on several nodes at once.
public struct Execute: Sendable {
  private let connections: NodeConnections

  /// Makes the operation.
  public init(_ spec: ClusterSpec, keys: ClusterKeys, shell: any RemoteShell) {
    connections = NodeConnections(spec, keys: keys, shell: shell)
  }

  /// Runs the command; the results stand in the order of the nodes.
  public func run(
    _ command: String, on nodes: [NodeSpec], timeout: Duration
  ) async -> [Result<CommandResult, ForgeError>] {
    let results = await connections.onEach(nodes) { (node) async throws(ForgeError) in
      try await connections.run(.shell(command), on: node, timeout: timeout)
    }
    await connections.close()
    return nodes.map {
      results[$0.name] ?? .failure(ForgeError(.internalFault, "was not asked", on: "\($0.name)"))
    }
  }
}
