@testable import ForgePorts
@testable import ForgeHealth
@testable import ForgeDCOS
@testable import ForgePlanning
@testable import ForgeNodeProtocol
@testable import ForgeSupport
@testable import ForgeSimulation
@testable import ForgeEvents
@testable import ForgeModel
@testable import ForgeKeys
import Foundation
import Testing

@testable import DCOSForgeCore

/// Evidence from the simulated cluster, packed and unpacked.
@Suite struct EvidenceTests {
  private static let spec = Samples.spec

  private static func pair(_ comment: String) -> KeyPair {
    Samples.must(try? KeyPair.generate(comment: comment))
  }

  /// Real keys, so that they can be looked for.
  private static let pairs = spec.nodes.map { pair("\($0.name)") }
  private static let user = pair("user")
  private static let keys = ClusterKeys(
    userPublicLine: user.publicLine,
    hosts: Dictionary(
      uniqueKeysWithValues: zip(spec.nodes, pairs).map { node, pair in
        (
          node.name,
          .init(
            key: .init(
              privateText: pair.privateKeyFile, publicLine: pair.publicLine,
              publicBytes: pair.publicKey), generation: 1)
        )
      }))
  private static let redaction = Redaction(
    privateKeys: [user.privateKeyFile] + pairs.map(\.privateKeyFile))

  private static func up(_ seed: UInt64) throws -> SimulatedCluster {
    let cluster = SimulatedCluster(seed: seed)
    var wanted = Samples.wanted()
    wanted.keys = keys
    _ = try UpTests.up(on: cluster, wanted: wanted)
    return cluster
  }

  private static func collect(
    _ cluster: SimulatedCluster, local: [Evidence.LocalFile] = []
  ) throws -> (bundle: EvidenceBundle, took: Duration) {
    let local = Locked(local)
    let outcome = try Simulation.run(on: cluster) { cluster in
      let evidence = Evidence(
        spec, keys: keys, context: cluster.context(), redaction: redaction)
      return await evidence.collect(occasion: "a test", local: local.withLock { $0 })
    }
    return (outcome.value, outcome.elapsed)
  }

  private func inFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/evidence-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  /// The archive's files, by path below its own folder.
  private func unpacked(_ path: String, _ bundle: EvidenceBundle) async throws -> [String: String] {
    let folder = path + ".unpacked"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let tar = try await LocalProgram.run(["/usr/bin/tar", "-C", folder, "-xzf", path])
    #expect(tar.succeeded, "\(tar.standardError)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [bundle.name])
    let root = "\(folder)/\(bundle.name)"
    var files: [String: String] = [:]
    for file in try FileManager.default.subpathsOfDirectory(atPath: root) {
      files[file] = try? String(contentsOfFile: "\(root)/\(file)", encoding: .utf8)
    }
    return files
  }

  @Test func aWholeClusterIsPacked() async throws {
    let (bundle, took) = try Self.collect(try Self.up(51))
    #expect(took < Evidence.limit)
    try await inFolder { folder in
      let path = folder + "/e.tar.gz"
      try await EvidenceArchive.write(bundle, to: path)
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
      #expect(mode as? Int == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["e.tar.gz"])
      let files = try await unpacked(path, bundle)
      let manifest = try #require(files["MANIFEST.txt"])
      for node in Self.spec.nodes {
        for file in ["nodes/\(node.name)/journal.txt", "hypervisor/\(node.name)-domain.xml"] {
          #expect(files[file]?.isEmpty == false, "\(file)")
          #expect(manifest.contains(file))
        }
      }
      #expect(files["hypervisor/lxzk01-domain.xml"]?.contains("lxzk01</name>") == true)
      #expect(files["hypervisor/lxzk01-console.log"]?.contains("login:") == true)
      #expect(files["nodes/lxzk01/zookeeper-srvr.txt"]?.contains("Zookeeper version") == true)
      #expect(manifest.contains("Occasion: a test"))
      #expect(manifest.contains("Everything could be read."))
    }
  }

  @Test func aDeadNodeAndALostDomainAreInTheManifest() throws {
    let cluster = try Self.up(52)
    cluster.powerOff(Samples.name("lxzk02"))
    cluster.change { world in
      world.domains = world.domains.filter { $0.value.record.mark?.node != Samples.name("lxb001") }
    }
    let (bundle, took) = try Self.collect(cluster)
    #expect(took < .seconds(60))
    #expect(bundle.gaps.contains { $0.path == "nodes/lxzk02/" && $0.reason.contains("answers") })
    #expect(bundle.gaps.contains { $0.path == "hypervisor/lxb001" })
    #expect(bundle.files.contains { $0.path == "nodes/lxzk01/journal.txt" })
    #expect(bundle.files.contains { $0.path == "hypervisor/lxzk02-domain.xml" })
    #expect(bundle.manifest.contains("nodes/lxzk02/"))
  }

  @Test func withoutAHypervisorTheNodesAreStillAsked() throws {
    let cluster = try Self.up(53)
    let calls = cluster.state.hypervisorCalls
    cluster.plant(.hypervisorCall(calls + 1, afterEffect: false))
    let (bundle, _) = try Self.collect(cluster)
    #expect(bundle.gaps.map(\.path) == ["hypervisor/"])
    #expect(bundle.files.count { $0.path.hasSuffix("/journal.txt") } == Self.spec.nodes.count)
  }

  @Test func aConnectionThatBreaksCostsOneNode() throws {
    let cluster = try Self.up(54)
    let node = Samples.name("lxb002")
    let count = cluster.state.node(node)?.commandCount ?? 0
    cluster.plant(.connectionDropped(node, atCommand: count + 1))
    let (bundle, _) = try Self.collect(cluster)
    #expect(bundle.gaps.map(\.path) == ["nodes/lxb002/"])
  }

  /// Secrets of every kind, planted wherever text comes from; none is found in the archive.
  @Test func noSecretIsInTheArchive() async throws {
    let cluster = try Self.up(55)
    let planted = RedactionTests.planted
    let master = Samples.name("lxzk01")
    for (text, _) in planted {
      for line in text.split(separator: "\n") {
        cluster.log(master, unit: "dcos-marathon.service", String(line))
      }
    }
    for pair in [Self.user, Self.pairs[0], Self.pairs[3], try .generate(comment: "stranger")] {
      for line in pair.privateKeyFile.split(separator: "\n") {
        cluster.log(master, unit: "dcos-setup.service", String(line))
      }
    }
    let clusterFile = planted.map(\.text).joined(separator: "\n") + "\n" + Self.user.privateKeyFile
    let bodies = ([Self.user] + Self.pairs).flatMap { pair in
      pair.privateKeyFile.split(separator: "\n").dropFirst().dropLast().map(String.init)
        .filter { $0.count >= 20 }
    }
    let bare = bodies.map { "a line of a key on its own: \($0)" }.joined(separator: "\n")
    let broken = ForgeError(.configuration, "is broken", observed: "password=hunter2")
    let (bundle, _) = try Self.collect(
      cluster,
      local: [
        ("dcosforge.yaml", .success(clusterFile)), ("keys.txt", .success(bare)),
        ("journal.ndjson", .failure(broken)),
      ])
    try await inFolder { folder in
      let path = folder + "/e.tar.gz"
      try await EvidenceArchive.write(bundle, to: path)
      let files = try await unpacked(path, bundle)
      #expect(files["nodes/lxzk01/journal.txt"]?.contains(Redaction.mark) == true)
      #expect(files["local/dcosforge.yaml"]?.contains(Redaction.mark) == true)
      #expect(files["MANIFEST.txt"]?.contains("password=[redacted]") == true)
      for (file, text) in files.sorted(by: { $0.key < $1.key }) {
        for secret in Set(planted.map(\.secret) + bodies + ["hunter2"]) {
          #expect(!text.contains(secret), "\(secret) is in \(file)")
        }
      }
      // In the raw bytes of the unpacked tree as well, whatever their encoding.
      let grep = try await LocalProgram.run([
        "/usr/bin/grep", "-rlaF", "hunter2", path + ".unpacked",
      ])
      #expect(grep.status == .exited(1), "\(grep.standardOutput)")
    }
  }

  /// The check above can fail: without redaction it would find them.
  @Test func theSecretsArePlantedForReal() throws {
    let cluster = try Self.up(56)
    cluster.log(Samples.name("lxzk01"), unit: "dcos-marathon.service", "password=hunter2")
    let result = try Simulation.run(on: cluster) { cluster in
      let node = Self.spec.nodes(.master)[0]
      let connections = NodeConnections(Self.spec, keys: Self.keys, shell: cluster.shell)
      return try await connections.run(
        .collectEvidence(
          .init(role: .master, version: Self.spec.dcos.version, address: node.address)),
        on: node, timeout: .seconds(60))
    }.value
    #expect(result.standardOutput.contains("hunter2"))
  }

  /// A node chooses the names of its parts; none takes another one's place.
  @Test func partsOfOneNameStayApart() async throws {
    var bundle = EvidenceBundle(of: "c", at: 0, occasion: "a test", redaction: Self.redaction)
    for (path, text) in [
      ("n/a.txt", "1"), ("n/a-2.txt", "2"), ("n/a.txt", "3"), ("n/a.txt", "4"), ("n/b", "5"),
      ("n/b", "6"),
    ] {
      bundle.add(path, text)
    }
    let whole = bundle
    try await inFolder { folder in
      try await EvidenceArchive.write(whole, to: folder + "/e.tar.gz")
      let files = try await unpacked(folder + "/e.tar.gz", whole)
      #expect(files.count == 7)
      #expect(
        files.filter { $0.key != "MANIFEST.txt" } == [
          "n/a.txt": "1", "n/a-2.txt": "2", "n/a-3.txt": "3", "n/a-4.txt": "4", "n/b": "5",
          "n/b-2": "6",
        ])
    }
  }

  @Test func onlyTheNewestFiveAreKept() async throws {
    try await inFolder { root in
      let folder = try StateFolder(root: root, cluster: "c")
      for number in 0..<8 {
        let bundle = EvidenceBundle(
          of: "c", at: 1_704_067_200_000 + Int64(number) * 1000, occasion: "t",
          redaction: Redaction())
        try FileManager.default.createDirectory(
          atPath: folder.evidencePath, withIntermediateDirectories: true)
        let torn = folder.evidencePath + "/.dcosforge-c-x.tar.gz.dcosforge-1"
        try Data().write(to: URL(filePath: torn))
        try Data().write(to: URL(filePath: folder.evidencePath + "/mine.tar.gz"))
        let path = try await folder.keep(bundle)
        #expect(FileManager.default.fileExists(atPath: path))
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.evidencePath).sorted()
      #expect(
        names == (3..<8).map { "dcosforge-c-20240101T00000\($0)Z.tar.gz" } + ["mine.tar.gz"])
    }
  }

  @Test func anArchiveThatCannotBeWrittenLeavesNothing() async throws {
    let bundle = EvidenceBundle(of: "c", at: 0, occasion: "t", redaction: Redaction())
    await #expect(throws: ForgeError.self) {
      try await EvidenceArchive.write(bundle, to: "/nonexistent/folder/e.tar.gz")
    }
    try await inFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/e.tar.gz/x", withIntermediateDirectories: true)
      let error = await #expect(throws: ForgeError.self) {
        try await EvidenceArchive.write(bundle, to: folder + "/e.tar.gz")
      }
      #expect(error?.category == .configuration)
      #expect(FileManager.default.fileExists(atPath: folder + "/e.tar.gz/x"))
      try Data("old".utf8).write(to: URL(filePath: folder + "/old.tar.gz"))
      try await EvidenceArchive.write(bundle, to: folder + "/old.tar.gz")
      let tar = try await LocalProgram.run(["/usr/bin/tar", "-tzf", folder + "/old.tar.gz"])
      #expect(tar.standardOutput.contains("MANIFEST.txt"))
    }
  }

  @Test func onlyTheLastRunOfTheJournalIsTaken() async throws {
    try await inFolder { root in
      let folder = try StateFolder(root: root, cluster: "c")
      #expect(throws: ForgeError.self) { try folder.lastRun().get() }
      let journal = try Journal(path: folder.journalPath)
      for cluster in ["first", "second"] {
        journal.append(
          Event(
            elapsed: .zero, wallMilliseconds: 0,
            kind: .runStarted(command: "up", cluster: cluster, steps: 1)))
        journal.append(
          Event(elapsed: .zero, wallMilliseconds: 0, kind: .interrupted(again: false)))
      }
      let text = try folder.lastRun().get()
      #expect(text.split(separator: "\n").count == 2)
      #expect(text.contains("second") && !text.contains("first"))
    }
  }

  @Test(arguments: ForgeModel.ExitStatus.allCases) func notEveryEndCallsForEvidence(
    _ status: ForgeModel.ExitStatus
  ) {
    let wanted: [ForgeModel.ExitStatus] = [
      .internalFault, .hypervisor, .unreachable, .step, .timeout,
    ]
    #expect(status.callsForEvidence == wanted.contains(status))
  }
}
