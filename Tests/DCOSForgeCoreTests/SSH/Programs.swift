@testable import ForgeModel
import Foundation

@testable import DCOSForgeCore

/// Local programs that the SSH tests compare with.
enum Programs {
  struct Missing: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs a program of the OpenSSH client package to its end.
  static func openSSH(_ name: String, _ arguments: [String]) async throws -> CommandResult {
    let path = "/usr/bin/\(name)"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Missing(description: "\(path) is missing: apt-get install openssh-client")
    }
    return try await LocalProgram.run([path] + arguments)
  }

  /// Whether this process may become root without a password, as tasks on nodes do.
  static func canBeRoot() async -> Bool {
    if geteuid() == 0 { return true }
    return (try? await LocalProgram.run(["/usr/bin/sudo", "-n", "true"]))?.succeeded == true
  }
}

/// A folder of a test, removed with the value.
final class Scratch: Sendable {
  let path = NSTemporaryDirectory() + "dcosforge-ssh-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}
