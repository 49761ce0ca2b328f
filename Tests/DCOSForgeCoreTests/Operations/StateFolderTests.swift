@testable import ForgeKeys
@testable import ForgeModel
@testable import ForgeEvents
import Foundation
import Testing

@testable import DCOSForgeCore

/// What the state folder keeps of nodes.
@Suite struct StateFolderTests {
  private let spec = Samples.spec
  private var node: NodeName { spec.nodes[0].name }

  private func folder(_ scratch: Scratch) throws -> StateFolder {
    try StateFolder(root: scratch.path, cluster: spec.name)
  }

  @Test func aWipedNodeHasAnotherKeyAndTheOthersTheirs() throws {
    let scratch = try Scratch()
    let folder = try folder(scratch)
    let before = try folder.keys(for: spec).all.hosts
    try folder.retire([node: 0])
    let after = try folder.keys(for: spec).all.hosts
    #expect(before[node]?.generation == 1 && after[node]?.generation == 2)
    #expect(before[node]?.key != after[node]?.key)
    for other in spec.nodes.dropFirst() { #expect(before[other.name] == after[other.name]) }
  }

  /// A machine may stand that this folder never made: the next one must be another all the same.
  @Test func theCountGoesPastWhatStands() throws {
    let scratch = try Scratch()
    let folder = try folder(scratch)
    try folder.retire([node: 6])
    #expect(try folder.keys(for: spec).all.hosts[node]?.generation == 7)
  }

  /// What is taken over is what `retire` would have written; here too the count comes last.
  @Test func anAdoptedKeyIsThereBeforeItsCount() throws {
    let scratch = try Scratch()
    let (folder, pair) = (try folder(scratch), try KeyPair.generate(comment: "lxcm02"))
    let before = try folder.keys(for: spec).all.hosts
    let obstacle = "\(folder.path)/hosts/\(node)-3"
    try FileManager.default.createDirectory(
      atPath: obstacle + "/x", withIntermediateDirectories: true)
    #expect(throws: ForgeError.self) { try folder.adopt(pair, of: node, generation: 3) }
    #expect(try folder.keys(for: spec).all.hosts == before)
    try FileManager.default.removeItem(atPath: obstacle)
    try folder.adopt(pair, of: node, generation: 3)
    let host = try folder.keys(for: spec).all.hosts[node]
    #expect(host?.generation == 3 && host?.key.privateText == pair.privateKeyFile)
    for file in ["\(node)-3", "\(node).generation"] {
      let attributes = try FileManager.default.attributesOfItem(
        atPath: "\(folder.path)/hosts/\(file)")
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test func aFolderThatIsFullOrReadOnlyIsStillRead() throws {
    let scratch = try Scratch()
    let first = try folder(scratch).keys(for: spec).all.hosts
    let before = try stamps(scratch.path)
    #expect(try folder(scratch).keys(for: spec).all.hosts == first)
    #expect(try stamps(scratch.path) == before)
  }

  /// The inode and the time of the last change of each file: a file that was written has others.
  private func stamps(_ path: String) throws -> [String: [AnyHashable]] {
    var stamps: [String: [AnyHashable]] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
      let inode = try #require(attributes[.systemFileNumber] as? UInt64)
      let changed = try #require(attributes[.modificationDate] as? Date)
      stamps[name] = [inode, changed]
    }
    return stamps
  }

  /// What somebody may have planted where a private file belongs.
  enum Plant: String, CaseIterable { case link, fifo, folder, foreign, open }

  @Test(arguments: Plant.allCases, ["id_ed25519", "lock", "journal.ndjson", "hosts/lxcm02-1"])
  func aPlantedFileIsRefused(_ plant: Plant, _ name: String) async throws {
    let scratch = try Scratch()
    let folder = try folder(scratch)
    _ = try folder.keys(for: spec)
    let (path, other) = ("\(folder.path)/\(name)", scratch.file("other"))
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: Data())
    }
    #expect(unsafe chmod(path, 0o600) == 0)
    switch plant {
    case .link:
      #expect(unsafe rename(path, other) == 0 && symlink(other, path) == 0)
    case .fifo: #expect(unsafe unlink(path) == 0 && mkfifo(path, 0o600) == 0)
    case .folder: #expect(unsafe unlink(path) == 0 && mkdir(path, 0o700) == 0)
    case .foreign:
      guard geteuid() == 0 else { return }
      #expect(unsafe chown(path, 1234, 1234) == 0)
    case .open: #expect(unsafe chmod(path, 0o666) == 0)
    }
    let error = await #expect(throws: ForgeError.self) { try await open(name, in: folder) }
    #expect(error?.category == .configuration && error?.subject == path)
    #expect(error?.advice.isEmpty == false)
  }

  private func open(_ name: String, in folder: StateFolder) async throws {
    switch name {
    case "lock":
      let clock = SystemClock()
      let lock = try await ClusterLock(
        folder, holder: .current("up", clock: clock), until: clock.now, clock: clock)
      lock.release()
    case "journal.ndjson": _ = try Journal(path: folder.journalPath)
    default: _ = try folder.keys(for: spec)
    }
  }

  @Test func aFolderThatOthersMayChangeIsRefused() throws {
    let scratch = try Scratch()
    let path = try folder(scratch).path
    #expect(unsafe chmod(path, 0o770) == 0)
    let error = #expect(throws: ForgeError.self) { try folder(scratch) }
    #expect(error?.advice == "chmod 700 \(path)")
    #expect(unsafe chmod(path, 0o700) == 0)
    #expect(unsafe rename(path, path + "-real") == 0 && symlink(path + "-real", path) == 0)
    #expect(throws: ForgeError.self) { try folder(scratch) }
  }

  @Test func noHomeIsNoPlace() throws {
    #expect(throws: ForgeError.self) { try StateFolder.defaultRoot(environment: [:]) }
    #expect(throws: ForgeError.self) {
      try StateFolder.defaultRoot(environment: ["HOME": "", "DCOSFORGE_STATE_DIR": ""])
    }
    #expect(
      try StateFolder.defaultRoot(environment: ["HOME": "/h", "DCOSFORGE_STATE_DIR": ""])
        == "/h/.local/state/dcosforge")
    #expect(
      try StateFolder.defaultRoot(environment: ["HOME": "/h", "DCOSFORGE_STATE_DIR": "/s"]) == "/s")
  }

  /// Until the new key is on the disk the old generation holds: a folder stands where the key
  /// would.
  @Test func theKeyIsThereBeforeTheCount() throws {
    let scratch = try Scratch()
    let folder = try folder(scratch)
    let before = try folder.keys(for: spec).all.hosts
    let obstacle = "\(folder.path)/hosts/\(node)-2"
    try FileManager.default.createDirectory(
      atPath: obstacle + "/x", withIntermediateDirectories: true)
    #expect(throws: ForgeError.self) { try folder.retire([node: 0]) }
    #expect(try folder.keys(for: spec).all.hosts == before)
    try FileManager.default.removeItem(atPath: obstacle)
    try folder.retire([node: 0])
    #expect(try folder.keys(for: spec).all.hosts[node]?.generation == 2)
  }
  @Test func allNodesOfAWipeCountOrNone() throws {
    let scratch = try Scratch()
    let folder = try folder(scratch)
    let before = try folder.keys(for: spec).all.hosts
    let names = spec.nodes.prefix(3).map(\.name).sorted()
    let both = [names[0]: 1, names[1]: 1]
    func generations() throws -> [Int?] {
      let hosts = try folder.keys(for: spec).all.hosts
      return names.map { hosts[$0]?.generation }
    }
    let decision = "\(folder.path)/hosts/decided"
    try FileManager.default.createDirectory(
      atPath: decision + "/x", withIntermediateDirectories: true)
    #expect(throws: ForgeError.self) { try folder.retire(both) }
    try FileManager.default.removeItem(atPath: decision)
    #expect(try folder.keys(for: spec).all.hosts == before)

    // What a kill right after the decision leaves.
    try PrivateFile.write("\(names[0]) 2\n\(names[1]) 2\n".utf8, to: decision)
    #expect(try generations() == [2, 2, 1])
    try folder.retire([names[2]: 4])
    #expect(try generations() == [2, 2, 5])
    #expect(!FileManager.default.fileExists(atPath: decision))
  }
  @Test func wipesThatAreDecidedAtOnceAllCount() async throws {
    let scratch = try Scratch()
    let folder = try folder(scratch)
    let names = spec.nodes.map(\.name)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for name in names { group.addTask { try folder.retire([name: 2]) } }
      try await group.waitForAll()
    }
    let hosts = try folder.keys(for: spec).all.hosts
    #expect(names.map { hosts[$0]?.generation } == names.map { _ in 3 })
  }
}
