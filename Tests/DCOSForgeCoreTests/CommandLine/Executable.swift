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

  /// An image and an installer, as far as their first bytes go.
  func writeArtifacts() throws {
    try Data(SampleFiles.qcow2).write(to: folder.appending(path: "image"))
    try write(SampleFiles.installer, to: "installer")
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

  /// Runs it as part of a line of the shell on a terminal with colours; gives all that this gets.
  func runOnTerminal(_ line: String) async throws -> String {
    let command = "TERM=xterm NO_COLOR= '\(Self.path)' \(line)"
    let result = try await LocalProgram.run(
      ["/usr/bin/script", "--quiet", "--command", command, "/dev/null"],
      folder: folder.path(percentEncoded: false))
    return result.standardOutput.replacing("\r\n", with: "\n")
  }

  /// Runs it where `/proc` is not mounted.
  func runWithoutProc(_ argument: String) async throws -> CommandResult {
    try await LocalProgram.run(
      LocalScript.root + [
        "/usr/bin/unshare", "--mount", "/bin/sh", "-c", "umount -l /proc && exec \"$0\" \"$1\"",
        Self.path, argument,
      ], folder: folder.path(percentEncoded: false))
  }

  /// Runs a script of bash, as root, where no network is; its first argument is the executable.
  func runScriptAlone(_ script: String, _ arguments: [String]) async throws -> CommandResult {
    try await LocalProgram.run(
      [
        "/usr/bin/unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child", "/bin/bash",
        "-euc", script, "bash", Self.path,
      ] + arguments, folder: folder.path(percentEncoded: false))
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
