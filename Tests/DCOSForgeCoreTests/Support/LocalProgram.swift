@testable import ForgeModel
import Foundation
import Subprocess
import SystemPackage

@testable import DCOSForgeCore

/// Programs of this machine.
///
/// Not by Foundation's `Process`: one thread of it serves all children, and waits for ever once a
/// daemon such as sshd closes the descriptors that it inherited.
enum LocalProgram {
  /// Runs a program to its end.
  static func run(
    _ words: [String], input: String = "", environment: [String: String]? = nil,
    folder: String? = nil
  ) async throws -> CommandResult {
    let result = try await Subprocess.run(
      .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())),
      environment: variables(environment), workingDirectory: folder.map { FilePath($0) },
      input: .fileDescriptor(try file(holding: input), closeAfterSpawningProcess: true),
      output: .string(limit: 8 << 20), error: .string(limit: 8 << 20))
    let status: CommandResult.Status =
      switch result.terminationStatus {
      case .exited(let code): .exited(code)
      case .signaled(let code): .signalled("\(code)")
      }
    return CommandResult(
      status: status, standardOutput: result.standardOutput, standardError: result.standardError)
  }

  /// A file without a name that holds the text.
  ///
  /// Not a pipe: a program that ends before it read all of its input would end the tests by
  /// `SIGPIPE`.
  private static func file(holding text: String) throws -> FileDescriptor {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    let file = try unsafe FileDescriptor.open(
      path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
      permissions: .ownerReadWrite)
    unsafe unlink(path)
    try file.writeAll(text.utf8)
    try file.seek(offset: 0, from: .start)
    return file
  }

  private static func variables(_ chosen: [String: String]?) -> Environment {
    guard let chosen else { return .inherit }
    var all: [Environment.Key: String] = [:]
    for (name, value) in chosen { all[Environment.Key(stringLiteral: name)] = value }
    return .custom(all)
  }

  /// Starts a program that runs until it is killed, and gives its process.
  static func start(_ words: [String], input: FileDescriptor? = nil, log: String) async throws
    -> pid_t
  {
    let log = try unsafe FileDescriptor.open(
      log, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
    let input =
      try unsafe input ?? FileDescriptor.open("/dev/null", .readOnly, options: .closeOnExec)
    let (started, starting) = AsyncThrowingStream<pid_t, any Error>.makeStream()
    Task {
      do {
        _ = try await Subprocess.run(
          .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())),
          input: .fileDescriptor(input, closeAfterSpawningProcess: true),
          output: .fileDescriptor(log, closeAfterSpawningProcess: false),
          error: .fileDescriptor(log, closeAfterSpawningProcess: true)
        ) { execution in
          starting.yield(execution.processIdentifier.value)
        }
        starting.finish()
      } catch {
        starting.finish(throwing: error)
      }
    }
    for try await pid in started { return pid }
    throw CocoaError(.executableLoad)
  }

  /// Whether a program that `start` began still runs.
  static func isRunning(_ pid: pid_t) -> Bool { kill(pid, 0) == 0 }
}
