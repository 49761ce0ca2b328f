import ForgePorts
import ForgePlanning
import ForgeModel

extension Hypervisor {
  /// The addresses under which the host knows a node's own machine; none when there is none.
  func addresses(
    of node: NodeName, in spec: ClusterSpec
  ) async throws(ForgeError) -> [IPv4Address] {
    guard let own = ClusterIdentity(spec).domain(of: node, among: try await domains()) else {
      return []
    }
    return try await addresses(uuid: own.record.uuid)
  }

  /// The last lines of the serial console's log of a node's own machine; empty when it cannot be
  /// had.
  func consoleTail(of node: NodeName, in spec: ClusterSpec, lines: Int) async -> String {
    guard let domains = try? await domains(),
      let own = ClusterIdentity(spec).domain(of: node, among: domains)
    else { return "" }
    return await consoleTail(uuid: own.record.uuid, lines: lines)
  }
}
