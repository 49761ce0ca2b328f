package import ForgePorts
package import ForgeModel

/// The way onto the nodes of a simulated world, held by one run of dcosforge.
package struct SimulatedShell: RemoteShell {
  let cluster: SimulatedCluster
  let run: Int
  /// The Ed25519 key that logs in; nil for one that every node lets in.
  var identity: [UInt8]?

  /// Opens a connection once the exchange is through; nobody at the address takes the whole
  /// timeout.
  package func connect(
    to endpoint: NodeEndpoint, timeout: Duration
  ) async throws(ForgeError) -> any NodeConnection {
    let limit = cluster.virtualClock.now.advanced(by: timeout)
    try await cluster.pause(within: cluster.timings.exchange)
    let isThere = try cluster.change { world throws(ForgeError) in
      try world.admit(run)
      return world.disk(at: endpoint.address).flatMap { world.machines[$0] }?.isUp == true
    }
    if !isThere {
      try await cluster.sleep(until: limit)
      throw ForgeError(
        .unreachable, "nobody answers", on: endpoint.node.description,
        observed: "timed out at \(endpoint.address):\(endpoint.port)", disposition: .retry)
    }
    return try cluster.change { world throws(ForgeError) in
      try world.admit(run)
      return try world.connect(to: endpoint, for: self)
    }
  }
}

extension SimulatedWorld {
  /// Logs in to the node at the endpoint.
  mutating func connect(
    to endpoint: NodeEndpoint, for shell: SimulatedShell
  ) throws(ForgeError) -> SimulatedConnection {
    guard let disk = disk(at: endpoint.address), let node = machines[disk], node.isListening else {
      throw Self.refused(endpoint, observed: "connection refused")
    }
    if let index = faults.firstIndex(where: {
      if case .connectionRefused(node.name, let times) = $0 { times > 0 } else { false }
    }), case .connectionRefused(let name, let times) = faults[index] {
      faults[index] = .connectionRefused(name, times: times - 1)
      emit(.fault(.connectionRefused(name, times: times)))
      throw Self.refused(endpoint, observed: "connection refused")
    }
    guard node.hostKey == endpoint.hostKey, !faults.contains(.wrongHostKey(node.name)) else {
      throw ForgeError(
        .unreachable, "the host key is not the planned one", on: endpoint.node.description,
        observed: "another Ed25519 key at \(endpoint.address)",
        advice: "find out which machine answers there", disposition: .final)
    }
    if let identity = shell.identity, !node.authorizedKeys.contains(identity) {
      throw Self.refused(endpoint, observed: "the login is refused")
    }
    emit(.connected(node.name))
    return SimulatedConnection(shell: shell, node: node)
  }

  private static func refused(_ endpoint: NodeEndpoint, observed: String) -> ForgeError {
    ForgeError(
      .unreachable, "no connection", on: endpoint.node.description,
      observed: "\(endpoint.address):\(endpoint.port): \(observed)", disposition: .retry)
  }
}
