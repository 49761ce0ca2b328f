@testable import ForgeKeys
@testable import ForgeModel
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
