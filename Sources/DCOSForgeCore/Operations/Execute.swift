import ForgeNodeProtocol
import ForgeSupport
import ForgePorts
package import ForgeModel

/// Runs an operator's command line on several nodes at once.
package struct Execute: Sendable {
  private let connections: NodeConnections
  private let clock: any ForgeClock
  private let atOnce: Int

  /// A line that a node printed.
  package struct Line: Sendable {
    package var node: NodeName
    /// Whether it stood on standard error.
    package var isError: Bool
    /// Its bytes as they came, without the line end.
    package var bytes: [UInt8]
  }

  /// Makes the operation; at most `atOnce` nodes work at a time.
  package init(
    _ spec: ClusterSpec, keys: ClusterKeys, context: ForgeContext, atOnce: Int = .max
  ) {
    connections = NodeConnections(spec, keys: keys, shell: context.shell)
    clock = context.clock
    self.atOnce = atOnce
  }

  /// The most bytes of a node's output and errors that ``run(_:on:timeout:)`` keeps.
  ///
  /// All results are in memory at once, and as JSON a byte may take six.
  package static let keptLimit = 1 << 20

  /// Runs the command and collects the first ``keptLimit`` bytes that it prints; the results stand
  /// in the order of the nodes.
  package func run(
    _ command: String, on nodes: [NodeSpec], timeout: Duration
  ) async -> [Result<CommandResult, ForgeError>] {
    await onEach(nodes) { (node) async throws(ForgeError) in
      let kept = Locked(KeptOutput())
      let status = try await streamed(command, on: node, timeout: timeout) { chunk in
        kept.withLock { $0.take(chunk) }
      }.get()
      return kept.withLock { $0.result(status) }
    }
  }

  /// Runs the command and hands on every line as it comes; the results stand in the order of the
  /// nodes.
  ///
  /// Lines of one node come in its order, those of several as they arrive. `print` is called from
  /// several tasks at once; while it waits, so does the node, and the time runs on.
  package func stream(
    _ command: String, on nodes: [NodeSpec], timeout: Duration,
    print: @escaping @Sendable (Line) async -> Void
  ) async -> [Result<CommandResult.Status, ForgeError>] {
    await onEach(nodes) { (node) async throws(ForgeError) in
      let lines = Locked((output: LineBuffer(), errors: LineBuffer()))
      let result = await streamed(command, on: node, timeout: timeout) { chunk in
        let (isError, taken) = lines.withLock { lines in
          switch chunk {
          case .standardOutput(let bytes): (false, lines.output.take(bytes))
          case .standardError(let bytes): (true, lines.errors.take(bytes))
          }
        }
        for line in taken { await print(Line(node: node.name, isError: isError, bytes: line)) }
      }
      let rest = lines.withLock { ($0.output.end(), $0.errors.end()) }
      if let line = rest.0 { await print(Line(node: node.name, isError: false, bytes: line)) }
      if let line = rest.1 { await print(Line(node: node.name, isError: true, bytes: line)) }
      return try result.get()
    }
  }

  /// Ends also when nobody takes the output: well after the time that the connection itself gives
  /// the command and its last words.
  private func streamed(
    _ command: String, on node: NodeSpec, timeout: Duration,
    output: @escaping @Sendable (OutputChunk) async -> Void
  ) async -> Result<CommandResult.Status, ForgeError> {
    do throws(ForgeError) {
      _ = try await connections.connection(to: node)
      let end = clock.now.advanced(by: timeout + .seconds(5))
      let status = try await withDeadline(end, on: clock) {
        ForgeError(
          .timeout, "nobody took the command's output within \(timeout.brief)",
          on: node.name.description)
      } _: { () async throws(ForgeError) in
        try await connections.stream(.shell(command), on: node, timeout: timeout, output: output)
      }
      return .success(status)
    } catch {
      return .failure(error)
    }
  }

  private func onEach<Value: Sendable>(
    _ nodes: [NodeSpec], _ body: @escaping @Sendable (NodeSpec) async throws(ForgeError) -> Value
  ) async -> [Result<Value, ForgeError>] {
    let results = await connections.onEach(nodes, atOnce: atOnce, body)
    await connections.close()
    return nodes.map {
      results[$0.name] ?? .failure(ForgeError(.internalFault, "was not asked", on: "\($0.name)"))
    }
  }

  /// The exit code for the worst of the results: a node without an answer before one whose command
  /// took too long before one whose command failed.
  ///
  /// The command's own exit status does not pass through: it would be mistaken for one of
  /// dcosforge's.
  package static func exitStatus(
    of results: [Result<CommandResult.Status, ForgeError>]
  ) -> ExitStatus {
    let codes: [ExitStatus] = results.map { result in
      switch result {
      case .success(.exited(0)): .success
      case .success: .step
      case .failure(let error): error.exitStatus
      }
    }
    let order: [ExitStatus] = [.interrupted, .internalFault, .unreachable, .timeout, .step]
    return order.first { codes.contains($0) } ?? codes.first { $0 != .success } ?? .success
  }
}

/// The first bytes that a command prints.
private struct KeptOutput {
  private var output: [UInt8] = []
  private var errors: [UInt8] = []
  private var omitted = 0

  mutating func take(_ chunk: OutputChunk) {
    let room = Execute.keptLimit - output.count - errors.count
    let bytes: [UInt8]
    switch chunk {
    case .standardOutput(let new):
      bytes = new
      output += new.prefix(room)
    case .standardError(let new):
      bytes = new
      errors += new.prefix(room)
    }
    omitted += max(0, bytes.count - room)
  }

  func result(_ status: CommandResult.Status) -> CommandResult {
    var result = CommandResult(
      status: status, standardOutput: String(decoding: output, as: UTF8.self),
      standardError: String(decoding: errors, as: UTF8.self))
    result.omitted = omitted
    return result
  }
}
