@testable import ForgePorts
@testable import ForgeSupport
@testable import ForgeEvents
@testable import ForgePlanning
@testable import ForgeModel
@testable import ForgeKeys
@testable import ForgeSimulation
import Foundation
import Testing

@testable import DCOSForgeCore

/// A simulated cluster, and an operator whose own key its nodes let in besides the state folder's.
struct Adopting {
  let cluster: SimulatedCluster
  let operatorKey: KeyPair
  let scratch: Scratch
  let invariants: Invariants
  var spec: ClusterSpec

  /// Bootstrap node, three masters and an agent, or all seven nodes.
  init(seed: UInt64, isWhole: Bool = false, faults: FaultPlan = .none) throws {
    cluster = SimulatedCluster(seed: seed, faults: faults)
    operatorKey = try KeyPair.generate(comment: "operator")
    scratch = try Scratch()
    spec = Samples.spec
    if !isWhole { spec.nodes.removeAll { $0.name.description > "lxb001" && $0.role == .agent } }
    spec.ssh.authorizedKeys = [operatorKey.publicLine]
    invariants = Invariants(spec, secret: "PRIVATE KEY")
    invariants.watch(cluster)
    invariants.begin(.up(changing: nil))
  }

  /// The state folder of that name, made when it is not there.
  func folder(_ name: String) throws -> StateFolder {
    try StateFolder(root: scratch.file(name), cluster: spec.name)
  }

  func wanted(_ folder: StateFolder) throws -> WantedCluster {
    var wanted = Samples.wanted(spec)
    wanted.keys = try folder.keys(for: spec).all
    return wanted
  }

  func context(
    _ identity: KeyPair, isPartial: Bool = false,
    sink: @escaping @Sendable (Event) -> Void = { _ in }
  ) -> ForgeContext {
    ForgeContext(
      hypervisor: cluster.hypervisor, shell: cluster.shell(identity: identity),
      clock: cluster.clock, buildSeed: SimulatedCluster.buildSeed,
      sink: { event in
        if !isPartial { invariants.receive(event, on: cluster) }
        sink(event)
      }, jitterSeed: cluster.seed)
  }

  /// `up` with the keys of a state folder.
  @discardableResult
  func up(_ folder: StateFolder, until stage: Stage = .machines) throws -> RunReport {
    let (wanted, user) = (try wanted(folder), try folder.keys(for: spec).user)
    return try Simulation.run(on: cluster) { _ in
      // The end of a run that stops early is not the truth that the invariants ask for.
      try await Up(wanted, context: context(user, isPartial: stage != .health))
        .run(.cluster(until: stage))
    }.value
  }

  func plan(_ folder: StateFolder, until stage: Stage = .machines) throws -> Plan {
    let (wanted, user) = (try wanted(folder), try folder.keys(for: spec).user)
    return try Simulation.run(on: cluster) { _ in
      try await Up(wanted, context: context(user)).plan(until: stage)
    }.value
  }

  func wipe(_ node: String, _ folder: StateFolder) throws {
    let (wanted, keys) = (try wanted(folder), try folder.keys(for: spec))
    let nodes = spec.nodes.filter { $0.name.description == node }
    let report = try Simulation.run(on: cluster) { _ in
      let wipe = Wipe(wanted, context: context(keys.user))
      let extent = RunExtent.machines(of: nodes.map(\.name))
      let preview = try await wipe.preview(nodes, extent, force: true)
      return try await wipe.run(preview, extent, drains: false) {
        (standing) throws(ForgeError) in
        try folder.retire(standing)
        return try folder.keys(for: spec).all
      }
    }.value
    #expect(report.status == .success)
  }

  /// One run of `adopt`; without an identity the folder's own key logs in.
  @discardableResult
  func adopt(
    _ folder: StateFolder, as identity: KeyPair? = nil, killAtChanges: Int? = nil,
    sink: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws -> RunReport {
    let user = try folder.keys(for: spec).user
    return try Simulation.run(on: cluster, killAtChanges: killAtChanges) { _ in
      let adopt = Adopt(
        spec, folder: folder, context: context(identity ?? user, sink: sink),
        hasIdentity: identity != nil)
      return try await adopt.run(try await adopt.prepare())
    }.value
  }

  func record(_ node: String) throws -> DomainRecord {
    let domains = cluster.state.domainRecords
    return try #require(ClusterIdentity(spec).domain(of: Samples.name(node), among: domains)).record
  }

  func setMark(_ node: String, _ change: (inout OwnershipMark) -> Void) throws {
    let record = try record(node)
    var mark = try #require(record.mark)
    change(&mark)
    let changed = mark
    _ = try Simulation.run(on: cluster) { cluster in
      try await cluster.hypervisor.setMark(changed, uuid: record.uuid)
    }
  }
}

/// A lost state folder made again from a simulated cluster.
@Suite struct AdoptTests {
  @Test func aLostFolderIsMadeAgain() throws {
    let bench = try Adopting(seed: 301, isWhole: true)
    let (old, new) = (try bench.folder("old"), try bench.folder("new"))
    try bench.up(old, until: .health)
    try bench.wipe("lxb002", old)
    try bench.up(old, until: .health)

    let lost = try bench.plan(new)
    #expect(lost.refusals.count == 7)
    #expect(lost.refusals.allSatisfy { $0.advice.contains("dcosforge adopt --identity") })
    #expect(lost.refusals.allSatisfy { !$0.advice.contains("old values") })

    let (events, changed) = (EventLog(), Locked<Set<String>>([]))
    bench.cluster.observe { event, _ in
      switch event.kind {
      case .hypervisor(let verb, _): changed.withLock { _ = $0.insert(verb) }
      case .changed(_, let what): changed.withLock { _ = $0.insert(what) }
      case .uploaded, .booting, .powerOff, .dcos: changed.withLock { _ = $0.insert("more") }
      default: break
      }
      return nil
    }
    let report = try bench.adopt(new, as: bench.operatorKey) { events.append($0) }
    #expect(report.status == .success, "\(report.records.compactMap(\.failure))")
    #expect(changed.withLock { $0 } == ["set-mark", "authorized keys"])

    let (before, after) = (try old.keys(for: bench.spec), try new.keys(for: bench.spec))
    #expect(after.all.hosts == before.all.hosts)
    #expect(after.all.hosts[Samples.name("lxb002")]?.generation == 2)
    #expect(after.user.publicKey != before.user.publicKey)
    let known = try [old, new].map {
      try String(contentsOfFile: $0.knownHostsPath, encoding: .utf8)
    }
    #expect(known[0] == known[1])

    #expect(try !bench.plan(new, until: .health).hasChanges)
    let changes = bench.cluster.state.changes
    #expect(try bench.up(new, until: .health).status == .success)
    #expect(bench.cluster.state.changes == changes)

    // Secrets: what was reported holds no line of any private key.
    let reported = events.all.map { EventRecord($0).json }.joined()
    #expect(reported.contains(KeyPair.fingerprint(of: "lxb002", in: after.all)))
    for key in after.all.hosts.values.map(\.key.privateText) + [after.user.privateKeyFile] {
      for line in key.split(separator: "\n").dropFirst().dropLast() {
        #expect(!reported.contains(line))
      }
    }
  }

  @Test func theResultShowsGenerationAndFingerprint() throws {
    let bench = try Adopting(seed: 302)
    try bench.up(try bench.folder("old"))
    let folder = try bench.folder("new")
    let report = try bench.adopt(folder, as: bench.operatorKey)
    let lines = RunSummary(bench.spec, report).lines
    let line = try #require(lines.first { $0.hasPrefix("lxzk01") })
    let print = KeyPair.fingerprint(of: "lxzk01", in: try folder.keys(for: bench.spec).all)
    #expect(line.hasSuffix("generation 1, host key \(print), user key let in"))
  }

  @Test func aWholeFolderIsLeftAsItIs() throws {
    let bench = try Adopting(seed: 303)
    let folder = try bench.folder("old")
    try bench.up(folder)
    let before = try folder.contents()
    let changes = bench.cluster.state.changes
    #expect(try bench.adopt(folder).plan.steps.isEmpty)
    #expect(try bench.adopt(folder, as: bench.operatorKey).plan.steps.isEmpty)
    #expect(try folder.contents() == before && bench.cluster.state.changes == changes)
  }

  /// Whatever single file is lost: it is made again as it was, and nothing else is touched.
  @Test func eachFileComesBack() throws {
    let bench = try Adopting(seed: 304)
    let folder = try bench.folder("old")
    try bench.up(folder)
    try bench.wipe("lxb001", folder)
    try FileManager.default.removeItem(atPath: folder.path + "/hosts/lxb001-1")  // of no use now
    let before = try folder.contents()
    #expect(before.count == 2 + 5 + 1)
    for file in before.keys.sorted() where file != "id_ed25519" {
      try FileManager.default.removeItem(atPath: folder.path + "/" + file)
      let changes = bench.cluster.state.changes
      #expect(try bench.adopt(folder).status == .success, "\(file)")
      #expect(bench.cluster.state.changes == changes, "\(file)")
      let after = try folder.contents()
      // A count may be added to a first generation, which needs none.
      let others = before.keys.filter { after[$0] != before[$0] }
      #expect(others == [], "\(file)")
      #expect(try !bench.plan(folder).hasChanges, "\(file)")
    }
    try FileManager.default.removeItem(atPath: folder.userKeyPath)
    #expect(try bench.adopt(folder, as: bench.operatorKey).status == .success)
    #expect(try !bench.plan(folder).hasChanges)
  }

  @Test func withoutAKeyThatFitsNothingIsTried() throws {
    let bench = try Adopting(seed: 305)
    try bench.up(try bench.folder("old"))
    let changes = bench.cluster.state.changes
    let error = #expect(throws: ForgeError.self) { try bench.adopt(try bench.folder("new")) }
    #expect(error?.category == .configuration && error?.advice.contains("--identity") == true)
    #expect(bench.cluster.state.changes == changes)
  }

  @Test func aKeyThatNoNodeLetsInIsReported() throws {
    let bench = try Adopting(seed: 306)
    try bench.up(try bench.folder("old"))
    let changes = bench.cluster.state.changes
    let report = try bench.adopt(try bench.folder("new"), as: .generate(comment: "stranger"))
    let failures = report.records.compactMap(\.failure)
    #expect(report.status == .unreachable && failures.count == 5)
    #expect(failures.allSatisfy { $0.advice.contains("--identity") })
    #expect(bench.cluster.state.changes == changes)
    #expect(report.elapsed < .seconds(240))
  }

  @Test func aNodeThatIsOffWaitsForTheNextRun() throws {
    let bench = try Adopting(seed: 307)
    try bench.up(try bench.folder("old"))
    let (record, folder) = (try bench.record("lxzk02"), try bench.folder("new"))
    _ = try Simulation.run(on: bench.cluster) { cluster in
      try await cluster.hypervisor.destroyDomain(uuid: record.uuid)
    }
    let first = try bench.adopt(folder, as: bench.operatorKey)
    #expect(first.status == .unreachable)
    let failure = try #require(first.records.compactMap(\.failure).first)
    #expect(first.records.compactMap(\.failure).count == 1)
    #expect(failure.subject == "lxzk02" && failure.advice.contains("start dcos_gsi-lxzk02"))
    #expect(try bench.plan(folder).refusals.map(\.subject) == ["lxzk02"])
    _ = try Simulation.run(on: bench.cluster) { cluster in
      try await cluster.hypervisor.startDomain(uuid: record.uuid)
    }
    // The folder's own key is enough now that other nodes know it; this one does not yet.
    let second = try bench.adopt(folder)
    #expect(second.plan.steps.map(\.id.node?.description) == ["lxzk02"])
    #expect(second.status == .unreachable)
    #expect(try bench.adopt(folder, as: bench.operatorKey).status == .success)
    #expect(try !bench.plan(folder).hasChanges)
  }

  /// The other advice for a node that is off.
  @Test func aNodeThatIsGivenUpIsWiped() throws {
    let bench = try Adopting(seed: 308)
    try bench.up(try bench.folder("old"))
    let (record, folder) = (try bench.record("lxb001"), try bench.folder("new"))
    _ = try Simulation.run(on: bench.cluster) { cluster in
      try await cluster.hypervisor.destroyDomain(uuid: record.uuid)
    }
    #expect(try bench.adopt(folder, as: bench.operatorKey).status == .unreachable)
    try bench.wipe("lxb001", folder)
    #expect(try bench.record("lxb001").mark?.generation == 2)
    #expect(try !bench.plan(folder).hasChanges)
  }

  @Test func anotherMachineAtTheAddressIsNotTrusted() throws {
    let bench = try Adopting(seed: 309)
    try bench.up(try bench.folder("old"))
    let other = try KeyPair.generate(comment: "")
    try bench.setMark("lxzk01") { $0.parts[.hostKey] = HostKey.line(of: other.publicKey) }
    try bench.setMark("lxzk03") { $0.parts[.hostKey] = "0123456789abcdef" }
    let folder = try bench.folder("new")
    let report = try bench.adopt(folder, as: bench.operatorKey)
    let failures = report.records.compactMap(\.failure).sorted { $0.subject < $1.subject }
    #expect(failures.map(\.subject) == ["lxzk01", "lxzk03"])
    #expect(failures.map(\.category) == [.unreachable, .refused])
    #expect(failures.first?.disposition == .final)
    let node = try #require(bench.cluster.state.node(Samples.name("lxzk01")))
    let user = try folder.keys(for: bench.spec).user
    #expect(!node.authorizedKeys.contains(user.publicKey))
    #expect(folder.hostKey(of: node.name, generation: 1)?.publicKey != node.hostKey)
  }

  /// sshd has the key of the mark, and its file another one: somebody is about to change it.
  @Test func theFileOnTheNodeMustBeOfTheMark() throws {
    let bench = try Adopting(seed: 310)
    try bench.up(try bench.folder("old"))
    let node = try #require(bench.cluster.state.node(Samples.name("lxzk01")))
    let text = try KeyPair.generate(comment: "other").privateKeyFile
    bench.cluster.change {
      $0.machines[node.disk]?.files[HostKey.privatePath] = .bytes(Array(text.utf8))
    }
    let folder = try bench.folder("new")
    let report = try bench.adopt(folder, as: bench.operatorKey)
    #expect(report.status == .refused)
    #expect(report.records.compactMap(\.failure).map(\.subject) == ["lxzk01"])
    #expect(folder.hostKey(of: node.name, generation: 1)?.privateKeyFile != text)
  }

  @Test func whatHasNoMachineOrLeftTheFileIsReported() throws {
    var bench = try Adopting(seed: 311)
    let none = #expect(throws: ForgeError.self) {
      try bench.adopt(try bench.folder("new"), as: bench.operatorKey)
    }
    #expect(none?.category == .refused && none?.advice.contains("up makes it") == true)
    try bench.up(try bench.folder("old"))
    bench.spec.nodes.removeAll { $0.name == Samples.name("lxb001") }
    bench.spec.nodes.append(
      NodeSpec(name: Samples.name("lxb009"), role: .agent, address: Samples.address("10.1.1.99")))
    let report = try bench.adopt(try bench.folder("new"), as: bench.operatorKey)
    #expect(report.status == .success)
    #expect(report.plan.warnings.count == 2)
    #expect(report.plan.warnings.first?.hasPrefix("lxb001 is not in the file") == true)
    #expect(report.plan.warnings.last?.hasPrefix("lxb009 has no machine") == true)
  }

  /// Nothing on a machine that was cut off in its first boot is of worth: `up` makes it, past what
  /// stands.
  @Test func aTornMachineIsMadeAgain() throws {
    let bench = try Adopting(seed: 312)
    let old = try bench.folder("old")
    try bench.up(old)
    try bench.wipe("lxb001", old)
    try bench.setMark("lxb001") { $0.hasAnswered = false }
    bench.cluster.powerOff(Samples.name("lxb001"))
    let record = try bench.record("lxb001")
    _ = try Simulation.run(on: bench.cluster) { cluster in
      try await cluster.hypervisor.destroyDomain(uuid: record.uuid)
    }
    let folder = try bench.folder("new")
    #expect(try bench.adopt(folder, as: bench.operatorKey).status == .success)
    #expect(try bench.up(folder).status == .success)
    #expect(try bench.record("lxb001").mark?.generation == 3)
    #expect(try bench.adopt(folder).plan.steps.isEmpty)
  }

  /// A wipe that was decided in this folder is not taken back.
  @Test func aDecidedWipeStays() throws {
    let bench = try Adopting(seed: 313)
    let folder = try bench.folder("old")
    try bench.up(folder)
    try folder.retire([Samples.name("lxb001"): 1])
    let report = try bench.adopt(folder)
    #expect(
      report.plan.steps.isEmpty
        && report.plan.warnings == ["lxb001 is being wiped: up goes on with that"])
    #expect(try folder.keys(for: bench.spec).all.hosts[Samples.name("lxb001")]?.generation == 2)
  }
}

extension KeyPair {
  /// The fingerprint of a node's host key.
  fileprivate static func fingerprint(of node: String, in keys: ClusterKeys) -> String {
    HostKey.fingerprint(of: keys.hosts[Samples.name(node)]?.key.publicBytes ?? [])
  }
}

extension StateFolder {
  /// Every file by its path below the folder.
  fileprivate func contents() throws -> [String: String] {
    var contents: [String: String] = [:]
    for file in try FileManager.default.subpathsOfDirectory(atPath: path) {
      guard let text = try? String(contentsOfFile: path + "/" + file, encoding: .utf8) else {
        continue
      }
      contents[file] = text
    }
    return contents
  }
}

/// Adoptions that are cut short or meet faults at any point: the next one ends them.
@Suite struct AdoptResumeTests {
  /// What stands after `up`, with an empty folder beside it.
  private func lost(_ seed: UInt64) throws -> (bench: Adopting, folder: StateFolder) {
    let bench = try Adopting(seed: seed)
    try bench.up(try bench.folder("old"))
    return (bench, try bench.folder("new"))
  }

  /// The next adoption with the same key ends well, with the keys that the machines have.
  private func ends(_ bench: Adopting, _ folder: StateFolder, _ what: String) throws {
    let report = try bench.adopt(folder, as: bench.operatorKey)
    #expect(report.status == .success, "\(what): \(report.records.compactMap(\.failure))")
    #expect(try !bench.plan(folder).hasChanges, "\(what)")
    let old = try bench.folder("old").keys(for: bench.spec).all.hosts
    let keys = try folder.keys(for: bench.spec)
    #expect(keys.all.hosts == old, "\(what)")
    for node in bench.cluster.state.nodes {
      #expect(node.authorizedKeys.contains(keys.user.publicKey), "\(what): \(node.name)")
    }
  }

  @Test func aKillAfterEveryChange() throws {
    var (points, killed) = (0, 0)
    while killed == points {
      points += 1
      let (bench, folder) = try lost(320)
      let end = bench.cluster.state.changes + points
      do {
        try bench.adopt(folder, as: bench.operatorKey, killAtChanges: end)
      } catch let failure as Simulation.Failure where failure.reason == .killed {
        killed += 1
      }
      try ends(bench, folder, "kill at change \(points)")
    }
    // Two changes on each of five nodes.
    #expect(killed == 10)
  }

  @Test func aKillAfterEveryRecord() throws {
    var (points, killed) = (0, 0)
    while killed == points {
      points += 1
      let (bench, folder) = try lost(321)
      let (count, point) = (Locked(0), points)
      do {
        try bench.adopt(folder, as: bench.operatorKey) { _ in
          let number = count.withLock { count in
            count += 1
            return count
          }
          if number == point { bench.cluster.killRun() }
        }
      } catch let failure as Simulation.Failure where failure.reason == .killed {
        killed += 1
      }
      try ends(bench, folder, "kill at record \(points)")
    }
    #expect(killed > 10)
  }

  /// What a broken connection to the hypervisor cost, the next run makes good.
  @Test(arguments: [false, true]) func everyHypervisorCallFails(afterEffect: Bool) throws {
    let (reference, first) = try lost(322)
    let before = reference.cluster.state.hypervisorCalls
    try reference.adopt(first, as: reference.operatorKey)
    let calls = reference.cluster.state.hypervisorCalls - before
    #expect(calls == 6)
    for call in 1...calls {
      let (bench, folder) = try lost(322)
      let number = bench.cluster.state.hypervisorCalls + call
      bench.cluster.plant(.hypervisorCall(number, afterEffect: afterEffect))
      _ = try? bench.adopt(folder, as: bench.operatorKey)
      try ends(bench, folder, "call \(call)")
    }
  }

  /// A connection that breaks is opened again by the same run.
  @Test func everyCommandAndTransferDrops() throws {
    let (reference, first) = try lost(323)
    let name = Samples.name("lxzk02")
    let before = try #require(reference.cluster.state.node(name)).commandCount
    try reference.adopt(first, as: reference.operatorKey)
    let commands = try #require(reference.cluster.state.node(name)).commandCount - before
    #expect(commands == 2)
    for command in 1...commands {
      let (bench, folder) = try lost(323)
      bench.cluster.plant(.connectionDropped(name, atCommand: before + command))
      #expect(try bench.adopt(folder, as: bench.operatorKey).status == .success)
      try ends(bench, folder, "command \(command)")
    }
  }
}
