import ForgePorts
import ForgeNodeProtocol
import ForgeModel

/// What tasks do on simulated nodes.
extension SimulatedWorld {
  /// A part of a task.
  enum TaskStep: Sendable {
    /// Takes its time, then has its effect.
    case work(Duration, Effect)
    /// Waits until something on the node has ended.
    case wait(Waiting)
  }

  /// What a part of a task brings about.
  enum Effect: Sendable {
    case nothing
    case configureTime(TimeSettings)
    case satisfy(String)
    case startGeneration(Generation)
    case serve(Serving)
    case startInstallation(Installation)
    case callMesos(OperatorCall)
    case seal
    case authorize([UInt8])
  }

  /// What a task can wait for on its node.
  enum Waiting: Sendable {
    case cloudInit, generation, installation
  }

  /// What happens in the middle of a task by plan.
  enum PlannedFault: Sendable {
    case drop, reboot
  }

  /// Why a task will not do its work.
  enum Refusal: Sendable {
    case noFolder, corrupt, noDocker, byMesos
  }

  /// A task under way: its parts, and what they found.
  struct TaskSchedule: Sendable {
    var steps: [TaskStep] = []
    var reports: [PrerequisiteRecord] = []
    /// Why the task will not do its work.
    var refusal: Refusal?
    /// Whether it waits for work that another connection began.
    var hasJoined = false
    /// What DC/OS's preflight printed.
    var preflight: [String] = []
    /// How many of its checks failed.
    var failures: Int { preflight.count { $0.hasPrefix("FAIL") || $0.hasSuffix("FAIL") } }
  }

  /// Plans a task's parts from the state of its node.
  mutating func begin(_ task: NodeTask, on disk: String) -> TaskSchedule {
    var course = TaskSchedule()
    guard let node = machines[disk] else { return course }
    switch task {
    case .shell(let command): course.steps = [.work(Self.time(of: command), .nothing)]
    case .awaitCloudInit: course.steps = [.wait(.cloudInit)]
    case .configureTime(let settings):
      if node.time != settings {
        course.steps = [.work(.milliseconds(500), .configureTime(settings))]
      }
    case .prepare(let preparation): prepare(preparation, &course, on: disk)
    case .generate(let wanted): generate(wanted, &course, node)
    case .serve(let wanted):
      if node.generated == nil {
        course.refusal = .noFolder
      } else if !node.isRight("docker:service") {
        course.refusal = .noDocker
      } else if node.serving != wanted {
        course.steps = [.work(.seconds(3), .serve(wanted))]
      }
    case .preflight(let installation):
      course.steps = [.work(drawn(timings.preflight, disk), .nothing)]
      course.preflight = preflight(for: installation, node)
    case .install(let installation): install(installation, &course, node)
    case .callMesos(let call, _):
      if ensemble.mesosLeader != nil, strike(where: { $0 == .callRefused }) != nil {
        course.refusal = .byMesos
      } else {
        course.steps = [.work(.seconds(1), .callMesos(call))]
      }
    case .seal:
      if node.dcos == .absent { course.steps = [.work(drawn(timings.seal, disk), .seal)] }
    case .authorize(let line, _):
      if let key = HostKey.publicKey(inLine: line), !node.authorizedKeys.contains(key) {
        course.steps = [.work(.milliseconds(100), .authorize(key))]
      }
    case .readLogs(let request) where request.follows:
      course.steps = [.work(Self.followTime, .nothing)]
    case .readLogs, .collectEvidence, .facts, .clock, .detectIP, .checksum, .fetchServed,
      .readQuorum, .listAgents, .readHealth, .ask:
      course.steps = [.work(drawn(timings.exchange, disk), .nothing)]
    }
    return course
  }

  private mutating func drawn(
    _ range: ClosedRange<Duration>, _ disk: String
  ) -> Duration {
    machines[disk]?.draw.duration(in: range) ?? .zero
  }

  private mutating func prepare(
    _ preparation: Preparation, _ course: inout TaskSchedule, on disk: String
  ) {
    guard let node = machines[disk] else { return }
    for item in Prerequisites.items(for: preparation) {
      if node.isRight(item) {
        course.reports.append(PrerequisiteRecord(item: item, state: .satisfied))
      } else if item == "leftovers" {
        course.reports.append(PrerequisiteRecord(item: item, state: .failed))
      } else if !node.isRight("leftovers") {
        course.reports.append(PrerequisiteRecord(item: item, state: .missing))
      } else {
        course.steps.append(.work(drawn(timings.prerequisite, disk), .satisfy(item)))
      }
    }
  }

  private func generate(
    _ wanted: Generation, _ course: inout TaskSchedule, _ node: SimulatedNode
  ) {
    if node.generation == nil, node.generated?.inputs == wanted.inputs { return }
    guard node.files.keys.contains(where: { $0.hasPrefix(wanted.folder + "/") }) else {
      course.refusal = .noFolder
      return
    }
    guard let installer = node.files[wanted.folder + "/dcos_generate_config.sh"],
      SimulatedCluster.checksum(of: installer) == wanted.installer
    else {
      course.refusal = .corrupt
      return
    }
    course.hasJoined = node.generation?.wanted == wanted
    if node.generation != nil { course.steps.append(.wait(.generation)) }
    if !course.hasJoined {
      course.steps += [
        .work(.milliseconds(200), .startGeneration(wanted)), .wait(.generation),
      ]
    }
  }

  private func install(
    _ wanted: Installation, _ course: inout TaskSchedule, _ node: SimulatedNode
  ) {
    switch node.dcos {
    case .installed, .broken: return
    case .installing where node.installation != nil:
      course.hasJoined = true
      course.steps = [.wait(.installation)]
    case .installing where installs(wanted):
      // dcos_install.sh failed after dcos-setup was enabled: the next run goes on, without
      // preflight.
      course.steps = [.work(.seconds(1), .startInstallation(wanted)), .wait(.installation)]
    case .absent where installs(wanted):
      course.preflight = preflight(for: wanted, node)
      guard course.failures == 0 else { return }
      course.steps = [.work(.seconds(1), .startInstallation(wanted)), .wait(.installation)]
    case .installing, .absent: return
    }
  }

  /// What DC/OS's preflight prints on the node.
  private func preflight(for wanted: Installation, _ node: SimulatedNode) -> [String] {
    var checks = node.preflightChecks(wanted.version)
    for case .preflightFails(node.name, let check) in faults {
      checks.insert(("Checking if \(check):", false), at: 0)
    }
    return checks.map { check in
      let verdict = check.passes ? "PASS" : "FAIL"
      return check.line.hasSuffix(":") ? "\(check.line) \(verdict)" : "\(verdict) \(check.line)"
    }
  }

  // MARK: effects

  /// Lets a part of a task have its effect.
  mutating func apply(_ effect: Effect, _ course: inout TaskSchedule, on disk: String) {
    guard let node = machines[disk] else { return }
    switch effect {
    case .nothing: break
    case .configureTime(let settings):
      machines[disk]?.time = settings
      machines[disk]?.isClockSynchronised = false
      change(.changed(node.name, "time"))
      schedule(.clockSyncs, within: timings.clockSync, disk: disk)
    case .satisfy(let item): satisfy(item, &course, node)
    case .startGeneration(let wanted):
      if node.generation == nil { startGeneration(wanted, on: disk) }
    case .serve(let wanted):
      machines[disk]?.serving = wanted
      change(.changed(node.name, "serving"))
    case .startInstallation(let wanted):
      if node.installation == nil, node.installedRole == nil {
        startInstallation(wanted, on: disk)
      }
    case .callMesos(let call): if ensemble.mesosLeader != nil { deregister(call.agent) }
    case .seal: seal(disk)
    case .authorize(let key):
      machines[disk]?.authorizedKeys.append(key)
      change(.changed(node.name, "authorized keys"))
    }
  }

  private mutating func satisfy(
    _ item: String, _ course: inout TaskSchedule, _ node: SimulatedNode
  ) {
    if let index = faults.firstIndex(where: {
      if case .prerequisiteFails(node.name, let times) = $0 { times != 0 } else { false }
    }), case .prerequisiteFails(_, let times) = faults[index] {
      emit(.fault(faults[index]))
      faults[index] = .prerequisiteFails(node.name, times: times.map { $0 - 1 })
      course.reports.append(
        PrerequisiteRecord(
          item: item, state: .failed,
          detail: "yum failed: Cannot retrieve repository metadata"))
      return
    }
    machines[node.disk]?.satisfied.insert(item)
    course.reports.append(PrerequisiteRecord(item: item, state: .fixed))
    change(.changed(node.name, item))
  }

  private mutating func seal(_ disk: String) {
    guard let node = machines[disk] else { return }
    machines[disk]?.isSealed = true
    change(.changed(node.name, "seal"))
    schedule(.shutsDown, within: timings.powerOff, disk: disk)
  }

  /// When that what is waited for will have ended, as it stands now; nil once it has.
  func end(of what: Waiting, on disk: String) -> Moment? {
    guard let node = machines[disk] else { return nil }
    return switch what {
    case .cloudInit:
      node.cloudInit == .running ? now.advanced(by: timings.cloudInit.upperBound) : nil
    case .generation: node.generation?.ends
    case .installation: node.installation?.ends
    }
  }

  /// The planned fault of a task (nil: a transfer) that begins now.
  mutating func plannedFault(of kind: TaskKind?, on disk: String) -> PlannedFault? {
    machines[disk]?.commandCount += 1
    guard let node = machines[disk] else { return nil }
    if strike(where: { $0 == .connectionDropped(node.name, atCommand: node.commandCount) }) != nil {
      return .drop
    }
    if let kind, strike(where: { $0 == .reboot(node.name, during: kind) }) != nil {
      return .reboot
    }
    return nil
  }
}
