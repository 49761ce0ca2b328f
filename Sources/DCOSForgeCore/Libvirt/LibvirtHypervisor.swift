import ForgeSupport
import ForgePorts
package import ForgeModel

/// A hypervisor behind a libvirt URI, local or remote.
///
/// Only libvirt's API is used, volumes included, so that every URI works. Calls are spread over a
/// few connections, and each upload has one of its own: a slow call holds up nothing else.
package final class LibvirtHypervisor: Hypervisor {
  /// The most connections that short calls are spread over.
  package static let defaultConnections = 4

  let uri: String
  private let connections: [LibvirtConnection]
  private let calls: Locked<[Int]>
  private let sharesUploads: Bool

  /// Makes a hypervisor; nothing is connected before the first call.
  ///
  /// - Parameters:
  ///   - uri: A libvirt URI, such as `qemu:///system` or `qemu+ssh://root@host/system`.
  ///   - connections: The most connections for short calls. With 1, uploads share it too: libvirt's
  ///     test driver keeps a world of its own per connection.
  package init(uri: String, connections: Int = LibvirtHypervisor.defaultConnections) {
    self.uri = uri
    self.connections = (0..<max(1, connections)).map { _ in LibvirtConnection(uri: uri) }
    calls = Locked(Array(repeating: 0, count: max(1, connections)))
    sharesUploads = connections <= 1
  }

  /// Runs calls on the connection with the fewest calls under way.
  ///
  /// A cancelled task begins none and throws category `interrupted`, unless `evenWhenCancelled`.
  func perform<T: Sendable>(
    _ action: String, on subject: String, evenWhenCancelled: Bool = false,
    _ body: @Sendable (borrowing ConnectHandle) throws -> T
  ) async throws(ForgeError) -> T {
    if Task.isCancelled && !evenWhenCancelled { throw .stopped }
    let index = calls.withLock { calls in
      let index = calls.indices.min { calls[$0] < calls[$1] } ?? 0
      calls[index] += 1
      return index
    }
    defer { calls.withLock { $0[index] -= 1 } }
    return try await connections[index].perform(action, on: subject, body)
  }

  /// Runs a long call on a connection of its own.
  func performAlone<T: Sendable>(
    _ action: String, on subject: String,
    _ body: @Sendable (borrowing ConnectHandle) throws -> T
  ) async throws(ForgeError) -> T {
    guard !sharesUploads else { return try await perform(action, on: subject, body) }
    return try await LibvirtConnection(uri: uri).perform(action, on: subject, body)
  }

  /// Reads what the host is and has left.
  package func host() async throws(ForgeError) -> HostFacts {
    try await perform("read the host's facts", on: uri) { connection in
      HostFacts(
        name: try connection.hostName(), version: try connection.version(),
        processors: try connection.processors(), freeMemory: try connection.availableMemory(),
        offersKVM: KVMProof.holds(connection))
    }
  }
}
