/// What there is, as far as it could be asked.
///
/// What could not be asked is unknown, never absent.
public struct ObservedCluster: Sendable {
  /// What is known of a node's inside.
  public enum Node: Hashable, Sendable {
    /// Its machine does not run, so nothing could be asked.
    case notRunning
    /// Its machine runs and did not answer.
    case unreachable(ForgeError)
    /// It answered.
    case facts(NodeFacts)
  }

  /// The hypervisor's host.
  public var host: HostFacts
  /// All networks of the hypervisor.
  public var networks: [NetworkRecord]
  /// All storage pools of the hypervisor.
  public var pools: [PoolRecord]
  /// What is in the cluster's pool; nil while it does not run, or is not there.
  public var poolContents: PoolContents?
  /// All domains of the hypervisor.
  public var domains: [DomainRecord]
  /// The planned nodes.
  public var nodes: [NodeName: Node]

  /// Makes an observation.
  public init(
    host: HostFacts, networks: [NetworkRecord], pools: [PoolRecord],
    poolContents: PoolContents?, domains: [DomainRecord],
    nodes: [NodeName: Node] = [:]
  ) {
    self.host = host
    self.networks = networks
    self.pools = pools
    self.poolContents = poolContents
    self.domains = domains
    self.nodes = nodes
  }
}
