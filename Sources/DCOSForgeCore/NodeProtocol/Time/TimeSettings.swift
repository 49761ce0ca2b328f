package import ForgeModel

/// Where a node gets the time from, and whether it gives it on.
package struct TimeSettings: Hashable, Sendable {
  /// NTP servers by name or address; empty leaves the image's own configuration.
  package var servers: [String]
  /// The network that may ask this node for the time; nil serves nobody.
  package var servesTo: IPv4Network?

  /// Makes settings.
  package init(servers: [String], servesTo: IPv4Network? = nil) {
    self.servers = servers
    self.servesTo = servesTo
  }
}
