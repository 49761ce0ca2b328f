@testable import ForgeDCOS
@testable import ForgePorts
@testable import ForgePlanning
@testable import ForgeHealth
@testable import ForgeModel
@testable import ForgeSimulation
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// Reading a whole cluster's health, on the simulation.
@Suite struct StatusTests {
  static func status(
    _ cluster: SimulatedCluster, _ spec: ClusterSpec = Samples.spec,
    _ keys: ClusterKeys = Samples.wanted().keys
  ) -> Status {
    Status(spec, keys: keys, context: cluster.context())
  }

  private func up(_ seed: UInt64) throws -> SimulatedCluster {
    let cluster = SimulatedCluster(seed: seed)
    #expect(try UpTests.up(on: cluster).report.status == .success)
    return cluster
  }

  private func read(_ cluster: SimulatedCluster) throws -> ClusterHealth {
    try Simulation.run(on: cluster) { await Self.status($0).read() }.value
  }

  @Test func aWellClusterIsHealthyEverywhere() throws {
    let health = try read(up(31))
    #expect(health.isHealthy && health.nodes.count == 7)
    #expect(health.nodes.flatMap(\.components).allSatisfy { $0.state == .ok })
    let lines = StatusText(Samples.spec, health).lines
    #expect(lines[0].hasPrefix("NODE    ROLE"))
    #expect(lines.contains { $0.hasPrefix("zookeeper: 3 of 3 serve, ") && $0.hasSuffix(" leads") })
    #expect(lines.last == "dcos-lab is healthy" || lines.last?.hasSuffix(" is healthy") == true)
  }

  /// One dead node costs its own deadline and no more.
  @Test func aDeadNodeCostsItsDeadlineOnly() throws {
    let cluster = try up(32)
    let node = try #require(Samples.spec.nodes.first { $0.name == Samples.name("lxb002") })
    let outcome = try Simulation.run(on: cluster) { cluster in
      try await cluster.hypervisor.destroyDomain(
        uuid: ClusterIdentity(Samples.spec).domainUUID(node))
      let began = cluster.clock.now
      let health = await Self.status(cluster).read()
      return (health, cluster.clock.now.since(began))
    }
    #expect(outcome.value.0.firstCause?.description == "machine on lxb002")
    #expect(outcome.value.0.verdict == .degraded)
    #expect(outcome.value.1 <= Status.deadline + .seconds(1), "\(outcome.value.1)")
  }

  @Test func aBrokenHypervisorLeavesTheNodesReported() throws {
    let cluster = try up(33)
    let calls = cluster.state.hypervisorCalls
    cluster.plant(.hypervisorCall(calls + 1, afterEffect: false))
    let health = try read(cluster)
    #expect(health.verdict == .degraded && health.firstCause == nil)
    #expect(health.nodes.allSatisfy { $0[.machine]?.state == .unknown && $0[.ssh]?.state == .ok })
  }

  @Test(arguments: Wait.Goal.allCases) func waiting(_ goal: Wait.Goal) throws {
    let cluster = try up(34)
    let fault = Fault.componentFails(
      Samples.name(goal == .agents ? "lxb001" : "lxzk02"),
      goal == .agents ? .mesosAgent : .exhibitor)
    let node = try #require(Samples.spec.nodes.first { $0.name == Samples.name("lxzk03") })
    let outcome = try Simulation.run(on: cluster) { cluster in
      let wait = Wait(
        Samples.spec, keys: Samples.wanted().keys, context: cluster.context())
      _ = try await wait.until(goal, within: .seconds(60)) { _ in }
      if goal == .quorum {
        try await cluster.hypervisor.destroyDomain(
          uuid: ClusterIdentity(Samples.spec).domainUUID(node))
      } else {
        cluster.plant(fault)
      }
      let began = cluster.clock.now
      let error = await #expect(throws: ForgeError.self) {
        try await wait.until(goal, within: .seconds(60)) { _ in }
      }
      #expect(cluster.clock.now.since(began) <= .seconds(60))
      return error
    }
    #expect(outcome.value?.category == .timeout)
    let word = goal == .quorum ? "2 of 3 masters serve" : goal == .agents ? "lxb001" : "lxzk02"
    #expect(outcome.value?.observed.contains(word) == true, "\(outcome.value?.observed ?? "")")
  }

  @Test func prometheusText() throws {
    let cluster = try up(35)
    cluster.plant(.componentFails(Samples.name("lxb001"), .docker))
    let health = try read(cluster)
    let text = StatusMetrics(Samples.spec, health, at: 1_700_000_000_500).text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.last == "")
    // Each metric's HELP and TYPE once and before its samples; no sample twice.
    var declared: [String] = []
    var seen = Set<Substring>()
    for line in lines.dropLast() {
      if line.hasPrefix("# ") {
        if line.hasPrefix("# TYPE ") {
          declared.append(String(line.split(separator: " ")[2]))
          #expect(line.hasSuffix(" gauge"))
        }
        continue
      }
      let name = line.prefix { $0 != "{" }
      #expect(String(name) == declared.last)
      let parts = line.split(separator: "} ")
      #expect(parts.count == 2 && Double(parts[1]) != nil, "\(line)")
      #expect(seen.insert(parts[0]).inserted)
    }
    #expect(Set(declared).count == declared.count)
    #expect(
      text.contains(#"node="lxb001",role="agent",component="docker"} 3.0"#), "\(text.prefix(3000))")
    #expect(
      text.contains(
        #"dcosforge_cluster_verdict{cluster="\#(Samples.spec.name)",verdict="degraded"} 1.0"#))
    #expect(
      text.contains(
        "dcosforge_read_timestamp_seconds{cluster=\"\(Samples.spec.name)\"} 1700000000.5"))
  }

  @Test func theCauseStandsFirstAndWhatFollowsWaits() throws {
    let cluster = try up(36)
    cluster.plant(.componentFails(Samples.name("lxzk02"), .exhibitor))
    cluster.plant(.componentFails(Samples.name("lxzk02"), .marathon))
    cluster.plant(.componentFails(Samples.name("lxb003"), .docker))
    let lines = StatusText(Samples.spec, try read(cluster)).lines
    let cause = try #require(lines.firstIndex { $0.hasPrefix("cause    exhibitor on lxzk02: ") })
    #expect(lines[cause + 1].hasPrefix("fault    docker on lxb003: "))
    #expect(
      lines.contains {
        $0.hasPrefix("waiting  on exhibitor on lxzk02: ") && $0.contains("marathon")
      })
    #expect(lines.contains { $0.hasPrefix("exhibitor ") && $0.contains("FAIL") })
  }

  /// A thousand nodes, with the figures that docs/health.md says.
  ///
  /// Machines only: what a node without DC/OS says is as much, and making them is quicker. Runs
  /// when `DCOSFORGE_TEST_LARGE` is set.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["DCOSFORGE_TEST_LARGE"] != nil))
  func aThousandNodes() throws {
    var spec = Samples.spec
    spec.network.cidr = Samples.must(IPv4Network("10.1.0.0/16"))
    for index in 1...993 {
      spec.nodes.append(
        NodeSpec(
          name: Samples.name("big\(index)"), role: .agent,
          address: IPv4Address(rawValue: 0x0A01_0200 + UInt32(index))))
    }
    let host = HostFacts(
      name: "big", version: "simulation", processors: 4000, freeMemory: .gibibytes(16_000),
      offersKVM: true)
    let cluster = SimulatedCluster(seed: 40, host: host)
    let wanted = Samples.wanted(spec)
    #expect(
      try UpTests.up(on: cluster, wanted: wanted, until: .machines).report.status == .success)
    let before = Self.peakMemory()
    let began = ContinuousClock.now
    let health = try Simulation.run(on: cluster) { [spec] in
      await Self.status($0, spec, wanted.keys).read()
    }.value
    let lines = StatusText(spec, health).lines
    let took = ContinuousClock.now - began
    #expect(health.nodes.count == 1000 && lines.count > 1000)
    #expect(health.nodes.allSatisfy { $0[.ssh]?.state == .ok })
    print("1000 nodes: \(took), \((Self.peakMemory() - before) >> 10) MiB more")
    #expect(took < .seconds(20))
  }

  /// The most memory that this process has held, in KiB.
  private static func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  }
}
