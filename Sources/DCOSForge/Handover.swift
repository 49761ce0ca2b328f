import ForgeModel
import DCOSForgeCore
import FoundationEssentials
import Glibc
import SystemPackage
import CTerminal

/// Other programs of this machine that take over.
enum Handover {
  /// The program's path, by PATH.
  static func find(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(name)" }.first(where: isProgram)
  }

  private static func isProgram(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder
      && FileManager.default.isExecutableFile(atPath: path)
  }

  /// Becomes the program that the first word names; does nothing when there is none.
  static func become(_ words: [String]) throws {
    guard let path = find(words[0]) else { return }
    _ = OutputQueue.standard.finish()
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    ct_restore()
    unsafe execv(path, &arguments)
    throw ForgeError(
      .configuration, "\(path) cannot be run", observed: Errno(rawValue: errno).description)
  }
}
