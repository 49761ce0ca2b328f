@testable import ForgePlanning
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// The operator's folder, as it is found.
@Suite struct GenconfFolderTests {
  /// A file without an end is refused when the limit is reached, not after it was read whole.
  @Test func aFileThatIsTooLargeIsNotRead() throws {
    let files = FileManager.default
    let folder = files.temporaryDirectory.path + "/genconf-\(UUID())"
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: folder) }
    try "cluster_name: x\n".write(
      toFile: folder + "/config.yaml", atomically: true, encoding: .utf8)
    let detect = folder + "/ip-detect"
    #expect(files.createFile(atPath: detect, contents: Data(count: GenconfFolder.sizeLimit)))
    #expect(try GenconfFolder(path: folder).read().ipDetect.utf8.count == GenconfFolder.sizeLimit)
    try files.removeItem(atPath: detect)
    try files.createSymbolicLink(atPath: detect, withDestinationPath: "/dev/zero")
    let error = #expect(throws: ForgeError.self) { try GenconfFolder(path: folder).read() }
    #expect(error?.subject == detect)
    #expect(error?.advice == "it must be a plain file of at most 16 MiB")
  }
}
