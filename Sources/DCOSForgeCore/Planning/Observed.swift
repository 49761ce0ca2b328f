package import ForgeNodeProtocol
package import ForgeModel

/// What there is, as far as it could be asked.
///
/// What could not be asked is unknown, never absent.
package struct ObservedCluster: Sendable {
  /// What is known of a node's inside.
  package enum Node: Hashable, Sendable {
    /// Its machine does not run, so nothing could be asked.
    case notRunning
    /// Its machine runs and did not answer.
    case unreachable(ForgeError)
    /// It answered.
    case facts(FactsReport)
  }

  /// The hypervisor's host.
  package var host: HostFacts
  /// All networks of the hypervisor.
  package var networks: [NetworkRecord]
  /// All storage pools of the hypervisor.
  package var pools: [PoolRecord]
  /// What is in the cluster's pool; nil while it does not run, or is not there.
  package var poolContents: PoolContents?
  /// All domains of the hypervisor.
  package var domains: [DomainRecord]
  /// The planned nodes.
  package var nodes: [NodeName: Node]

  package init(
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
