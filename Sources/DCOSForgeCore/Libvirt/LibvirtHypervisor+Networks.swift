import ForgeRendering
package import ForgeModel

extension LibvirtHypervisor {
  /// Lists the networks, by name.
  package func networks() async throws(ForgeError) -> [NetworkRecord] {
    try await perform("list the networks", on: uri) { connection in
      try connection.networks { (network) throws(LibvirtFault) in
        let content = NetworkXML.read(try network.xml())
        return NetworkRecord(
          name: network.name, uuid: try network.uuid(), isActive: try network.isActive(),
          cidr: content?.cidr, hosts: content?.hosts ?? [])
      }.sorted { $0.name < $1.name }
    }
  }

  /// Defines (or redefines, same UUID) a persistent network with autostart, and starts it.
  package func ensureNetwork(_ definition: NetworkDefinition) async throws(ForgeError) {
    try await perform("define the network", on: "network \(definition.name)") { connection in
      try Self.checkLink(definition, connection)
      let network = try connection.defineNetwork(NetworkXML.render(definition))
      try network.setAutostart()
      if try network.isActive() {
        try Self.updateHosts(of: network, definition)
      } else {
        try network.start()
      }
    }
  }

  /// Stops and undefines the network with that UUID.
  package func removeNetwork(uuid: String) async throws(ForgeError) {
    try await perform("remove the network", on: "network \(uuid)") { connection in
      guard let network = try connection.network(uuid: uuid) else { return }
      try network.stop()
      try network.undefine()
    }
  }

  // A running network cannot change its range without cutting the guests off.
  private static func checkLink(
    _ definition: NetworkDefinition, _ connection: borrowing ConnectHandle
  ) throws {
    guard let network = try connection.network(uuid: definition.uuid), try network.isActive(),
      let running = NetworkXML.read(try network.xml())
    else { return }
    if running.mode != definition.mode || running.gateway != definition.gateway
      || running.cidr != definition.cidr
    {
      throw ForgeError(
        .hypervisor, "the running network has another range, gateway or mode",
        on: "network \(definition.name)",
        observed: "\(running.mode?.rawValue ?? "unknown mode") "
          + "\(running.cidr?.description ?? "no range"), gateway "
          + (running.gateway?.description ?? "none"),
        advice: "a network cannot change these under running machines: destroy the cluster first")
    }
  }

  // Brings the fixed hosts and names of a running network to the definition's, without a restart.
  private static func updateHosts(
    of network: borrowing NetworkHandle, _ definition: NetworkDefinition
  ) throws(LibvirtFault) {
    let live = NetworkXML.read(try network.xml()) ?? NetworkXML.Content()
    for host in live.hosts where !definition.hosts.contains(host) {
      try network.delete(NetworkXML.dhcpHost(host), from: .dhcpHost)
    }
    for host in definition.hosts where !live.hosts.contains(host) {
      try network.add(NetworkXML.dhcpHost(host), to: .dhcpHost)
    }
    let names = definition.hosts.map { NetworkXML.DNSEntry($0, domain: definition.domain) }
    for entry in live.dns where !names.contains(entry) {
      try network.delete(entry.element.rendered, from: .dnsHost)
    }
    for entry in names where !live.dns.contains(entry) {
      try network.add(entry.element.rendered, to: .dnsHost)
    }
  }
}
