/// The way onto nodes.
///
/// Real: `SSH/SSHShell`. Simulated: `Simulation/SimulatedShell`. Both pass the same contract suite.
public protocol RemoteShell: Sendable {
  /// Opens a connection whose host key is the planned one.
  ///
  /// Throws category `unreachable`: disposition `retry` when nobody answers, the connection is refused or
  /// dropped, or the login is refused (cloud-init may not have run yet); `final` when the
  /// host key is not the planned one.
  func connect(
    to endpoint: NodeEndpoint, timeout: Duration
  ) async throws(ForgeError) -> any NodeConnection
}

/// Where a node listens, and the key it must show.
public struct NodeEndpoint: Hashable, Sendable {
  /// The node, for messages.
  public var node: NodeName
  /// Its address.
  public var address: IPv4Address
  /// The port of its sshd.
  public var port: Int
  /// The account.
  public var user: String
  /// The planned Ed25519 host key: 32 bytes.
  public var hostKey: [UInt8]

  /// Makes an endpoint.
  public init(node: NodeName, address: IPv4Address, port: Int, user: String, hostKey: [UInt8]) {
    self.node = node
    self.address = address
    self.port = port
    self.user = user
    self.hostKey = hostKey
  }
}

/// One open connection to a node.
///
/// Safe to use from many tasks; commands run side by side.
///
/// A connection that broke throws category `unreachable`, disposition `retry`, from every call
/// from then on: it is discarded and a new one opened. A call ends at once when its task is cancelled: it
/// throws category `interrupted`, and the remote process gets a hang-up.
public protocol NodeConnection: Sendable {
  /// Runs a task on the node and collects what it printed.
  ///
  /// `output` gets each chunk as it arrives, in order, called from the calling task. A command that a signal ended is a result too. When
  /// `timeout` passes, throws category `timeout`; the remote process gets a hang-up.
  func run(
    _ task: NodeTask, timeout: Duration, output: (@Sendable (OutputChunk) -> Void)?
  ) async throws(ForgeError) -> CommandResult

  /// Writes a file on the node: to a temporary name first, checked by SHA-256, then renamed.
  ///
  /// Missing folders above it are made. Throws category `step` when the node cannot write it.
  func upload(
    _ content: ByteSource, to path: String, mode: UInt16, timeout: Duration,
    progress: (@Sendable (Int64) -> Void)?
  ) async throws(ForgeError)

  /// Reads a file of at most `limit` bytes; throws category `step` when it is larger or missing.
  func download(
    _ path: String, limit: Int, timeout: Duration
  ) async throws(ForgeError) -> [UInt8]

  /// Ends the connection. Calls that still run throw.
  func close() async
}

extension NodeConnection {
  /// Runs a task without watching its output.
  public func run(
    _ task: NodeTask, timeout: Duration
  ) async throws(ForgeError) -> CommandResult {
    try await run(task, timeout: timeout, output: nil)
  }
}

/// A piece of a command's output.
public enum OutputChunk: Hashable, Sendable {
  /// From standard output.
  case standardOutput([UInt8])
  /// From standard error.
  case standardError([UInt8])
}

/// How a command ended and what it printed.
public struct CommandResult: Hashable, Sendable {
  /// How a command ended.
  public enum Status: Hashable, Sendable {
    /// It exited by itself.
    case exited(Int32)
    /// A signal ended it; the name without `SIG`.
    case signalled(String)
  }

  /// How it ended.
  public var status: Status
  /// All of its standard output.
  public var standardOutput: String
  /// All of its standard error.
  public var standardError: String

  /// Makes a result.
  public init(status: Status, standardOutput: String = "", standardError: String = "") {
    self.status = status
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// Whether it exited with 0.
  public var succeeded: Bool { status == .exited(0) }
}
