@testable import ForgePorts
@testable import ForgePlanning
@testable import ForgeDCOS
@testable import ForgeEvents
@testable import ForgeNodeProtocol
@testable import ForgeSupport
@testable import ForgeModel
@testable import ForgeSimulation
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// Reading and following journals on the simulated cluster.
@Suite struct LogsTests {
  private static let spec = Samples.spec
  private static let members = spec.nodes.filter { $0.role != .bootstrap }
  private static let exhibitor = "dcos-exhibitor.service"

  static func cluster(_ seed: UInt64) throws -> SimulatedCluster {
    let cluster = SimulatedCluster(seed: seed)
    _ = try UpTests.up(on: cluster)
    return cluster
  }

  private static func logs(_ cluster: SimulatedCluster) -> Logs {
    Logs(
      spec, keys: Samples.wanted().keys, context: cluster.context(),
      redaction: Redaction())
  }

  private func read(
    _ cluster: SimulatedCluster, _ nodes: [NodeSpec] = members,
    _ change: @escaping @Sendable (inout Logs.Query) throws -> Void = { _ in }
  ) throws -> Logs.Report {
    try Simulation.run(on: cluster) { cluster in
      var query = Logs.Query()
      try change(&query)
      return try await Self.logs(cluster).read(query, on: nodes)
    }.value
  }

  @Test func allMembersAreReadByTime() throws {
    let report = try read(Self.cluster(31))
    #expect(report.failures.isEmpty && report.notes.isEmpty)
    let times = report.entries.map(\.microseconds)
    #expect(times == times.sorted() && times.count > 20)
    #expect(Set(report.entries.map(\.node)) == Set(Self.members.map(\.name)))
    #expect(report.entries.contains { $0.unit == Self.exhibitor })
    #expect(!report.entries.contains { $0.unit == "docker.service" })
  }

  @Test func theQueryChooses() throws {
    let cluster = try Self.cluster(32)
    let version = Self.spec.dcos.version
    let all = try read(cluster) { $0.sources = [try LogSource("exhibitor", version)] }
    #expect(Set(all.entries.map(\.unit)) == [Self.exhibitor])
    #expect(Set(all.entries.map(\.node)) == Set(Self.spec.nodes(.master).map(\.name)))
    let two = try read(cluster) {
      $0.sources = [try LogSource("exhibitor", version)]
      $0.lines = 2
    }
    let first = Self.spec.nodes(.master)[0].name
    let whole = all.entries.filter { $0.node == first }
    #expect(two.entries.filter { $0.node == first } == whole.suffix(2))
    let middle = all.entries[all.entries.count / 2].microseconds / 1_000_000
    let later = try read(cluster) {
      $0.sources = [try LogSource("exhibitor", version)]
      $0.start = .epoch(middle)
    }
    #expect(!later.entries.isEmpty && later.entries.count < all.entries.count)
    #expect(later.entries.allSatisfy { $0.microseconds / 1_000_000 >= middle })
  }

  @Test func aComponentThatNoNodeHasIsAnError() throws {
    let cluster = try Self.cluster(33)
    let error = #expect(throws: ForgeError.self) {
      try read(cluster, Self.spec.nodes(.agent)) {
        $0.sources = [try LogSource("exhibitor", Self.spec.dcos.version)]
      }
    }
    #expect(error?.category == .configuration)
  }

  @Test func aDeadNodeIsReportedAndTheOthersAreRead() throws {
    let cluster = try Self.cluster(34)
    cluster.powerOff(Samples.name("lxzk02"))
    let report = try read(cluster)
    #expect(report.failures.map(\.subject) == ["lxzk02"])
    #expect(report.failures.map(\.exitStatus) == [.unreachable])
    #expect(Set(report.entries.map(\.node)).count == Self.members.count - 1)
  }

  @Test func secretsDoNotComeOut() throws {
    let cluster = try Self.cluster(35)
    cluster.log(Samples.name("lxb001"), unit: "dcos-rexray.service", "with token=hunter2 and more")
    let report = try read(cluster)
    #expect(report.entries.last?.message == "with token=[redacted] and more")
  }

  // MARK: following

  /// What a follower showed and said.
  private final class Screen: Sendable {
    private let shown = Locked<[LogEntry]>([])
    private let said = Locked<[String]>([])
    func show(_ entries: [LogEntry]) { shown.withLock { $0 += entries } }
    func say(_ text: String) { said.withLock { $0.append(text) } }
    var entries: [LogEntry] { shown.withLock { $0 } }
    var words: [String] { said.withLock { $0 } }
  }

  /// Follows for as long as the body takes, then cancels, as Ctrl-C does.
  private func follow(
    _ cluster: SimulatedCluster, _ nodes: [NodeSpec] = members,
    _ body: @escaping @Sendable (SimulatedCluster) async throws -> Void
  ) throws -> Screen {
    let screen = Screen()
    _ = try Simulation.run(on: cluster) { cluster in
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          try? await Self.logs(cluster).follow(Logs.Query(), on: nodes) {
            screen.show($0)
          } say: {
            screen.say($0)
          }
        }
        try? await body(cluster)
        group.cancelAll()
        await group.waitForAll()
      }
    }
    return screen
  }

  /// Every second a line on every node, so that each cut falls between two of them.
  private static func write(_ cluster: SimulatedCluster, seconds: Int) async throws {
    for number in 1...seconds {
      for node in members {
        cluster.log(node.name, unit: "dcos-net.service", "line \(number)")
      }
      try await cluster.clock.sleep(for: .seconds(1))
    }
  }

  @Test func whatComesIsShownOnceAndInOrder() throws {
    let cluster = try Self.cluster(36)
    let screen = try follow(cluster) { cluster in
      try await cluster.clock.sleep(for: .seconds(5))
      try await Self.write(cluster, seconds: 90)
      try await cluster.clock.sleep(for: .seconds(60))
    }
    for node in Self.members {
      let lines = screen.entries.filter { $0.node == node.name && $0.unit == "dcos-net.service" }
      #expect(lines.map(\.message) == (1...90).map { "line \($0)" }, "\(node.name)")
    }
    #expect(screen.words.isEmpty)
  }

  @Test func aLostConnectionIsContinuedFromTheLastLine() throws {
    let cluster = try Self.cluster(37)
    let lost = Samples.name("lxb002")
    let count = cluster.state.node(lost)?.commandCount ?? 0
    cluster.plant(
      .connectionDropped(lost, atCommand: count + 3), .connectionDropped(lost, atCommand: count + 5)
    )
    let screen = try follow(cluster) { cluster in
      try await Self.write(cluster, seconds: 120)
      try await cluster.clock.sleep(for: .seconds(60))
    }
    let lines = screen.entries.filter { $0.node == lost && $0.unit == "dcos-net.service" }
    #expect(lines.map(\.message) == (1...120).map { "line \($0)" })
    let said = screen.words.filter { $0.hasPrefix("lxb002: ") }
    #expect(said.count { $0.contains("asked again") } == 2)
    #expect(said.count { $0 == "lxb002: answers" } == 2)
  }

  @Test func aDeadNodeIsSaidOnceAndTheOthersGoOn() throws {
    let cluster = try Self.cluster(38)
    let dead = Samples.name("lxzk03")
    cluster.powerOff(dead)
    let screen = try follow(cluster) { cluster in
      try await cluster.clock.sleep(for: .seconds(30))
      try await Self.write(cluster, seconds: 200)
      try await cluster.clock.sleep(for: .seconds(60))
    }
    #expect(screen.words.count == 1 && screen.words[0].hasPrefix("lxzk03: "), "\(screen.words)")
    for node in Self.members where node.name != dead {
      let lines = screen.entries.filter { $0.node == node.name && $0.unit == "dcos-net.service" }
      #expect(lines.count == 200)
    }
  }

  @Test func aNodeThatComesBackIsReadFromItsBeginning() throws {
    let cluster = try Self.cluster(39)
    let node = Samples.name("lxb003")
    cluster.powerOff(node)
    let screen = try follow(cluster) { cluster in
      try await cluster.clock.sleep(for: .seconds(60))
      let domain = try await cluster.hypervisor.domains().first { $0.mark?.node == node }
      try await cluster.hypervisor.startDomain(uuid: domain?.uuid ?? "")
      try await cluster.clock.sleep(for: .seconds(180))
      cluster.log(node, unit: "dcos-net.service", "back again")
      try await cluster.clock.sleep(for: .seconds(60))
    }
    #expect(screen.words.count == 2 && screen.words.last == "lxb003: answers", "\(screen.words)")
    #expect(screen.entries.count { $0.node == node && $0.message == "back again" } == 1)
    #expect(screen.entries.contains { $0.node == node && $0.unit == "dcos-setup.service" })
  }

  /// With another host key nobody goes on.
  @Test func aForeignMachineIsNotAskedAgain() throws {
    let cluster = try Self.cluster(40)
    cluster.plant(.wrongHostKey(Samples.name("lxb001")))
    let screen = try follow(cluster, [Self.spec.nodes(.agent)[0]]) { cluster in
      try await cluster.clock.sleep(for: .seconds(600))
    }
    #expect(screen.words.count == 1 && screen.words[0].contains("host key"))
  }
}
