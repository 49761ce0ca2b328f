@testable import ForgeModel
import Foundation

@testable import DCOSForgeCore

/// The built executable, run in a folder of its own.
struct Executable {
  let folder: URL

  /// Makes the folder, calls the body, removes the folder.
  static func inFolder(_ body: (Executable) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "dcosforge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(Executable(folder: folder))
  }

  func write(_ text: String, to name: String) throws {
    try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  func run(_ arguments: String..., input: String = "", environment: [String: String] = [:])
    async throws -> CommandResult
  {
    try await run(arguments, input: input, environment: environment)
  }

  /// Runs it where no network is.
  func runAlone(_ arguments: String...) async throws -> CommandResult {
    try await LocalProgram.run(
      LocalScript.root + ["/usr/bin/unshare", "--net", Self.path] + arguments,
      folder: folder.path(percentEncoded: false))
  }

  /// Runs it as part of a line of the shell.
  func runInShell(_ line: String) async throws -> CommandResult {
    try await LocalProgram.run(
      ["/bin/bash", "-o", "pipefail", "-c", "'\(Self.path)' \(line)"],
      folder: folder.path(percentEncoded: false))
  }

  /// Runs it where `/proc` is not mounted.
  func runWithoutProc(_ argument: String) async throws -> CommandResult {
    try await LocalProgram.run(
      LocalScript.root + [
        "/usr/bin/unshare", "--mount", "/bin/sh", "-c", "umount -l /proc && exec \"$0\" \"$1\"",
        Self.path, argument,
      ], folder: folder.path(percentEncoded: false))
  }

  /// The test runner lies beside the executable.
  static let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "dcosforge").path(percentEncoded: false)

  func run(_ arguments: [String], input: String = "", environment: [String: String] = [:])
    async throws -> CommandResult
  {
    try await LocalProgram.run(
      [Self.path] + arguments, input: input, environment: environment,
      folder: folder.path(percentEncoded: false))
  }
}
