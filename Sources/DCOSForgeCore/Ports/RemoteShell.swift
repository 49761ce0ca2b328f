import ForgeSupport
package import ForgeNodeProtocol
package import ForgeModel

/// The way onto nodes.
///
/// Real: `SSH/SSHShell`. Simulated: `Simulation/SimulatedShell`. Both pass the same contract suite.
package protocol RemoteShell: Sendable {
  /// Opens a connection whose host key is the planned one.
  ///
  /// Throws category `unreachable`: disposition `retry` when nobody answers, the connection is
  /// refused or dropped, or the login is refused (cloud-init may not have run yet); `final` when
  /// the host key is not the planned one.
  func connect(
    to endpoint: NodeEndpoint, timeout: Duration
  ) async throws(ForgeError) -> any NodeConnection
}

/// One open connection to a node.
///
/// Safe to use from many tasks; commands run side by side.
///
/// A connection that broke throws category `unreachable`, disposition `retry`, from every call from
/// then on: it is discarded and a new one opened. A call ends at once when its task is cancelled:
/// it throws category `interrupted`, and the remote process gets a hang-up.
package protocol NodeConnection: Sendable {
  /// Runs a task on the node and collects what it printed.
  ///
  /// `output` gets each chunk as it arrives, in order, called from the calling task. A command that
  /// a signal ended is a result too. When `timeout` passes, throws category `timeout`, and category
  /// `step` when more comes than ``NodeTask/outputLimit``; the remote process gets a hang-up.
  func run(
    _ task: NodeTask, timeout: Duration, output: (@Sendable (OutputChunk) -> Void)?
  ) async throws(ForgeError) -> CommandResult

  /// Runs a task on the node and hands on what it prints, keeping none of it: memory stays bounded.
  ///
  /// Otherwise like ``run(_:timeout:output:)``, but a ``NodeTask/shell(_:)`` may print without end;
  /// while `output` works, the node waits, and what it throws ends the call.
  func stream(
    _ task: NodeTask, timeout: Duration,
    output: @escaping @Sendable (OutputChunk) async throws(ForgeError) -> Void
  ) async throws(ForgeError) -> CommandResult.Status

  /// Writes a file on the node: to a temporary name first, checked by SHA-256, then renamed.
  ///
  /// Missing folders above it are made. Throws category `step` when the node cannot write it.
  func upload(
    _ content: ByteSource, to path: String, mode: UInt16, timeout: Duration,
    progress: (@Sendable (Int64) -> Void)?
  ) async throws(ForgeError)

  /// Reads a regular file in pieces, checked by SHA-256 at the end.
  ///
  /// `receive` gets each piece as it arrives, in order, called from the calling task; what it
  /// throws ends the call. What came is worth nothing unless the call returns. Throws category
  /// `step` when the file is missing, no regular file, or changed meanwhile (disposition `retry`).
  func download(
    _ path: String, timeout: Duration,
    receive: @escaping @Sendable (RemoteFile, [UInt8]) throws(ForgeError) -> Void
  ) async throws(ForgeError) -> RemoteFile

  /// Ends the connection. Calls that still run throw.
  func close() async
}

extension NodeConnection {
  /// Runs a task without watching its output.
  package func run(
    _ task: NodeTask, timeout: Duration
  ) async throws(ForgeError) -> CommandResult {
    try await run(task, timeout: timeout, output: nil)
  }

  /// Reads a file of at most `limit` bytes; throws category `step` when it is larger or missing.
  package func download(
    _ path: String, limit: Int, timeout: Duration
  ) async throws(ForgeError) -> [UInt8] {
    let bytes = Locked<[UInt8]>([])
    _ = try await download(path, timeout: timeout) { (file, piece) throws(ForgeError) in
      guard bytes.withLock({ $0.count }) + piece.count <= limit, file.size <= limit else {
        throw ForgeError(
          .step, "a file is larger than was expected", on: path,
          observed: "\(max(file.size, Int64(limit) + 1)) bytes or more, limit \(limit)")
      }
      bytes.withLock { $0 += piece }
    }
    return bytes.withLock { $0 }
  }
}

extension ForgeError {
  /// A command was ended because it printed more than that many bytes.
  package static func tooMuchOutput(_ limit: Int, on node: NodeName) -> ForgeError {
    ForgeError(
      .step, "a command printed more than \(limit >> 10) KiB", on: node.description,
      observed: "it was sent a hang-up, the rest was not read",
      advice: "no node that is well prints so much: log in and look at it")
  }
}

/// A regular file on a node.
package struct RemoteFile: Hashable, Sendable {
  /// How many bytes it says to have; 0 for those of `/proc`, which have more.
  package var size: Int64
  /// Its permission bits.
  package var mode: UInt16

  package init(size: Int64, mode: UInt16) {
    self.size = size
    self.mode = mode
  }
}

/// A piece of a command's output.
package enum OutputChunk: Hashable, Sendable {
  case standardOutput([UInt8])
  case standardError([UInt8])
}
