import ForgeNodeProtocol
package import ForgeModel

/// What simulated nodes print: the records that follow from their state, as text by each task's
/// room in `NodeProtocol`.
extension SimulatedWorld {
  /// How a task ended and what it printed.
  func result(of task: NodeTask, _ course: TaskSchedule, on disk: String) -> CommandResult {
    guard let node = machines[disk] else { return Self.failed("no such machine") }
    switch task {
    case .shell(let command): return Self.shell(command)
    case .checksum(let path):
      return Self.printed(
        ChecksumReport.text(node.files[path].map { SimulatedCluster.checksum(of: $0) }))
    case .awaitCloudInit:
      return node.cloudInit == .done
        ? Self.printed(CloudInitReport.text)
        : Self.failed("cloud-init ended with errors: \"simulated\"")
    case .facts(let request):
      let facts = facts(request, node)
      return Self.printed(cache.value(of: facts) { FactsReport.text(facts) })
    case .configureTime:
      return Self.printed(
        TimeReport.text(
          .init(
            state: course.steps.isEmpty ? .satisfied : .fixed, unit: "chronyd.service",
            detail: "/etc/chrony.conf")))
    case .clock: return Self.printed(ClockRecord.text(clock(node)))
    case .prepare: return Self.printed(PrepareReport.text(course.reports))
    case .detectIP: return Self.printed(DetectIPReport.text([detectIP(node)]))
    case .seal:
      return node.isSealed ? Self.printed(SealReport.text) : Self.failed("DC/OS is here")
    case .authorize:
      return Self.printed(AuthorizeReport.text(isNew: !course.steps.isEmpty))
    case .generate(let wanted): return generated(wanted, course, node)
    case .serve: return served(course, node)
    case .fetchServed(let url): return fetched(url)
    case .preflight(let wanted): return preflighted(wanted, course, node)
    case .install(let wanted): return installed(wanted, course, node)
    case .readQuorum(let masters): return quorum(masters, node)
    case .listAgents: return agents(node)
    case .callMesos: return called(course, node)
    case .readHealth(let request): return health(request, node)
    case .readLogs(let request): return logs(request, node)
    case .collectEvidence(let request): return evidence(request, node)
    case .ask(let question, _): return answer(question, node)
    }
  }

  // MARK: forms

  static func printed(_ text: String) -> CommandResult {
    CommandResult(status: .exited(0), standardOutput: text)
  }

  static func failed(_ text: String, status: Int32 = 1) -> CommandResult {
    CommandResult(status: .exited(status), standardError: text + "\n")
  }

  // MARK: an operator's commands

  /// How long an operator's command takes: `sleep` as long as it says, others no time.
  static func time(of command: String) -> Duration {
    let words = command.split(separator: " ")
    guard words.first == "sleep", words.count == 2, let seconds = Double(words[1]) else {
      return .zero
    }
    return .milliseconds(Int64(max(0, min(seconds, 1_000_000)) * 1000))
  }

  /// The few commands that a simulated node knows.
  private static func shell(_ command: String) -> CommandResult {
    let words = command.split(separator: " ", maxSplits: 1).map(String.init)
    let rest = words.count > 1 ? words[1] : ""
    switch words.first {
    case "true", "sleep": return printed("")
    case "false": return CommandResult(status: .exited(1))
    case "echo": return printed(rest + "\n")
    case "exit": return CommandResult(status: .exited(Int32(rest) ?? 2))
    default:
      return failed("\(words.first ?? ""): command not found", status: 127)
    }
  }

  // MARK: facts

  private func facts(_ request: FactsRequest, _ node: SimulatedNode) -> FactsReport {
    let reports = Prerequisites.items(for: request.preparation).map { item in
      PrerequisiteRecord(
        item: item, state: node.isRight(item) ? .satisfied : .missing, detail: "simulated")
    }
    return FactsReport(
      hostname: node.hostname, prerequisites: reports, clock: clock(node),
      isTimeSet: node.time == request.time, dcos: node.dcos,
      installedFrom: node.installedFrom,
      generated: request.serving == nil ? nil : node.generated?.inputs,
      served: request.serving == nil || request.serving != node.serving
        ? nil : node.generated?.installer)
  }

  func clock(_ node: SimulatedNode) -> ClockRecord {
    // A server that trusts its own clock leaves the kernel's flag alone.
    if node.isClockSynchronised, node.time?.servesTo != nil, node.time?.servers == [] {
      return ClockRecord(
        isSynchronised: false, errorMilliseconds: 16000, source: ClockRecord.local)
    }
    return ClockRecord(
      isSynchronised: node.isClockSynchronised,
      errorMilliseconds: node.isClockSynchronised ? 0.4 : 16000,
      source: node.isClockSynchronised
        ? "chronyd, \(node.time?.servers.first ?? "pool"), stratum 3" : "chronyd, no server yet")
  }

  private func detectIP(_ node: SimulatedNode) -> DetectIPReport.Record {
    var answer = node.address?.description ?? ""
    for case .wrongDetectedIP(node.name, let text) in faults { answer = text }
    return DetectIPReport.Record(status: 0, milliseconds: 12, stdout: Array((answer + "\n").utf8))
  }
}

extension SimulatedCluster {
  /// The checksum of the `dcos_install.sh` that a simulated node generates from these inputs.
  package static func installer(of inputs: String) -> SHA256Sum {
    SHA256Sum(hashing: Array(inputs.utf8))
  }

  /// The checksum by which a simulated node knows a content: the real one of bytes, and for a local
  /// file, which the simulation does not read, one that follows from its path and size.
  package static func checksum(of content: ByteSource) -> SHA256Sum {
    let bytes: [UInt8] =
      switch content {
      case .bytes(let bytes): bytes
      case .file(let path, let size, _): Array("\(path) \(size)".utf8)
      }
    return SHA256Sum(hashing: bytes)
  }
}
