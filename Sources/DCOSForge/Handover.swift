import ForgeModel
import DCOSForgeCore
import FoundationEssentials
import Glibc

/// Other programs of this machine that take over.
enum Handover {
  /// The program's path, by PATH.
  static func find(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Becomes the program that the first word names; does nothing when there is none.
  static func become(_ words: [String]) throws {
    guard let path = find(words[0]) else { return }
    _ = OutputQueue.standard.finish()
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    unsafe execv(path, &arguments)
    throw ForgeError(.internalFault, "\(path) cannot be run", observed: "errno \(errno)")
  }
}
