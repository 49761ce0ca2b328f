/// How a cluster is: its machines on the hypervisor, and every component on every node.
public struct Status: Sendable {
  private let spec: ClusterSpec
  private let hypervisor: any Hypervisor
  private let connections: NodeConnections

  /// What was found.
  public struct Report: Sendable {
    /// What stands in the place of each node's machine; nil when the hypervisor could not be asked.
    public var machines: [NodeName: ClusterIdentity.Place]?
    /// Why the hypervisor could not be asked.
    public var fault: ForgeError?
    /// The components.
    public var health: ClusterHealth
  }

  /// Makes the operation.
  public init(
    _ spec: ClusterSpec, keys: ClusterKeys, hypervisor: any Hypervisor, shell: any RemoteShell
  ) {
    self.spec = spec
    self.hypervisor = hypervisor
    self.connections = NodeConnections(spec, keys: keys, shell: shell)
  }

  /// Asks the hypervisor and all nodes at once; what does not answer is unknown.
  public func read() async -> Report {
    async let health = HealthReader(spec: spec, connections: connections).read()
    let identity = ClusterIdentity(spec)
    var report: Report
    do throws(ForgeError) {
      let domains = try await hypervisor.domains()
      let places = spec.nodes.map { ($0.name, identity.place(of: $0, among: domains)) }
      report = Report(
        machines: Dictionary(uniqueKeysWithValues: places), fault: nil, health: await health)
    } catch {
      report = Report(machines: nil, fault: error, health: await health)
    }
    await connections.close()
    return report
  }
}

/// Reads the components of every node at once.
struct HealthReader: Sendable {
  let spec: ClusterSpec
  let connections: NodeConnections

  /// How long one node may take.
  private static let timeout = Duration.seconds(45)

  func read() async -> ClusterHealth {
    let members = spec.nodes.filter { $0.role != .bootstrap }
    let readings = await connections.onEach(members) { (node) async throws(ForgeError) in
      let request = HealthRequest(
        role: node.role, version: spec.dcos.version, address: node.address)
      let result = try await connections.run(
        .readHealth(request), on: node, timeout: Self.timeout)
      return try HealthReading(result, on: node.name)
    }
    return ClusterHealth(readings, nodes: spec.nodes, version: spec.dcos.version)
  }
}
