import ForgeSupport
import ForgeSimulation
import ForgePlanning
package import ForgeModel
package import ForgeEvents
internal import FoundationEssentials

/// A rehearsed simulation run as a JSON value, schema 1.
package struct RehearsalRecord: Codable, Sendable {
  /// One step of a run.
  package struct Step: Codable, Sendable {
    /// The kind.
    package var step: String
    /// The node; absent for a step of the whole cluster.
    package var node: String?
    /// `changed`, `unchanged`, `failed`, `skipped` or `stopped`.
    package var outcome: String
    /// Milliseconds since the run's beginning.
    package var startedMilliseconds: Int64
    /// Milliseconds since the run's beginning.
    package var endedMilliseconds: Int64

    enum CodingKeys: String, CodingKey {
      case step, node, outcome
      case startedMilliseconds = "started_ms"
      case endedMilliseconds = "ended_ms"
    }
  }

  /// One run of dcosforge.
  package struct Run: Codable, Sendable {
    package var command: String
    /// `ended`, `failed` or `killed`.
    package var end: String
    /// The exit code; absent for a killed run.
    package var exit: Int32?
    /// Why it failed.
    package var error: EventRecord.Failure?
    /// How long it took, in virtual milliseconds.
    package var elapsedMilliseconds: Int64
    /// How many changes it made.
    package var changes: Int
    /// How many records it wrote to the journal.
    package var records: Int
    /// The steps of an `up`, in the order in which they ended.
    package var steps: [Step]
    /// The steps that decided how long it took.
    package var criticalPath: [String]

    enum CodingKeys: String, CodingKey {
      case command, end, exit, error, changes, records, steps
      case elapsedMilliseconds = "elapsed_ms"
      case criticalPath = "critical_path"
    }
  }

  /// The version of this form.
  package var schema = 1
  package var cluster: String
  package var seed: UInt64
  /// What there is when it begins: `nothing` or `healthy`.
  package var beginning: String
  /// What goes wrong, in words.
  package var faults: [String]
  /// How the first run is cut short, in words.
  package var interruption: String?
  /// The runs, in order.
  package var runs: [Run]
  /// Virtual milliseconds until the cluster was healthy.
  package var healthyAfterMilliseconds: Int64?
  /// The broken invariant; absent when every invariant held.
  package var broken: String?
  /// How often an invariant was checked.
  package var checks: Int
  /// The digest of everything that happened, in hexadecimal.
  package var digest: String
  /// The command that repeats it.
  package var `repeat`: String

  enum CodingKeys: String, CodingKey {
    case schema, cluster, seed, beginning, faults, interruption, runs, broken, checks, digest
    case healthyAfterMilliseconds = "healthy_after_ms"
    case `repeat`
  }

  /// Flattens a simulation run.
  package init(_ spec: ClusterSpec, _ simulationRun: SimulationRun, command: String) {
    cluster = spec.name
    seed = simulationRun.scenario.seed
    beginning = simulationRun.scenario.beginning.rawValue
    faults = simulationRun.scenario.faults.faults.map(\.phrase)
    interruption = simulationRun.scenario.interruption?.phrase
    runs = simulationRun.commandRuns.map(Run.init)
    healthyAfterMilliseconds = simulationRun.timeToHealthy?.wholeMilliseconds
    broken = simulationRun.violation
    checks = simulationRun.checks
    digest = String(simulationRun.digest, radix: 16)
    self.repeat = command
  }
}

extension RehearsalRecord.Run {
  /// Flattens a run.
  init(_ commandRun: SimulationRun.CommandRun) {
    let records = commandRun.report?.records ?? []
    command = commandRun.command
    switch commandRun.ending {
    case .ended(let status):
      end = "ended"
      exit = status.rawValue
    case .threw(let error):
      end = "failed"
      exit = error.exitStatus.rawValue
      self.error = EventRecord.Failure(error)
    case .killed: end = "killed"
    }
    elapsedMilliseconds = commandRun.elapsed.wholeMilliseconds
    changes = commandRun.changes
    self.records = commandRun.records
    steps = records.map { record in
      RehearsalRecord.Step(
        step: record.step.id.kind.rawValue, node: record.step.id.node?.description,
        outcome: record.outcome.word, startedMilliseconds: record.started.wholeMilliseconds,
        endedMilliseconds: record.ended.wholeMilliseconds)
    }
    criticalPath = CriticalPath(records).steps.map(\.description)
  }
}

/// Many rehearsed simulation runs as a JSON value, schema 1.
package struct SeedSummaryRecord: Codable, Sendable {
  /// A simulation run that broke an invariant.
  package struct Broken: Codable, Sendable {
    package var seed: UInt64
    package var invariant: String
    /// The command that repeats it.
    package var `repeat`: String
  }

  /// The version of this form.
  package var schema = 1
  package var cluster: String
  /// How many simulation runs there were.
  package var simulationRuns: Int
  /// How many kept every invariant.
  package var well: Int
  /// How many runs of dcosforge there were.
  package var runs: Int
  /// How often an invariant was checked.
  package var checks: Int
  /// Virtual milliseconds until the cluster was healthy, by what there was at first (`nothing`,
  /// `healthy`): `p50`, `p95`, `max`.
  package var healthyAfterMilliseconds: [String: [String: Int64]]
  /// The simulation runs that broke an invariant.
  package var broken: [Broken]

  enum CodingKeys: String, CodingKey {
    case schema, cluster, simulationRuns, well, runs, checks, broken
    case healthyAfterMilliseconds = "healthy_after_ms"
  }

  /// Flattens a summary.
  package init(_ summary: SeedSummary, command: (UInt64) -> String) {
    cluster = summary.cluster
    simulationRuns = summary.entries.count
    well = summary.wellCount
    runs = summary.entries.reduce(0) { $0 + $1.runs }
    checks = summary.entries.reduce(0) { $0 + $1.checks }
    healthyAfterMilliseconds = [:]
    for beginning in [Scenario.Beginning.nothing, .healthy] {
      for (name, percent) in [("p50", 50), ("p95", 95), ("max", 100)] {
        healthyAfterMilliseconds[beginning.rawValue, default: [:]][name] =
          summary.timeToHealthy(percentile: percent, from: beginning)?.wholeMilliseconds
      }
    }
    broken = summary.entries.compactMap { entry in
      entry.violation.map { Broken(seed: entry.seed, invariant: $0, repeat: command(entry.seed)) }
    }
  }
}

extension StepOutcome {
  /// Its name in records.
  fileprivate var word: String {
    switch self {
    case .changed: "changed"
    case .unchanged: "unchanged"
    case .failed: "failed"
    case .skipped: "skipped"
    case .stopped: "stopped"
    }
  }
}
