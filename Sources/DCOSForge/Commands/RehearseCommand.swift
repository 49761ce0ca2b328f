import ForgeSupport
import ForgeSimulation
import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Rehearses the cluster file on a simulation.
struct RehearseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rehearse",
    abstract: "Run the cluster file on a simulation: what would happen, how long, and what if.",
    discussion: """
      It contacts nothing and changes nothing. No image and no installer need exist. --seed and \
      --seeds draw faults, kills and a wipe, and check every invariant of docs/rehearsal.md.

      Exit code 1: an invariant is violated, or a run with drawn faults ends unhealthy. Exit code \
      3: the first run ends before --kill-at.

      Examples:
        dcosforge rehearse
        dcosforge rehearse --seeds 1..1000
        dcosforge rehearse --fault never-boots=lxb001
      """)

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("The seed of the simulation run.", valueName: "number"))
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "The seeds of many simulation runs, such as 1..1000.", valueName: "first..last"))
  var seeds: SeedRange?

  @Option(
    name: .customLong("fault"),
    help: ArgumentHelp(
      "A fault in place of the drawn ones; repeatable.",
      discussion: FaultSyntax.patterns.joined(separator: ", "), valueName: "kind"))
  var faults: [String] = []

  @Option(help: ArgumentHelp("Kill the first run at this change.", valueName: "number"))
  var killAt: Int?

  func validate() throws {
    guard seeds == nil || seed == nil && faults.isEmpty && killAt == nil else {
      throw ValidationError(
        "--seeds draws whole simulation runs: it excludes --seed, --fault and --kill-at.")
    }
    guard killAt.map({ $0 > 0 }) != false else {
      throw ValidationError("--kill-at counts changes from 1.")
    }
  }

  func run() async throws {
    let spec = try cluster.cluster().spec
    if let seeds { return try await simulateMany(spec, seeds.range) }
    var words = ["--seed \(seed ?? 1)"] + faults.map { "--fault \($0)" }
    if let killAt { words.append("--kill-at \(killAt)") }
    let isDrawn = seed != nil && faults.isEmpty && killAt == nil
    var scenario = Scenario(seed: seed ?? 1)
    for fault in faults { scenario.faults.faults.append(try FaultSyntax.fault(fault, of: spec)) }
    scenario.interruption = killAt.map { .killAtChange($0) }
    let rehearsal = Rehearsal(spec)
    let simulationRun =
      isDrawn ? rehearsal.simulate(seed: scenario.seed) : rehearsal.trial(scenario)
    if !isDrawn, seed == nil { words.removeFirst() }
    let command = ([head] + words).joined(separator: " ")
    switch output.output {
    case .text:
      let text = RehearsalText(spec, simulationRun, command: command)
      Console.standard.printResult(text.lines.joined(separator: "\n"))
    case .json:
      let record = RehearsalRecord(spec, simulationRun, command: command)
      Console.standard.printData(try record.prettyJSON())
    }
    if simulationRun.violation != nil { throw ExitCode(ExitStatus.internalFault.rawValue) }
    if let killAt, let first = simulationRun.commandRuns.first, !first.isKilled {
      throw ForgeError(
        .configuration, "nothing was killed", on: "--kill-at \(killAt)",
        observed: "the first run ended with change \(first.changes)",
        advice: "give a number from 1 to \(first.changes)")
    }
  }

  /// The beginning of the command that repeats a simulation run.
  private var head: String { "dcosforge rehearse" + (cluster.config.map { " -c \($0)" } ?? "") }

  private func simulateMany(_ spec: ClusterSpec, _ range: ClosedRange<UInt64>) async throws {
    let head = head
    let summary = await Rehearsal(spec).simulate(seeds: range)
    let command: @Sendable (UInt64) -> String = { "\(head) --seed \($0)" }
    switch output.output {
    case .text:
      let text = SeedSummaryText(summary, command: command)
      Console.standard.printResult(text.lines.joined(separator: "\n"))
    case .json:
      Console.standard.printData(try SeedSummaryRecord(summary, command: command).prettyJSON())
    }
    if summary.firstBroken != nil { throw ExitCode(ExitStatus.internalFault.rawValue) }
  }
}
