import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel
import ForgeHealth

/// The run's connections: one per node, opened when first needed, discarded when broken.
actor NodeConnections {
  private let ssh: SSHSpec
  private let keys: ClusterKeys
  private let shell: any RemoteShell
  private var open: [NodeName: any NodeConnection] = [:]

  /// How long one attempt to connect may take.
  static let connectTimeout = Duration.seconds(15)

  init(_ spec: ClusterSpec, keys: ClusterKeys, shell: any RemoteShell) {
    self.ssh = spec.ssh
    self.keys = keys
    self.shell = shell
  }

  /// Runs a task on a node; a connection that turns out to be broken is discarded.
  func run(
    _ task: NodeTask, on node: NodeSpec, timeout: Duration,
    output: (@Sendable (OutputChunk) -> Void)? = nil
  ) async throws(ForgeError) -> CommandResult {
    try await with(node) { (connection) async throws(ForgeError) in
      try await connection.run(task, timeout: timeout, output: output)
    }
  }

  /// Runs a task on a node and hands on what it prints, keeping none of it.
  func stream(
    _ task: NodeTask, on node: NodeSpec, timeout: Duration,
    output: @escaping @Sendable (OutputChunk) async throws(ForgeError) -> Void
  ) async throws(ForgeError) -> CommandResult.Status {
    try await with(node) { (connection) async throws(ForgeError) in
      try await connection.stream(task, timeout: timeout, output: output)
    }
  }

  /// Does something over a node's connection; one that turns out to be broken is discarded.
  func with<Value: Sendable>(
    _ node: NodeSpec,
    _ body: @Sendable (any NodeConnection) async throws(ForgeError) -> Value
  ) async throws(ForgeError) -> Value {
    let connection = try await connection(to: node)
    do throws(ForgeError) {
      return try await body(connection)
    } catch {
      if error.category == .unreachable { await discard(node.name, connection) }
      throw error
    }
  }

  /// Writes a file on a node, unless it already has that content.
  ///
  /// Returns whether anything was sent.
  func upload(
    _ artifact: LocalArtifact, to path: String, mode: UInt16, on node: NodeSpec,
    timeout: Duration, progress: @escaping @Sendable (Int64) -> Void = { _ in }
  ) async throws(ForgeError) -> Bool {
    let there = try await run(.checksum(path: path), on: node, timeout: timeout)
    if ChecksumReport(there).sum == artifact.sum.description { return false }
    try await with(node) { (connection) async throws(ForgeError) in
      try await connection.upload(
        artifact.content, to: path, mode: mode, timeout: timeout, progress: progress)
    }
    return true
  }

  /// Does the same on several nodes, at most `atOnce` of them at a time.
  nonisolated func onEach<Value: Sendable>(
    _ nodes: [NodeSpec], atOnce: Int = .max,
    _ body: @escaping @Sendable (NodeSpec) async throws(ForgeError) -> Value
  ) async -> [NodeName: Result<Value, ForgeError>] {
    await withTaskGroup(of: (NodeName, Result<Value, ForgeError>).self) { group in
      var results: [NodeName: Result<Value, ForgeError>] = [:]
      for (index, node) in nodes.enumerated() {
        if index >= atOnce, let (done, result) = await group.next() { results[done] = result }
        group.addTask {
          do throws(ForgeError) {
            return (node.name, .success(try await body(node)))
          } catch {
            return (node.name, .failure(error))
          }
        }
      }
      return await group.reduce(into: results) { $0[$1.0] = $1.1 }
    }
  }

  /// Reads ZooKeeper and Exhibitor on all masters at once, or on some what they see of all.
  nonisolated func readQuorum(
    _ masters: [NodeSpec], on some: [NodeSpec]? = nil, timeout: Duration
  ) async -> QuorumRound {
    let addresses = masters.map(\.address)
    let readings = await onEach(some ?? masters) { (master) async throws(ForgeError) in
      let result = try await self.run(.readQuorum(masters: addresses), on: master, timeout: timeout)
      return try result.reading { (result) throws(ForgeError) in
        try QuorumReport(result, on: master.name)
      }
    }
    return QuorumRound(readings)
  }

  /// Ends all connections.
  func close() async {
    let connections = open.sorted { $0.key < $1.key }.map(\.value)
    open = [:]
    await withDiscardingTaskGroup { group in
      for connection in connections { group.addTask { await connection.close() } }
    }
  }

  /// Ends the connection to a node whose machine goes.
  func close(_ node: NodeName) async {
    if let connection = open[node] { await discard(node, connection) }
  }

  /// The node's connection, opened unless it is.
  func connection(
    to node: NodeSpec, timeout: Duration = connectTimeout
  ) async throws(ForgeError) -> any NodeConnection {
    if let connection = open[node.name] { return connection }
    guard let endpoint = keys.endpoint(node, ssh) else {
      throw ForgeError(
        .internalFault, "has no host key in this run", on: node.name.description,
        disposition: .final)
    }
    let connection = try await shell.connect(to: endpoint, timeout: timeout)
    // Another task may have connected meanwhile: the first one is kept, so that a node has one.
    if let first = open[node.name] {
      await connection.close()
      return first
    }
    open[node.name] = connection
    return connection
  }

  private func discard(_ node: NodeName, _ connection: any NodeConnection) async {
    open[node] = nil
    await connection.close()
  }
}
