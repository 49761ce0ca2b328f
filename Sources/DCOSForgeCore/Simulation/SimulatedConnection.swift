import ForgeSupport
package import ForgePorts
package import ForgeNodeProtocol
package import ForgeModel

/// One open connection to a simulated node.
package final class SimulatedConnection: NodeConnection {
  private let cluster: SimulatedCluster
  private let run: Int
  private let node: NodeName
  private let disk: String
  private let boot: Int
  private let group: Int
  private let isBroken = Locked(false)
  private static let pieceSize = 32 * 1024

  init(shell: SimulatedShell, node: SimulatedNode) {
    cluster = shell.cluster
    run = shell.run
    self.node = node.name
    disk = node.disk
    boot = node.boots
    group = node.group
  }

  // MARK: the protocol

  /// Runs a task: its parts one after the other, each at its moment.
  package func run(
    _ task: NodeTask, timeout: Duration, output: (@Sendable (OutputChunk) -> Void)?
  ) async throws(ForgeError) -> CommandResult {
    let deadline = cluster.virtualClock.now.advanced(by: timeout)
    try await wait(untilExchanged: deadline, task.kind.rawValue)
    var course = try change { world in
      world.emit(.taskStarted(node, task))
      return world.begin(task, on: disk)
    }
    let plannedFault = try change { world in world.plannedFault(of: task.kind, on: disk) }
    let steps = course.steps
    for (index, step) in steps.enumerated() {
      if let plannedFault, index == steps.count / 2 {
        try await suffer(plannedFault, step, deadline)
      }
      switch step {
      case .work(let time, let effect):
        try await wait(
          until: cluster.virtualClock.now.advanced(by: time), deadline, task.kind.rawValue)
        try change { world in world.apply(effect, &course, on: disk) }
      case .wait(let what):
        while let moment = try change({ world in world.end(of: what, on: disk) }) {
          try await wait(until: moment, deadline, task.kind.rawValue)
        }
      }
    }
    if let plannedFault, steps.isEmpty { try await suffer(plannedFault, nil, deadline) }
    let result = try change { world in
      var result = world.result(of: task, course, on: disk)
      result.cache = world.cache
      world.emit(.taskFinished(node, task.kind, result.status))
      return result
    }
    guard result.standardOutput.utf8.count + result.standardError.utf8.count <= task.outputLimit
    else { throw ForgeError.tooMuchOutput(task.outputLimit, on: node) }
    report(output, result)
    return result
  }

  /// Runs a task and hands on what it printed.
  package func stream(
    _ task: NodeTask, timeout: Duration,
    output: @escaping @Sendable (OutputChunk) async throws(ForgeError) -> Void
  ) async throws(ForgeError) -> CommandResult.Status {
    let result = try await run(task, timeout: timeout)
    try await output(.standardOutput(Array(result.standardOutput.utf8)))
    try await output(.standardError(Array(result.standardError.utf8)))
    return result.status
  }

  /// Sends a file in as much virtual time as its size takes.
  package func upload(
    _ content: ByteSource, to path: String, mode: UInt16, timeout: Duration,
    progress: (@Sendable (Int64) -> Void)?
  ) async throws(ForgeError) {
    let deadline = cluster.virtualClock.now.advanced(by: timeout)
    try await wait(untilExchanged: deadline, "upload")
    if let plannedFault = try change({ world in world.plannedFault(of: nil, on: disk) }) {
      try await suffer(plannedFault, nil, deadline)
    }
    let parts: Int64 = 8
    for part in 1...parts {
      let time = content.count * 1000 / cluster.timings.bytesPerSecond / parts
      try await wait(
        until: cluster.virtualClock.now.advanced(by: .milliseconds(time)), deadline, "upload")
      progress?(content.count * part / parts)
    }
    try change { world in
      let isNew = world.machines[disk]?.files[path] != content
      world.machines[disk]?.files[path] = content
      world.machines[disk]?.modes[path] = mode & 0o777
      let event = WorldEvent.Kind.uploaded(node, path: path)
      if isNew { world.change(event) } else { world.emit(event) }
    }
  }

  /// Reads a file that was uploaded from memory.
  package func download(
    _ path: String, timeout: Duration,
    receive: @escaping @Sendable (RemoteFile, [UInt8]) throws(ForgeError) -> Void
  ) async throws(ForgeError) -> RemoteFile {
    let deadline = cluster.virtualClock.now.advanced(by: timeout)
    try await wait(untilExchanged: deadline, "download")
    if let plannedFault = try change({ world in world.plannedFault(of: nil, on: disk) }) {
      try await suffer(plannedFault, nil, deadline)
    }
    let (content, mode) = try change { world in
      (world.machines[disk]?.files[path], world.machines[disk]?.modes[path])
    }
    guard case .bytes(let bytes)? = content, let mode else {
      throw ForgeError(
        .step, "\(path) cannot be read", on: node.description,
        observed: "No such file or directory")
    }
    let file = RemoteFile(size: Int64(bytes.count), mode: mode)
    for start in stride(from: 0, to: bytes.count, by: Self.pieceSize) {
      try receive(file, Array(bytes[start..<min(start + Self.pieceSize, bytes.count)]))
    }
    return file
  }

  /// Ends the connection.
  package func close() async {
    isBroken.withLock { $0 = true }
    cluster.virtualClock.wake(group: group)
  }

  // MARK: parts

  private func report(_ output: (@Sendable (OutputChunk) -> Void)?, _ result: CommandResult) {
    guard let output else { return }
    if !result.standardOutput.isEmpty {
      output(.standardOutput(Array(result.standardOutput.utf8)))
    }
    if !result.standardError.isEmpty { output(.standardError(Array(result.standardError.utf8))) }
  }

  /// Changes the world, provided that the connection and the run that holds it still live.
  private func change<Value: Sendable>(
    _ work: (inout SimulatedWorld) -> Value
  ) throws(ForgeError) -> Value {
    try cluster.change { world throws(ForgeError) in
      try world.admit(run)
      guard isBroken.withLock({ !$0 }), let node = world.machines[disk], node.isUp,
        node.boots == boot
      else { throw lost }
      return work(&world)
    }
  }

  private var lost: ForgeError {
    ForgeError(
      .unreachable, "the connection broke", on: node.description,
      observed: "Connection reset by peer", disposition: .retry)
  }

  private func wait(
    untilExchanged deadline: Moment, _ what: String
  ) async throws(ForgeError) {
    let time = try change { world in world.draw.duration(in: world.timings.exchange) }
    try await wait(until: cluster.virtualClock.now.advanced(by: time), deadline, what)
  }

  /// Waits until the moment; whoever is woken earlier finds out at the next change.
  private func wait(
    until moment: Moment, _ deadline: Moment, _ what: String
  ) async throws(ForgeError) {
    try await cluster.sleep(until: min(moment, deadline), group: group)
    try change { _ in }
    if moment > deadline, cluster.virtualClock.now >= deadline {
      throw ForgeError(
        .timeout, "\(what) took longer than its limit", on: node.description, disposition: .retry)
    }
  }

  /// Lets a planned fault strike in the middle of a step.
  private func suffer(
    _ plannedFault: SimulatedWorld.PlannedFault, _ step: SimulatedWorld.TaskStep?,
    _ deadline: Moment
  ) async throws(ForgeError) {
    var moment = cluster.virtualClock.now
    switch step {
    case .work(let time, _)?: moment = moment.advanced(by: time / 2)
    case .wait(let what)?:
      if let end = try change({ world in world.end(of: what, on: disk) }) {
        moment = moment.advanced(by: end.since(moment) / 2)
      }
    case nil: break
    }
    try await wait(until: moment, deadline, "the task")
    switch plannedFault {
    case .reboot: try change { world in world.reboot(disk) }
    case .drop:
      try change { world in world.emit(.dropped(node)) }
      isBroken.withLock { $0 = true }
    }
    try change { _ in }
  }
}
