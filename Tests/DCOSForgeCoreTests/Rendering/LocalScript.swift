import Foundation
import Subprocess
import SystemPackage

@testable import DCOSForgeCore

/// Runs scripts on this machine as a node would: evaluated by bash, standard input from /dev/null.
enum LocalScript {
  /// The bash that runs them; `FORGE_TEST_BASH` names another one, such as a 4.2.
  static var bash: String {
    ProcessInfo.processInfo.environment["FORGE_TEST_BASH"] ?? "/bin/bash"
  }

  /// What makes a process root at least in a user namespace of its own.
  static var root: [String] { geteuid() == 0 ? [] : ["/usr/bin/unshare", "--map-root-user"] }

  /// Runs a script that was rendered for a node.
  static func run(_ script: String, prefix: [String] = []) async throws -> CommandResult {
    try await run(
      words: root + prefix + [bash, "-c", "eval \"$(cat)\" </dev/null"], input: script)
  }

  /// Runs a command with something on its standard input.
  static func run(words: [String], input: String) async throws -> CommandResult {
    let result = try await Subprocess.run(
      .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())),
      input: .string(input), output: .string(limit: 8 << 20), error: .string(limit: 8 << 20))
    let status: CommandResult.Status =
      switch result.terminationStatus {
      case .exited(let code): .exited(code)
      case .signaled(let code): .signalled("\(code)")
      }
    return CommandResult(
      status: status, standardOutput: result.standardOutput, standardError: result.standardError)
  }
}
