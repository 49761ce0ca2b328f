@testable import ForgeHealth
@testable import ForgeModel
@testable import ForgeNodeProtocol
@testable import ForgePlanning
@testable import ForgeSimulation
import ForgeSupport
import Foundation
import Testing

@testable import DCOSForgeCore

/// What a well node prints, with numbers in it that none would print: no number ends the process,
/// and one that is no reading costs no more than its reading.
///
/// `DCOSFORGE_FUZZ` is the number of outputs; output n of a build is always the same.
@Suite struct HostileNumberTests {
  private typealias Cluster = SimulatedDCOSTests

  struct Sample: Sendable {
    var task: NodeTask
    var node: NodeSpec
    var output: String
  }

  static let count =
    ProcessInfo.processInfo.environment["DCOSFORGE_FUZZ"].flatMap { Int($0) } ?? 700

  private static let wild = [
    "-9223372036854775808", "9223372036854775807", "1152921504606846976", "9223372036854775808",
    "18446744073709551616", "1e300", "1e400", "-1", "0", "NaN", #""NaN""#, "1e-300", "",
  ].map { Array($0.utf8) }

  private static let master = NodeSpec(
    name: SmallWorld.node(2).name, role: .master, address: SmallWorld.node(2).address)
  private static let boot = NodeSpec(
    name: SmallWorld.node(1).name, role: .bootstrap, address: SmallWorld.node(1).address)
  private static let well = HealthSample()

  // MARK: what is changed

  /// The output of every task on a simulated cluster, and some that hold more than it prints.
  static func samples() throws -> [Sample] {
    let cluster = SimulatedCluster(seed: 8)
    return try Simulation.run(on: cluster) { cluster in
      try await Cluster.up(cluster)
      _ = try await Cluster.wait(cluster) { $0.ensemble.isComplete }
      try await Cluster.prepare(5, cluster)
      var samples = try await run([.preflight(installation)], on: SmallWorld.node(5), 5, cluster)
      try await Cluster.install(5, cluster)
      _ = try await Cluster.wait(cluster) { !$0.ensemble.registered.isEmpty }
      samples += try await run(onBoot, on: boot, 1, cluster)
      samples += try await run(onMaster, on: master, 2, cluster)
      return samples
    }.value + handmade
  }

  private static func run(
    _ tasks: [NodeTask], on node: NodeSpec, _ number: Int, _ cluster: SimulatedCluster
  ) async throws -> [Sample] {
    var samples: [Sample] = []
    for task in tasks {
      let result = try await Cluster.run(task, number, cluster)
      samples.append(Sample(task: task, node: node, output: result.standardOutput))
    }
    return samples
  }

  private static let installation = Installation(
    role: .agent, version: Cluster.version, bootstrapURL: Cluster.url,
    installer: Cluster.served, inputs: "x 1")

  private static let onBoot: [NodeTask] = [
    .shell("echo 1 2 3"), .awaitCloudInit, .clock,
    .checksum(path: "/root/dcos/genconf/config.yaml"),
    .generate(
      Generation(
        folder: "/root/dcos", installer: SimulatedCluster.checksum(of: Cluster.installer),
        inputs: "f")), .serve(Cluster.serving), .configureTime(TimeSettings(servers: ["10.1.1.1"])),
    .facts(
      FactsRequest(
        role: .bootstrap,
        preparation: Preparation(
          role: .bootstrap, version: Cluster.version, packages: PackageSpec()),
        time: TimeSettings(servers: []), serving: Cluster.serving)),
    .authorize(key: "ssh-ed25519 x", account: "root"),
  ]

  private static let onMaster: [NodeTask] =
    [
      .prepare(Preparation(role: .master, version: Cluster.version, packages: PackageSpec())),
      .detectIP(script: "#!/bin/sh"), .fetchServed(url: Cluster.url),
      .install(
        Installation(
          role: .master, version: Cluster.version, bootstrapURL: Cluster.url,
          installer: Cluster.served, inputs: "x 1")),
      .readQuorum(masters: (2...4).map { SmallWorld.node($0).address }),
      .listAgents(at: master.address), .callMesos(.drain(agent: "S1"), at: master.address),
      .readHealth(
        HealthRequest(role: .master, version: Cluster.version, address: master.address)),
      .readLogs(LogRequest(units: ["docker.service", "dcos-exhibitor.service"])),
      .collectEvidence(
        EvidenceRequest(role: .master, version: Cluster.version, address: master.address)),
    ] + ClusterQuestion.allCases.map { .ask($0, at: master.address) }

  private static let handmade: [Sample] = {
    let node = Samples.spec.nodes(.master)[0]
    let request = HealthRequest(role: .master, version: well.version, address: node.address)
    let health = HealthSample.output(node, well.version, leads: true).standardOutput
    let knock = HealthReport.KnockRecord(server: "10.1.1.50", port: 2888, status: 124)
    let rules = HealthReport.OutcomeRecord(text: "-A INPUT -p tcp --dport 2888:3888 -j DROP\n")
    let logs =
      #"{"record":"journal","now":1704067200}"# + "\n"
      + LogReportTests.line(1_704_067_200_123_457, #""x""#, more: #","_PID":"7","PRIORITY":"3""#)
      + #"{"record":"source","name":"journal","status":0}"# + "\n"
      + "2024-01-01T00:00:00.123456789Z GET\n"
      + #"{"record":"source","name":"container","status":0}"# + "\n" + NodeReport.end
    let services = HTTPReading(
      url: "http://10.1.1.51:5050/x",
      text: #"{"slaves":[],"frameworks":[{"id":"a","name":"b","TASK_RUNNING":2,"#
        + #""TASK_STAGING":1,"used_resources":{"cpus":0.3,"mem":64,"disk":0.0}}]}"#)
    return [
      Sample(
        task: .readHealth(request), node: node,
        output: NodeReport.line("knock", knock) + NodeReport.line("filter", rules) + health),
      Sample(
        task: .readLogs(LogRequest(units: ["u"], container: "web")), node: node, output: logs),
      Sample(
        task: .ask(.services, at: node.address), node: node,
        output: ClusterQuestion.text([(.summary, services)])),
      Sample(task: .seal, node: node, output: SealReport.text),
    ]
  }()

  /// Where numbers stand in a text.
  private static func places(in text: [UInt8]) -> [Range<Int>] {
    func isDigit(_ index: Int) -> Bool {
      text.indices.contains(index) && (0x30...0x39).contains(text[index])
    }
    var places: [Range<Int>] = []
    var index = 0
    while index < text.count {
      guard isDigit(index) else {
        index += 1
        continue
      }
      var end = index
      while isDigit(end) || isDigit(end + 1) && text[end] == UInt8(ascii: ".") { end += 1 }
      let isNegative = index > 0 && text[index - 1] == UInt8(ascii: "-")
      places.append((isNegative ? index - 1 : index)..<end)
      index = end
    }
    return places
  }

  // MARK: what reads it

  /// Reads an output as the operation does that asks for it; gives what a terminal gets of it.
  static func shown(
    _ task: NodeTask, _ result: CommandResult, _ node: NodeSpec
  ) throws -> [String] {
    let name = node.name
    switch task {
    case .shell(let line):
      return [
        try ExecRecord(line, [node], [.success(result)]).prettyJSON().escaped,
        TerminalText(bytes: Array(result.standardOutput.utf8)).content,
      ]
    case .awaitCloudInit: try CloudInitReport.check(result, on: name)
    case .facts: return plan(try FactsReport(result, on: name))
    case .configureTime: _ = try TimeReport(result, on: name)
    case .clock: _ = try ClockRecord(result, on: name).isGood
    case .prepare: return shown(try PrepareReport(result, on: name).failure(on: name))
    case .detectIP(let script):
      let report = try DetectIPReport(result, on: name)
      return shown(report.failure(of: script, on: node, genconf: "g"))
        + clean([report.slowness ?? ""])
    case .checksum: _ = ChecksumReport(result)
    case .generate: return shown(try GenerateReport(result, on: name).failure(on: name))
    case .serve(let serving):
      return clean([try ServeReport(result, serving, on: name).reason ?? ""])
    case .fetchServed(let url):
      return clean([try FetchReport(result, url: url, on: name).summary])
    case .preflight(let installation):
      let failures = try PreflightReport(result, for: installation, on: name).failures
      return clean(failures.flatMap { [$0.check, $0.detail, $0.fix] })
    case .install(let installation):
      return clean([try InstallReport(result, for: installation, on: name).summary])
    case .readQuorum:
      let round = QuorumRound([name: .success(try QuorumReport(result, on: name))])
      switch QuorumEvaluation(round, masters: [node]) {
      case .proved(_, let evidence): return clean(evidence)
      case .notYet(let reasons): return clean(reasons.map(\.description))
      }
    case .listAgents(let address):
      let report = try AgentsReport(result, at: address, on: name)
      switch report.standing(of: SmallWorld.node(5).address) {
      case .joined(let seen), .notYet(let seen): return clean([seen])
      }
    case .readHealth: return try shown(HealthReport(result, on: name))
    case .readLogs(let request): return shown(result.standardOutput, request, node)
    case .collectEvidence:
      return clean(EvidenceReport(result.standardOutput).parts.compactMap(\.fault))
    case .callMesos(let call, _): try call.check(result, on: name)
    case .ask(let question, _): return try shown(result, question, node)
    case .seal: try SealReport.check(result, on: name)
    case .authorize: _ = try AuthorizeReport(result, on: name)
    }
    return []
  }

  /// Lines for people as a terminal gets them.
  static func clean(_ lines: [String]) -> [String] { lines.map { TerminalText($0).content } }

  private static func plan(_ facts: FactsReport) -> [String] {
    let wanted = Samples.wanted()
    let observed = Samples.complete(wanted) { $0.role == .bootstrap ? .facts(facts) : nil }
    return clean(PlanText(wanted.spec, Planner(wanted, observed: observed).plan()).lines)
  }

  private static func shown(_ error: ForgeError?) -> [String] {
    error.map { HostileTextTests.shown($0) } ?? []
  }

  private static func shown(_ reading: HealthReport) throws -> [String] {
    var sample = well
    sample.seen[Samples.name("lxzk01")]?.reading = .success(reading)
    let health = sample.health
    let diagnosis = Diagnosis(health: health, fault: nil, journal: [], console: [])
    return clean(
      StatusText(Samples.spec, health).lines + DiagnosisText(Samples.spec, diagnosis).lines)
      + [
        try StatusRecord(Samples.spec, health, at: 0).lineJSON().escaped,
        StatusMetrics(Samples.spec, health, at: 0).text.escaped,
      ]
  }

  private static func shown(
    _ output: String, _ request: LogRequest, _ node: NodeSpec
  ) -> [String] {
    let (entries, reading) = LogReport.entries(
      in: output, of: node.name, container: request.container)
    let text = LogText(
      nodes: [node.name], units: entries.map(\.unit), style: TextStyle(isColoured: true))
    return LogEntry.merged([entries]).flatMap { entry in
      text.lines(entry).map(\.content) + [LogRecord(entry).json.escaped]
    } + clean(reading.faults + [reading.complaint])
  }

  private static func shown(
    _ result: CommandResult, _ question: ClusterQuestion, _ node: NodeSpec
  ) throws -> [String] {
    switch question {
    case .nodes:
      let listing = try NodesReport(result, on: node, of: Samples.spec)
      let text = NodeListingText(Samples.spec, listing)
      return clean(text.lines + text.notes)
        + [try NodeListingRecord(Samples.spec, listing).prettyJSON().escaped]
    case .services:
      let listing = try ServicesReport(result, on: node)
      return clean(ServiceListingText(listing).lines)
        + [try ServiceListingRecord(Samples.spec, listing).prettyJSON().escaped]
    case .marathon:
      let record = MarathonRecord(Samples.spec, try MarathonReport(result, on: node))
      return [try record.prettyJSON().escaped]
    }
  }

  // MARK: tests

  /// What reading the output throws; nil when it is read.
  private func fault(_ sample: Sample, _ output: [UInt8]) -> (any Error)? {
    let result = CommandResult(
      status: .exited(0), standardOutput: String(decoding: output, as: UTF8.self))
    do {
      _ = try Self.shown(sample.task, result, sample.node)
      return nil
    } catch {
      return error
    }
  }

  @Test func everyNumberOfEveryTaskMayBeAnything() throws {
    let samples = try Self.samples()
    #expect(Set(samples.map(\.task.kind)) == Set(TaskKind.allCases))
    for sample in samples {
      let output = Array(sample.output.utf8)
      #expect(fault(sample, output) == nil, "\(sample.task.kind)")
      let places = Self.places(in: output)
      let cases = places.count * Self.wild.count
      // Fewer than there are wild numbers, and no divisor of that: each place is reached.
      let step = min(Self.wild.count - 1, max(1, cases / max(1, Self.count / 10)))
      for number in stride(from: 0, to: cases, by: step) {
        let (place, wild) = (places[number / Self.wild.count], number % Self.wild.count)
        var changed = output
        changed.replaceSubrange(place, with: Self.wild[wild])
        guard let error = fault(sample, changed) else { continue }
        #expect(error is ForgeError, "\(sample.task.kind): \(error)")
        // Quotes may break a record in which no number stands.
        let costsOnlyItself = [TaskKind.readHealth, .facts, .readLogs].contains(sample.task.kind)
        #expect(
          !costsOnlyItself || Self.wild[wild].contains(UInt8(ascii: "\"")),
          "\(error): \(String(decoding: changed, as: UTF8.self))")
      }
    }
  }

  @Test func manyNumbersMayBeAnything() throws {
    var generator = SeededGenerator(seed: 13)
    let samples = try Self.samples().map { ($0, Self.places(in: Array($0.output.utf8))) }
      .filter { !$0.1.isEmpty }
    for _ in 0..<Self.count {
      let (sample, places) = samples[generator.index(below: samples.count)]
      var changed = Array(sample.output.utf8)
      let share = 1 + generator.index(below: 20)
      for place in places.reversed() where generator.index(below: share) == 0 {
        changed.replaceSubrange(
          place, with: Self.wild[generator.index(below: Self.wild.count)])
      }
      let error = fault(sample, changed)
      #expect(error == nil || error is ForgeError, "\(sample.task.kind)")
    }
  }
}
