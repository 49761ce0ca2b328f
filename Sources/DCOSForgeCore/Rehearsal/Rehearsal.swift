import ForgeSupport
package import ForgeSimulation
import ForgePlanning
import ForgeNodeProtocol
package import ForgeModel
internal import FoundationEssentials

/// Runs a cluster's commands on simulated worlds: the operations are the real ones,
/// under all ``Invariants``.
package struct Rehearsal: Sendable {
  let spec: ClusterSpec
  let genconf: GenconfFiles
  let host: HostFacts
  /// What the nodes of all its simulated clusters printed.
  let cache = OutputCache()

  /// Makes a rehearsal of a cluster file; every content that the file names is stood in for.
  package init(_ spec: ClusterSpec) {
    self.spec = spec
    let masters = spec.nodes(.master).map(\.address.description).joined(separator: ", ")
    genconf = GenconfFiles(
      config: Array("cluster_name: \(spec.name)\nmaster_list: [\(masters)]\n".utf8),
      ipDetect: "#!/bin/sh\n")
    let memory = spec.nodes.reduce(into: Int64(0)) { $0 += $1.size.memory.bytes }
    host = HostFacts(
      name: "rehearsal", version: "simulation",
      processors: max(64, spec.nodes.reduce(0) { $0 + $1.size.vcpus }),
      freeMemory: ByteCount(bytes: memory), offersKVM: true)
  }

  /// Everything that a run wants, with keys that open nothing.
  func wanted(_ keys: ClusterKeys) -> WantedCluster {
    WantedCluster(
      spec: spec, keys: keys,
      image: Self.artifact("/rehearsed/image.qcow2", size: 1_000_000_000, spec.image.source),
      installer: Self.artifact(
        "/rehearsed/dcos_generate_config.sh", size: 900_000_000, spec.dcos.installer),
      nginxArchive: spec.dcos.nginxArchive.map {
        Self.artifact("/rehearsed/nginx.tar", size: 150_000_000, $0)
      }, genconf: genconf)
  }

  private static func artifact(
    _ path: String, size: Int64, _ source: ArtifactSource
  ) -> LocalArtifact {
    let content = ByteSource.file(path: path, size: size)
    return LocalArtifact(content: content, sum: SimulatedCluster.checksum(of: content))
  }

  /// Runs the simulation run that a seed draws.
  package func simulate(seed: UInt64) -> SimulationRun { simulate(.drawn(seed: seed, for: spec)) }

  /// Runs a whole simulation run; a healthy cluster to begin with is made first.
  func simulate(_ scenario: Scenario) -> SimulationRun {
    simulate(scenario, scenario.beginning == .healthy ? healthyCluster() : nil)
  }

  private func simulate(_ scenario: Scenario, _ healthyCluster: HealthyCluster?) -> SimulationRun {
    var driver = SimulationDriver(self, scenario, healthyCluster)
    driver.wholeRun()
    return driver.simulationRun
  }

  /// A cluster that one undisturbed `up` has made; nil when even that does not end well.
  func healthyCluster() -> HealthyCluster? {
    var driver = SimulationDriver(self, Scenario(seed: 1))
    driver.oneRun()
    return driver.healthyCluster
  }

  /// Runs `up` under the scenario's faults and interruption, and then the `up` that follows.
  package func trial(_ scenario: Scenario) -> SimulationRun {
    var driver = SimulationDriver(self, scenario)
    driver.twoRuns()
    return driver.simulationRun
  }

  /// Simulates many seeds on all processors; `onProgress` gets how many are through.
  package func simulate(
    seeds: ClosedRange<UInt64>, onProgress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async -> SeedSummary {
    let next = Locked<UInt64?>(seeds.lowerBound)
    let through = Locked(0)
    let healthyCluster = healthyCluster()
    let workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
    let simulationRuns = await withTaskGroup(of: [SeedSummary.Entry].self) { group in
      for _ in 0..<workers {
        group.addTask {
          var entries: [SeedSummary.Entry] = []
          while !Task.isCancelled, let seed = next.withLock({ Self.take(&$0, of: seeds) }) {
            entries.append(
              SeedSummary.Entry(self.simulate(.drawn(seed: seed, for: spec), healthyCluster)))
            onProgress(
              through.withLock { count in
                count += 1
                return count
              })
          }
          return entries
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    return SeedSummary(spec.name, simulationRuns.sorted { $0.seed < $1.seed })
  }

  private static func take(_ next: inout UInt64?, of seeds: ClosedRange<UInt64>) -> UInt64? {
    defer { next = next.flatMap { $0 < seeds.upperBound ? $0 + 1 : nil } }
    return next
  }
}

/// What one rehearsed simulation run came to.
package struct SimulationRun: Sendable {
  /// How a command run ended.
  package enum Ending: Sendable {
    /// The run came to its end with this exit code.
    case ended(ExitStatus)
    /// The run threw this.
    case threw(ForgeError)
    /// The run was killed.
    case killed
  }

  /// One run of dcosforge.
  package struct CommandRun: Sendable {
    /// The command, such as `wipe lxb001`.
    package var command: String
    /// How it ended.
    package var ending: Ending
    /// How long it took, in virtual time.
    package var elapsed: Duration
    /// How many changes it made.
    package var changes: Int
    /// How many records it wrote to the journal.
    package var records: Int
    /// How many pieces of work were scheduled; 0 when it did not come to its end.
    package var jobs = 0
    /// What an `up` reports; nil when it did not come to its end, and for other commands.
    package var report: RunReport?

    /// Whether it was killed.
    package var isKilled: Bool { if case .killed = ending { true } else { false } }

    /// Whether it ended with exit code 0.
    package var isWell: Bool { if case .ended(.success) = ending { true } else { false } }
  }

  /// What was drawn or asked for.
  package var scenario: Scenario
  /// The runs, in order.
  package var commandRuns: [CommandRun] = []
  /// The broken invariant, in words; nil when every invariant held.
  package var violation: String?
  /// The last events of the world before the violation.
  package var lastEvents: [String] = []
  /// The virtual time until the cluster was healthy (again); nil when it never was.
  package var timeToHealthy: Duration?
  /// How often an invariant was checked.
  package var checks = 0
  /// A digest of everything that happened, the same for the same seed on every machine.
  package var digest: UInt64 = 0
}

/// What many rehearsed simulation runs came to.
package struct SeedSummary: Sendable {
  /// One simulation run.
  package struct Entry: Sendable {
    package var seed: UInt64
    /// What there was at first.
    package var beginning: Scenario.Beginning
    /// The broken invariant, in words.
    package var violation: String?
    /// The virtual time until the cluster was healthy (again).
    package var timeToHealthy: Duration?
    /// How many runs of dcosforge there were.
    package var runs: Int
    /// How often an invariant was checked.
    package var checks: Int
    /// The digest of the simulation run.
    package var digest: UInt64

    init(_ simulationRun: SimulationRun) {
      seed = simulationRun.scenario.seed
      beginning = simulationRun.scenario.beginning
      violation = simulationRun.violation
      timeToHealthy = simulationRun.timeToHealthy
      runs = simulationRun.commandRuns.count
      checks = simulationRun.checks
      digest = simulationRun.digest
    }
  }

  package let cluster: String
  /// The simulation runs by seed.
  package let entries: [Entry]

  init(_ cluster: String, _ entries: [Entry]) {
    self.cluster = cluster
    self.entries = entries
  }

  /// The simulation run with the lowest seed that broke an invariant.
  package var firstBroken: Entry? { entries.first { $0.violation != nil } }
  /// How many simulation runs kept every invariant.
  package var wellCount: Int { entries.count { $0.violation == nil } }

  /// The time until the cluster was healthy that so many percent of the simulation runs that began
  /// so did not exceed.
  package func timeToHealthy(percentile: Int, from beginning: Scenario.Beginning) -> Duration? {
    let times = entries.filter { $0.beginning == beginning }.compactMap(\.timeToHealthy).sorted()
    guard !times.isEmpty else { return nil }
    return times[min(times.count - 1, max(0, (times.count * percentile + 99) / 100 - 1))]
  }
}
