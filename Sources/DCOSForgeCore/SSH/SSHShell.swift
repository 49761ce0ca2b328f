package import ForgePorts
package import ForgeModel
package import ForgeKeys

/// The way onto real nodes: SSH by libssh2, one thread for all connections.
package final class SSHShell: RemoteShell {
  private let reactor: SSHReactor

  /// Starts the thread that serves all connections of this shell; it ends with the last of them.
  ///
  /// `identity` is the key that logs in. Throws category `internalFault` when the system gives no
  /// thread or no epoll.
  package init(
    identity: KeyPair, settings: SSHSettings = SSHSettings()
  ) throws(ForgeError) {
    do throws(SSHFault) {
      self.reactor = try SSHReactor(settings: settings, signer: identity.privateKey)
    } catch {
      throw ForgeError(
        .internalFault, "the SSH layer cannot be started", observed: error.text,
        advice: "check the limits of processes and open files (ulimit -u, ulimit -n)")
    }
  }

  /// Opens a connection whose host key is the planned one.
  package func connect(
    to endpoint: NodeEndpoint, timeout: Duration
  ) async throws(ForgeError) -> any NodeConnection {
    try await open(endpoint, timeout: timeout)
  }

  /// Opens a connection that also takes plain command lines.
  package func open(
    _ endpoint: NodeEndpoint, timeout: Duration
  ) async throws(ForgeError) -> SSHConnection {
    let id = reactor.makeID()
    let result = await withTaskCancellationHandler {
      await reactor.connect(id, to: endpoint, timeout: timeout)
    } onCancel: {
      Task { await reactor.close(id, because: SSHErrors.cancelled(endpoint)) }
    }
    switch result {
    case .success:
      return SSHConnection(reactor: reactor, session: id, endpoint: endpoint)
    case .failure(let error):
      await reactor.forget(id)
      throw error
    }
  }
}
