internal import FoundationEssentials

/// Rehearses a cluster's life on simulated worlds: the operations are the real ones, under all ``Laws``.
public struct Rehearsal: Sendable {
  let spec: ClusterSpec
  let genconf: GenconfFiles
  let host: HostFacts

  /// Makes a rehearsal of a cluster file; every content that the file names is stood in for.
  public init(_ spec: ClusterSpec) {
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
  public func life(seed: UInt64) -> Life { live(.drawn(seed: seed, for: spec)) }

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
  public func trial(_ scenario: Scenario) -> Life {
    var course = RehearsalCourse(self, scenario)
    course.twoRuns()
    return course.life
  }

  /// Runs the lives of many seeds on all processors; `told` gets how many are through.
  public func survey(
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
public struct Life: Sendable {
  /// How a chapter ended.
  public enum Ending: Sendable {
    /// The run came to its end with this exit code.
    case ended(ExitStatus)
    /// The run threw this.
    case threw(ForgeError)
    /// The run was killed.
    case killed
  }

  /// One run of dcosforge.
  public struct Chapter: Sendable {
    /// The command, such as `wipe lxb001`.
    public var command: String
    /// How it ended.
    public var ending: Ending
    /// How long it took, in virtual time.
    public var elapsed: Duration
    /// How many changes it made.
    public var changes: Int
    /// How many records it wrote to the journal.
    public var records: Int
    /// How many pieces of work were scheduled; 0 when it did not come to its end.
    public var jobs = 0
    /// What an `up` reports; nil when it did not come to its end, and for other commands.
    public var report: Up.Report?

    /// Whether it ended with exit code 0.
    public var isWell: Bool { if case .ended(.success) = ending { true } else { false } }
  }

  /// What was drawn or asked for.
  public var scenario: Scenario
  /// The runs, in order.
  public var chapters: [Chapter] = []
  /// The broken law, in words; nil when every law held.
  public var breach: String?
  /// The last events of the world before the breach.
  public var lastEvents: [String] = []
  /// The virtual time until the cluster was healthy (again); nil when it never was.
  public var timeToHealthy: Duration?
  /// How often a law was checked.
  public var checks = 0
  /// A digest of everything that happened, the same for the same seed on every machine.
  public var digest: UInt64 = 0
}

/// What many rehearsed lives came to.
public struct Survey: Sendable {
  /// One life.
  public struct Entry: Sendable {
    /// Its seed.
    public var seed: UInt64
    /// What there was at first.
    public var beginning: Scenario.Beginning
    /// The broken law, in words.
    public var breach: String?
    /// The virtual time until the cluster was healthy (again).
    public var timeToHealthy: Duration?
    /// How many runs of dcosforge there were.
    public var runs: Int
    /// How often a law was checked.
    public var checks: Int
    /// The digest of the life.
    public var digest: UInt64

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
  public let cluster: String
  /// The lives by seed.
  public let entries: [Entry]

  init(_ cluster: String, _ entries: [Entry]) {
    self.cluster = cluster
    self.entries = entries
  }

  /// The life with the lowest seed that broke a law.
  public var firstBroken: Entry? { entries.first { $0.breach != nil } }
  /// How many lives kept every law.
  public var wellCount: Int { entries.count { $0.breach == nil } }

  /// The time until the cluster was healthy that so many percent of the lives that began so did not exceed.
  public func timeToHealthy(percentile: Int, from beginning: Scenario.Beginning) -> Duration? {
    let times = entries.filter { $0.beginning == beginning }.compactMap(\.timeToHealthy).sorted()
    guard !times.isEmpty else { return nil }
    return times[min(times.count - 1, max(0, (times.count * percentile + 99) / 100 - 1))]
  }
}
