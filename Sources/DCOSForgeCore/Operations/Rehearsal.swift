internal import FoundationEssentials

/// Rehearses a cluster's life on simulated worlds: the operations are the real ones, under all ``Laws``.
package struct Rehearsal: Sendable {
  let spec: ClusterSpec
  let genconf: GenconfFiles
  let host: HostFacts

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

  /// Runs the life that a seed draws.
  package func life(seed: UInt64) -> Life { live(.drawn(seed: seed, for: spec)) }

  /// Runs a whole life; a healthy cluster to begin with is made first.
  func live(_ scenario: Scenario) -> Life {
    live(scenario, scenario.beginning == .healthy ? standing() : nil)
  }

  private func live(_ scenario: Scenario, _ standing: StandingCluster?) -> Life {
    var course = RehearsalCourse(self, scenario, standing)
    course.wholeLife()
    return course.life
  }

  /// A cluster that one undisturbed `up` has made; nil when even that does not end well.
  func standing() -> StandingCluster? {
    var course = RehearsalCourse(self, Scenario(seed: 1))
    course.oneRun()
    return course.standing
  }

  /// Runs `up` under the scenario's faults and interruption, and then the `up` that follows.
  package func trial(_ scenario: Scenario) -> Life {
    var course = RehearsalCourse(self, scenario)
    course.twoRuns()
    return course.life
  }

  /// Runs the lives of many seeds on all processors; `told` gets how many are through.
  package func survey(
    _ seeds: ClosedRange<UInt64>, told: @escaping @Sendable (Int) -> Void = { _ in }
  ) async -> Survey {
    let next = Locked<UInt64?>(seeds.lowerBound)
    let through = Locked(0)
    let standing = standing()
    let workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
    let lives = await withTaskGroup(of: [Survey.Entry].self) { group in
      for _ in 0..<workers {
        group.addTask {
          var entries: [Survey.Entry] = []
          let memory = ReportMemory()
          while !Task.isCancelled, let seed = next.withLock({ Self.take(&$0, of: seeds) }) {
            entries.append(
              Survey.Entry(
                ReportMemory.$current.withValue(memory) {
                  self.live(.drawn(seed: seed, for: spec), standing)
                }))
            told(
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
    return Survey(spec.name, lives.sorted { $0.seed < $1.seed })
  }

  private static func take(_ next: inout UInt64?, of seeds: ClosedRange<UInt64>) -> UInt64? {
    defer { next = next.flatMap { $0 < seeds.upperBound ? $0 + 1 : nil } }
    return next
  }
}

/// What one rehearsed life came to.
package struct Life: Sendable {
  /// How a chapter ended.
  package enum Ending: Sendable {
    /// The run came to its end with this exit code.
    case ended(ExitStatus)
    /// The run threw this.
    case threw(ForgeError)
    /// The run was killed.
    case killed
  }

  /// One run of dcosforge.
  package struct Chapter: Sendable {
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
    package var report: Up.Report?

    /// Whether it ended with exit code 0.
    package var isWell: Bool { if case .ended(.success) = ending { true } else { false } }
  }

  /// What was drawn or asked for.
  package var scenario: Scenario
  /// The runs, in order.
  package var chapters: [Chapter] = []
  /// The broken law, in words; nil when every law held.
  package var breach: String?
  /// The last events of the world before the breach.
  package var lastEvents: [String] = []
  /// The virtual time until the cluster was healthy (again); nil when it never was.
  package var timeToHealthy: Duration?
  /// How often a law was checked.
  package var checks = 0
  /// A digest of everything that happened, the same for the same seed on every machine.
  package var digest: UInt64 = 0
}

/// What many rehearsed lives came to.
package struct Survey: Sendable {
  /// One life.
  package struct Entry: Sendable {
    /// Its seed.
    package var seed: UInt64
    /// What there was at first.
    package var beginning: Scenario.Beginning
    /// The broken law, in words.
    package var breach: String?
    /// The virtual time until the cluster was healthy (again).
    package var timeToHealthy: Duration?
    /// How many runs of dcosforge there were.
    package var runs: Int
    /// How often a law was checked.
    package var checks: Int
    /// The digest of the life.
    package var digest: UInt64

    init(_ life: Life) {
      seed = life.scenario.seed
      beginning = life.scenario.beginning
      breach = life.breach
      timeToHealthy = life.timeToHealthy
      runs = life.chapters.count
      checks = life.checks
      digest = life.digest
    }
  }

  /// The cluster.
  package let cluster: String
  /// The lives by seed.
  package let entries: [Entry]

  init(_ cluster: String, _ entries: [Entry]) {
    self.cluster = cluster
    self.entries = entries
  }

  /// The life with the lowest seed that broke a law.
  package var firstBroken: Entry? { entries.first { $0.breach != nil } }
  /// How many lives kept every law.
  package var wellCount: Int { entries.count { $0.breach == nil } }

  /// The time until the cluster was healthy that so many percent of the lives that began so did not exceed.
  package func timeToHealthy(percentile: Int, from beginning: Scenario.Beginning) -> Duration? {
    let times = entries.filter { $0.beginning == beginning }.compactMap(\.timeToHealthy).sorted()
    guard !times.isEmpty else { return nil }
    return times[min(times.count - 1, max(0, (times.count * percentile + 99) / 100 - 1))]
  }
}
