package import ForgePorts
package import ForgeNodeProtocol
package import ForgeModel

/// One open SSH connection to a node.
package final class SSHConnection: NodeConnection {
  /// The other end.
  package let endpoint: NodeEndpoint
  private let reactor: SSHReactor
  private let session: UInt64

  init(reactor: SSHReactor, session: UInt64, endpoint: NodeEndpoint) {
    self.reactor = reactor
    self.session = session
    self.endpoint = endpoint
  }

  deinit {
    // Dropped without `close`: the socket must not stay open.
    let (reactor, session) = (reactor, session)
    Task { await reactor.forget(session) }
  }

  /// Ends the connection; calls that still run throw.
  ///
  /// Commands that were given up are hung up and may end first, for at most two seconds.
  package func close() async {
    await reactor.awaitEnds(session)
    await reactor.close(session)
  }

  /// Runs a task on the node and collects what it printed.
  ///
  /// The script travels as standard input, so that nothing of it stands in a process list. Tasks
  /// other than ``NodeTask/shell(_:)`` run in bash as root, through `sudo -n` for another account.
  package func run(
    _ task: NodeTask, timeout: Duration, output: (@Sendable (OutputChunk) -> Void)?
  ) async throws(ForgeError) -> CommandResult {
    CommandResult(
      try await perform(
        task, collects: true, limit: task.outputLimit, timeout: timeout, output: output))
  }

  /// Runs a task on the node and hands on what it prints, keeping none of it.
  package func stream(
    _ task: NodeTask, timeout: Duration,
    output: @escaping @Sendable (OutputChunk) async throws(ForgeError) -> Void
  ) async throws(ForgeError) -> CommandResult.Status {
    var limit: Int? = task.outputLimit
    if case .shell = task { limit = nil }
    return try await perform(
      task, collects: false, limit: limit, timeout: timeout, output: output
    ).status
  }

  private func perform(
    _ task: NodeTask, collects: Bool, limit: Int?, timeout: Duration,
    output: (@Sendable (OutputChunk) async throws(ForgeError) -> Void)?
  ) async throws(ForgeError) -> CommandOutcome {
    let nonce = RemoteCommand.nonce()
    let interpreter: RemoteCommand.Interpreter =
      if case .shell = task { .loginShell } else { .rootBash(viaSudo: endpoint.user != "root") }
    let (command, input) = try RemoteCommand.scriptRunner(task.script, interpreter, nonce: nonce)
    return try await perform(
      command, nonce: nonce, input: InputReader(.bytes(input)), collects: collects, limit: limit,
      isPrivileged: interpreter.isPrivileged, timeout: timeout, output: output)
  }

  /// Runs a command line in the login shell.
  ///
  /// Without `input` its standard input is at its end. `output` gets each chunk as it arrives,
  /// called from the calling task; while it works, no more than 256 KiB are taken from the node.
  /// Without `collects` the result's texts stay empty, and memory stays bounded whatever the
  /// command prints. Throws category `internalFault` for a line longer than 100 kB after quoting.
  package func execute(
    _ command: String, input: ByteSource? = nil, timeout: Duration, collects: Bool = true,
    output: (@Sendable (OutputChunk) -> Void)? = nil
  ) async throws(ForgeError) -> CommandResult {
    let outcome = try await perform(
      command, input: input.map { InputReader($0) }, collects: collects, timeout: timeout,
      output: output)
    return CommandResult(outcome)
  }

  /// Runs a command line to its end: starts it, hands its output out, brings its input.
  ///
  /// What `output` throws ends the command, and is thrown.
  func perform(
    _ command: String, nonce: String = RemoteCommand.nonce(), input: InputReader? = nil,
    collects: Bool = true, limit: Int? = nil, isPrivileged: Bool = false, timeout: Duration,
    output: (@Sendable (OutputChunk) async throws(ForgeError) -> Void)? = nil
  ) async throws(ForgeError) -> CommandOutcome {
    let request = CommandRequest(
      line: Array(try RemoteCommand.framed(command, nonce: nonce).utf8), nonce: nonce,
      hasInput: input != nil, collects: collects, streams: output != nil,
      limit: limit, isPrivileged: isPrivileged, timeout: timeout)
    let running = RunningCommand(id: reactor.makeID(), session: session, endpoint: endpoint)
    let reactor = reactor
    let result = await withTaskCancellationHandler {
      await drive(running, request, input, output)
    } onCancel: {
      Task { await reactor.cancel(running) }
    }
    return try result.get()
  }

  private func drive(
    _ command: RunningCommand, _ request: CommandRequest, _ input: InputReader?,
    _ output: (@Sendable (OutputChunk) async throws(ForgeError) -> Void)?
  ) async -> Result<CommandOutcome, ForgeError> {
    var fault: ForgeError?
    var event = await reactor.run(command.id, request, on: command.session, endpoint: endpoint)
    while true {
      switch event {
      case .finished(let result): return fault.map { .failure($0) } ?? result
      case .output(let chunks):
        do throws(ForgeError) {
          for chunk in chunks where fault == nil { try await output?(chunk) }
        } catch {
          fault = error
          await reactor.cancel(command)
        }
        event = await reactor.next(command)
      case .needsInput:
        do throws(ForgeError) {
          let chunk = try input?.next() ?? InputChunk(bytes: [], isLast: true)
          event = await reactor.next(command, input: chunk)
        } catch {
          fault = error
          await reactor.cancel(command)
          event = await reactor.next(command)
        }
      }
    }
  }
}

extension RemoteCommand.Interpreter {
  /// Whether ending it takes root.
  var isPrivileged: Bool {
    if case .rootBash = self { true } else { false }
  }
}

extension CommandResult {
  init(_ outcome: CommandOutcome) {
    self.init(
      status: outcome.status,
      standardOutput: String(decoding: outcome.standardOutput, as: UTF8.self),
      standardError: String(decoding: outcome.standardError, as: UTF8.self))
  }
}
