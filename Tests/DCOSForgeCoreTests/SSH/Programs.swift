import Foundation
import Subprocess
import SystemPackage

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
    return try await run([path] + arguments)
  }

  static func run(_ words: [String]) async throws -> CommandResult {
    let result = try await Subprocess.run(
      .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())), input: .none,
      output: .string(limit: 8 << 20), error: .string(limit: 8 << 20))
    let status: CommandResult.Status =
      switch result.terminationStatus {
      case .exited(let code): .exited(code)
      case .signaled(let code): .signalled("\(code)")
      }
    return CommandResult(
      status: status, standardOutput: result.standardOutput, standardError: result.standardError)
  }

  /// Whether this process may become root without a password, as tasks on nodes do.
  static let canBeRoot: Bool = {
    if geteuid() == 0 { return true }
    let sudo = Process()
    sudo.executableURL = URL(fileURLWithPath: "/usr/bin/sudo")
    sudo.arguments = ["-n", "true"]
    sudo.standardError = FileHandle.nullDevice
    guard (try? sudo.run()) != nil else { return false }
    sudo.waitUntilExit()
    return sudo.terminationStatus == 0
  }()
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
