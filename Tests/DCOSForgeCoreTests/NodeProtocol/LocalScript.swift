@testable import ForgeModel
import Foundation

@testable import DCOSForgeCore

/// Runs scripts on this machine as a node would: evaluated by bash, standard input from /dev/null.
enum LocalScript {
  /// The bash that runs them; `DCOSFORGE_TEST_BASH` names another one, such as a 4.2.
  static var bash: String {
    ProcessInfo.processInfo.environment["DCOSFORGE_TEST_BASH"] ?? "/bin/bash"
  }

  /// What makes a process root at least in a user namespace of its own.
  static var root: [String] { geteuid() == 0 ? [] : ["/usr/bin/unshare", "--map-root-user"] }

  /// Runs a script that was rendered for a node.
  static func run(_ script: String, prefix: [String] = []) async throws -> CommandResult {
    try await LocalProgram.run(
      root + prefix + [bash, "-c", "eval \"$(cat)\" </dev/null"], input: script)
  }
}
