import ForgeDCOS
import ForgeSupport
import ForgeSimulation
import ForgePlanning
package import ForgeModel

/// A rehearsed simulation run in words: what would happen, how long, and what decides it.
package struct RehearsalText: Sendable {
  private let spec: ClusterSpec
  private let simulationRun: SimulationRun
  /// The command that repeats it.
  private let command: String

  /// The columns of the timeline's bars.
  private static let barWidth = 38

  /// Makes the text of a simulation run; `command` repeats it.
  package init(_ spec: ClusterSpec, _ simulationRun: SimulationRun, command: String) {
    self.spec = spec
    self.simulationRun = simulationRun
    self.command = command
  }

  /// The lines: what is assumed, the first run's timeline and critical path, the further runs, the
  /// verdict.
  package var lines: [String] {
    var lines = head + [""]
    if let first = simulationRun.commandRuns.first {
      lines += timeline(of: first) + failures(of: first)
    }
    if simulationRun.commandRuns.count > 1 { lines += [""] + commandRunTable }
    return lines + [""] + verdict
  }

  private var head: [String] {
    let scenario = simulationRun.scenario
    let faults = scenario.faults.faults
    var lines = ["\(spec.name): \(spec.nodes.count.of("node")), seed \(scenario.seed), simulated"]
    lines.append("begins   \(scenario.beginning.phrase)")
    if faults.isEmpty { lines.append("faults   none") }
    for (index, fault) in faults.enumerated() {
      lines.append((index == 0 ? "faults   " : "         ") + fault.phrase)
    }
    if let interruption = scenario.interruption {
      lines.append("then     \(interruption.phrase)")
    }
    return lines
  }

  // MARK: the first run

  private func timeline(of commandRun: SimulationRun.CommandRun) -> [String] {
    let head =
      "\(commandRun.command): \(commandRun.phrase) after \(commandRun.elapsed.brief), "
      + commandRun.changes.of("change")
    guard let report = commandRun.report, !report.records.isEmpty else { return [head] }
    let total = max(report.elapsed, .milliseconds(1))
    var table = Table(header: ["STEP", "NODES", "FROM", "TO", axis(total)], rightAligned: 1..<4)
    for kind in StepKind.allCases {
      let records = report.records.filter { $0.step.id.kind == kind }
      let ran = records.filter { $0.ended > $0.started || $0.failure != nil }
      guard !records.isEmpty else { continue }
      guard let from = ran.map(\.started).min(), let to = ran.map(\.ended).max() else {
        let word = records.contains { $0.outcome == .stopped } ? "stopped" : waiting(records)
        table.add([kind.rawValue, "\(records.count)", "", "", word])
        continue
      }
      let mark = records.contains { $0.failure != nil } ? "×" : "█"
      table.add([
        kind.rawValue, "\(records.count)", from.brief, to.brief, bar(from, to, total, of: mark),
      ])
    }
    return [head, ""] + table.lines + [""] + criticalPath(report)
  }

  /// Why steps that took no time did not run, if they did not.
  private func waiting(_ records: [StepRecord]) -> String {
    for case .skipped(let because, _) in records.map(\.outcome) { return "skipped: \(because)" }
    return "nothing to do"
  }

  private func axis(_ total: Duration) -> String {
    let end = total.brief
    return "0" + String(repeating: " ", count: max(1, Self.barWidth - 1 - end.count)) + end
  }

  /// A bar of crosses holds a failure.
  private func bar(
    _ from: Duration, _ to: Duration, _ total: Duration, of mark: String
  ) -> String {
    func column(_ time: Duration) -> Int { Int(time / total * Double(Self.barWidth)) }
    let start = min(column(from), Self.barWidth - 1)
    let length = max(1, min(column(to), Self.barWidth) - start)
    return String(repeating: " ", count: start) + String(repeating: mark, count: length)
  }

  private func criticalPath(_ report: RunReport) -> [String] {
    let path = CriticalPath(report.records)
    let byID = Dictionary(report.records.map { ($0.step.id, $0) }) { one, _ in one }
    var table = Table(header: ["CRITICAL PATH", "TOOK", "ENDED"], rightAligned: 1..<3)
    for id in path.steps {
      guard let record = byID[id] else { continue }
      table.add([id.description, (record.ended - record.started).brief, record.ended.brief])
    }
    table.add(["", path.duration.brief, report.elapsed.brief])
    return table.lines
  }

  private func failures(of commandRun: SimulationRun.CommandRun) -> [String] {
    if case .threw(let error) = commandRun.ending { return Self.explain(error, commandRun.command) }
    return (commandRun.report?.records ?? []).flatMap { record in
      record.failure.map { Self.explain($0, record.step.id.description) } ?? []
    }
  }

  private static func explain(_ error: ForgeError, _ what: String) -> [String] {
    ["", "\(what): \(error.summary)"] + error.detailLines.prefix(6).map { "  " + $0 }
  }

  // MARK: all runs

  private var commandRunTable: [String] {
    var table = Table(
      header: ["RUN", "COMMAND", "TOOK", "CHANGES", "END"], rightAligned: 2..<4)
    for (index, commandRun) in simulationRun.commandRuns.enumerated() {
      table.add([
        "\(index + 1)", commandRun.command, commandRun.elapsed.brief, "\(commandRun.changes)",
        commandRun.phrase,
      ])
    }
    return table.lines
  }

  private var verdict: [String] {
    guard let violation = simulationRun.violation else {
      let healthy =
        simulationRun.timeToHealthy.map { "healthy after \($0.brief)" } ?? "never healthy"
      return [
        "\(healthy); every invariant held in \(simulationRun.checks) checks", "repeat   \(command)",
      ]
    }
    return ["BROKEN   \(violation)"] + simulationRun.lastEvents.map { "         " + $0 }
      + ["repeat   \(command)"]
  }
}

/// Many rehearsed simulation runs in words.
package struct SeedSummaryText: Sendable {
  private let summary: SeedSummary
  private let command: @Sendable (UInt64) -> String

  /// Makes the text; `command` gives what repeats a seed.
  package init(_ summary: SeedSummary, command: @escaping @Sendable (UInt64) -> String) {
    self.summary = summary
    self.command = command
  }

  /// The lines: how many ended well, how long they took, the first that broke an invariant.
  package var lines: [String] {
    let entries = summary.entries
    let runs = entries.reduce(0) { $0 + $1.runs }
    let checks = entries.reduce(0) { $0 + $1.checks }
    var lines = [
      "\(summary.cluster): \(entries.count) simulation runs, \(runs) runs of dcosforge, simulated",
      "invariants     \(summary.wellCount) of \(entries.count) simulation runs "
        + "kept every invariant, in \(checks) checks",
    ]
    lines += [healthy("healthy", from: .nothing), healthy("again", from: .healthy)].compactMap(
      \.self)
    if let broken = summary.firstBroken {
      let others = entries.filter { $0.violation != nil }.dropFirst().prefix(8).map { "\($0.seed)" }
      lines.append("BROKEN   seed \(broken.seed): \(broken.violation ?? "")")
      if !others.isEmpty { lines.append("         also \(others.joined(separator: ", "))") }
      lines.append("repeat   \(command(broken.seed))")
    }
    return lines
  }
}

extension SeedSummaryText {
  /// How long it took from there, repeated runs included; nil when no simulation run began there.
  private func healthy(_ head: String, from beginning: Scenario.Beginning) -> String? {
    let times = [50, 95, 100].compactMap { percent in
      summary.timeToHealthy(percentile: percent, from: beginning).map { time in
        (percent == 100 ? "max" : "p\(percent)") + " \(time.brief)"
      }
    }
    let count = summary.entries.count { $0.beginning == beginning }
    return times.isEmpty
      ? nil
      : head.padded(to: 9) + "after " + times.joined(separator: ", ")
        + "; \(count) began \(beginning.phrase)"
  }
}

extension SimulationRun.CommandRun {
  /// How it ended, in a word or two.
  var phrase: String {
    switch ending {
    case .killed: "killed"
    case .threw(let error): "refused or failed: \(error.summary)"
    case .ended(.success): command == "up" ? "healthy" : "done"
    case .ended(.interrupted): "stopped"
    case .ended(let status): "exit code \(status.rawValue)"
    }
  }
}

extension Scenario.Beginning {
  /// What there is, as an operator would say it.
  var phrase: String {
    switch self {
    case .nothing: "with nothing"
    case .healthy: "with a healthy cluster"
    }
  }
}

extension Scenario.Interruption {
  /// What happens, as an operator would say it.
  var phrase: String {
    switch self {
    case .killAtChange(let number): "dcosforge is killed at its change \(number)"
    case .killAtRecord(let number): "dcosforge is killed after journal record \(number)"
    case .stopAtRecord(let number): "Ctrl-C after journal record \(number)"
    case .cancelAtRecord(let number): "Ctrl-C twice after journal record \(number)"
    case .killAtJob(let number): "dcosforge is killed after its piece of work \(number)"
    }
  }
}

extension Fault {
  /// What goes wrong, as an operator would say it.
  var phrase: String {
    switch self {
    case .hypervisorCall(let number, let afterEffect):
      "hypervisor call \(number) loses its connection \(afterEffect ? "after" : "before") its "
        + "effect"
    case .uploadCut(let number): "volume upload \(number) is cut off"
    case .connectionRefused(let node, let times): "\(node) refuses \(times.of("connection"))"
    case .connectionDropped(let node, let command): "\(node) drops at command \(command)"
    case .reboot(let node, let task): "\(node) reboots during \(task.rawValue)"
    case .slowBoot(let node, let time): "\(node) boots \(time.brief) slower"
    case .powersOff(let node, let time): "\(node) loses its power at \(time.brief)"
    case .diskFull(let number): "volume \(number) finds the disk full"
    case .neverBoots(let node): "\(node) never boots"
    case .neverPowersOff(let node): "\(node) never powers off"
    case .cloudInitFails(let node): "cloud-init fails on \(node)"
    case .wrongHostKey(let node): "\(node) shows another host key"
    case .portsBlocked(let node): "ZooKeeper's ports of \(node) are blocked"
    case .clockNeverSyncs(let node): "the clock of \(node) never synchronises"
    case .prerequisiteFails(let node, let times):
      "prerequisites fail on \(node)" + (times.map { ", \($0.of("time"))" } ?? " for ever")
    case .wrongDetectedIP(let node, let text): "ip-detect on \(node) prints \(text)"
    case .generationRejected(let parameter, _): "DC/OS refuses \(parameter)"
    case .preflightFails(let node, let check): "preflight on \(node) fails: \(check)"
    case .installFails(let node): "dcos_install.sh fails once on \(node)"
    case .installBreaks(let node): "dcos_install.sh breaks \(node)"
    case .neverRegisters(let node): "\(node) never registers"
    case .neverHealthy(let node): "\(node) never becomes healthy"
    case .componentFails(let node, let component): "\(component.rawValue) fails on \(node)"
    case .reports(let node, let record, _): "\(node) reports another \(record)"
    case .callRefused: "Mesos refuses a call"
    case .twoLeaders(let time): "two masters lead for \(time.brief)"
    case .exhibitorDisagrees(let time): "Exhibitors disagree for \(time.brief)"
    case .leaderFlaps(let times, _): "the ensemble elects again, \(times.of("time"))"
    }
  }
}
