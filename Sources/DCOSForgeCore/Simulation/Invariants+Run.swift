import ForgeSupport
import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
import ForgeModel
import ForgeEvents

/// What a run says, and how it keeps to its limits.
extension InvariantState {
  /// The invariant that an event of the run breaks, in words.
  mutating func evaluate(_ event: Event, _ world: SimulatedWorld) -> String? {
    checks += 1
    switch event.kind {
    case .runStarted(let command, let cluster, _):
      self.command = command
      running = [:]
      reportedHealthy = false
      return secrets([cluster])
    case .stepStarted(let id, let limit, _):
      guard running[id] == nil else { return nil }
      running[id] = StepUnderWay(began: event.elapsed, limit: limit)
      return crowd()
    case .stepProgress(_, let detail): return secrets([detail])
    case .stepRetrying(_, let error, _): return secrets(error.texts)
    case .stepFinished(let id, let outcome):
      let step = running.removeValue(forKey: id)
      if id.kind == .health, outcome.isGood { reportedHealthy = true }
      if let step, event.elapsed - step.began > step.limit {
        return "limits: \(id) took \((event.elapsed - step.began).brief) of \(step.limit.brief)"
      }
      return secrets(outcome.texts)
    case .gateOpened(_, let evidence): return open(evidence, world) ?? secrets(evidence)
    case .interrupted: return nil
    case .runFinished(let status, _): return truth(of: status, world)
    }
  }

  /// No more steps at once than the file says.
  private func crowd() -> String? {
    let parallel = spec.parallel
    var (machines, transfers, installs) = (0, 0, 0)
    for id in running.keys {
      switch id.kind {
      case .remove, .machine: machines += 1
      case .baseImage, .generate: transfers += 1
      case .installMaster, .installAgent: installs += 1
      default: break
      }
    }
    let rows = [
      ("steps", running.count, parallel.steps), ("machines", machines, parallel.machines),
      ("transfers", transfers, parallel.transfers), ("installs", installs, parallel.installs),
    ]
    return rows.first { $0.1 > $0.2 }.map { "limits: \($0.1) \($0.0) at once, \($0.2) are allowed" }
  }

  /// A run that ends with exit 0 leaves a cluster that is up.
  ///
  /// What went wrong by itself within the last minute may not have been seen.
  private func truth(of status: ExitStatus, _ world: SimulatedWorld) -> String? {
    guard command == "up" || reportedHealthy, status == .success,
      world.now.since(lastDisturbance) > .seconds(60)
    else {
      return nil
    }
    for node in spec.nodes {
      guard let machine = world.node(node.name), machine.isUp else {
        return "truth: the run ends well although \(node.name) is off"
      }
      guard node.role == .bootstrap || machine.installedRole == node.role && machine.isSettled
      else { return "truth: the run ends well although DC/OS is not well on \(node.name)" }
      if node.role.isAgent, !world.ensemble.registered.contains(node.address) {
        return "truth: the run ends well although \(node.name) is not registered"
      }
    }
    return world.ensemble.isComplete
      ? nil : "truth: the run ends well although not every master serves"
  }

  // MARK: secrets

  /// No private key stands in what a run says.
  func secrets(_ texts: [String]) -> String? {
    texts.contains { holdsSecret($0.utf8) } ? "secret: a private key stands in an event" : nil
  }

  /// No private key is sent as a command.
  func secrets(in task: NodeTask) -> String? {
    switch task {
    case .shell(let text), .detectIP(let text), .checksum(let text), .fetchServed(let text):
      secrets([text])
    default: nil
    }
  }

  /// No private key lies in a volume that is no seed image.
  func secrets(in volume: String, _ world: SimulatedWorld) -> String? {
    let name = volume.dropFirst(poolName.utf8.count + 1)
    guard !name.hasSuffix("-seed.iso"),
      let content = world.pools[poolUUID]?.volumes[String(name)]?.content
    else { return nil }
    return holdsSecret(content) ? "secret: a private key lies in volume \(volume)" : nil
  }

  /// No private key lies in a file that was sent to a node.
  func secrets(in path: String, on node: NodeName, _ world: SimulatedWorld) -> String? {
    guard case .bytes(let bytes)? = world.node(node)?.files[path], holdsSecret(bytes) else {
      return nil
    }
    return "secret: a private key lies in \(path) on \(node)"
  }

  private func holdsSecret(_ bytes: some Collection<UInt8>) -> Bool {
    guard let first = secret.first else { return false }
    var rest = bytes[...]
    while let start = rest.firstIndex(of: first) {
      rest = rest[start...]
      if rest.starts(with: secret) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}

extension ForgeError {
  /// Everything that is shown of it.
  fileprivate var texts: [String] {
    [summary, subject, observed, advice] + findings.flatMap { [$0.check, $0.detail, $0.fix] }
  }
}

extension StepOutcome {
  fileprivate var isGood: Bool {
    switch self {
    case .changed, .unchanged: true
    case .failed, .skipped, .stopped: false
    }
  }

  /// Everything that is shown of it.
  fileprivate var texts: [String] {
    switch self {
    case .changed(let text), .unchanged(let text), .skipped(_, let text): [text]
    case .failed(let error): error.texts
    case .stopped: []
    }
  }
}
