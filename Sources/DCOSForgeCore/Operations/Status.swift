import ForgeSupport
import ForgePorts
import ForgePlanning
import ForgeNodeProtocol
package import ForgeModel
package import ForgeHealth

/// How a cluster is: its machines on the hypervisor, and every component on every node.
package struct Status: Sendable {
  let reader: HealthReader

  /// The time that one node has for connecting and answering, unless said otherwise.
  package static let deadline = Duration.seconds(10)

  /// Makes the operation; `deadline` is for each node, connecting and answering together.
  package init(
    _ spec: ClusterSpec, keys: ClusterKeys, context: ForgeContext,
    deadline: Duration = Self.deadline
  ) {
    reader = HealthReader(
      spec: spec, context: context,
      connections: NodeConnections(spec, keys: keys, shell: context.shell), deadline: deadline,
      runsChecks: false)
  }

  /// Asks the hypervisor and all nodes at once; what does not answer is unknown.
  ///
  /// Connections stay open for the next reading, until ``close()``.
  package func read() async -> ClusterHealth { await reader.read() }

  /// Ends all connections.
  package func close() async { await reader.connections.close() }
}

/// Reads the machines, and the components of every node, at once.
struct HealthReader: Sendable {
  let spec: ClusterSpec
  let context: ForgeContext
  let connections: NodeConnections
  /// How long one node may take.
  let deadline: Duration
  /// Whether DC/OS's own checks are run afresh.
  let runsChecks: Bool

  /// The part of a node's time for connecting, in per cent: one that does not answer costs no more.
  private static let connectingShare = 60
  /// The part of what is left for looking, in per cent; the rest is for reporting.
  private static let lookingShare: Int64 = 75

  func read() async -> ClusterHealth {
    async let reported = connections.onEach(spec.nodes) { (node) async throws(ForgeError) in
      try await reading(of: node)
    }
    let machines = await machines()
    var observations: [NodeName: NodeObservation] = [:]
    for (name, outcome) in await reported.sorted(by: { $0.key < $1.key }) {
      var seen = NodeObservation(
        machine: machines[name] ?? .absent, reading: outcome.map(\.0),
        exchange: try? outcome.get().1)
      seen.knownAddresses = await addresses(name, seen)
      observations[name] = seen
    }
    return ClusterHealth(observations, nodes: spec.nodes, version: spec.dcos.version)
  }

  private func reading(
    of node: NodeSpec
  ) async throws(ForgeError) -> (HealthReport, NodeObservation.Exchange) {
    let clock = context.clock
    let (began, end) = (clock.wallMilliseconds, clock.now.advanced(by: deadline))
    _ = try await connections.connection(to: node, timeout: deadline * Self.connectingShare / 100)
    let left = max(.seconds(1), end.since(clock.now))
    let peers = node.role == .master ? spec.nodes(.master).filter { $0.name != node.name } : []
    let request = HealthRequest(
      role: node.role, version: spec.dcos.version, address: node.address,
      peers: peers.map(\.address), runsChecks: runsChecks,
      seconds: max(1, Int(left.wholeMilliseconds * Self.lookingShare / 100_000)))
    let sent = clock.wallMilliseconds
    let result = try await connections.run(.readHealth(request), on: node, timeout: left)
    let exchange = NodeObservation.Exchange(
      began: began, sent: sent, received: clock.wallMilliseconds)
    return (try HealthReport(result, on: node.name), exchange)
  }

  /// What stands where each node's domain belongs.
  private func machines() async -> [NodeName: NodeObservation.Machine] {
    let identity = ClusterIdentity(spec)
    let pairs: [(NodeName, NodeObservation.Machine)]
    do throws(ForgeError) {
      let domains = try await context.hypervisor.domains()
      pairs = spec.nodes.map { node in
        switch identity.place(of: node, among: domains) {
        case .ours(let record, _): (node.name, .domain(record.state))
        case .foreign: (node.name, .foreign)
        case .empty: (node.name, .absent)
        }
      }
    } catch {
      pairs = spec.nodes.map { ($0.name, .unknown(error.description)) }
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  /// Where else a machine that runs may be found when SSH does not reach it; nothing when that
  /// cannot be reported.
  private func addresses(_ name: NodeName, _ seen: NodeObservation) async -> [IPv4Address] {
    guard case .domain(.running) = seen.machine, case .failure(let error) = seen.reading,
      error.category == .unreachable, let node = spec.nodes.first(where: { $0.name == name })
    else { return [] }
    return (try? await context.hypervisor.addresses(of: node.name, in: spec)) ?? []
  }
}
