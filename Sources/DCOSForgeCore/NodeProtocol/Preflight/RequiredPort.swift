import ForgeDCOS
package import ForgeModel

/// A port that a component of DC/OS listens on, so that nothing else may.
///
/// Source: the lists in `gen/build_deploy/bash.py` of each release, and DC/OS's ports page for what
/// the installer's preflight leaves out. That preflight sees only ports whose four hexadecimal
/// digits hold no letter (53, 80, 2181, 9000, 9990), so dcosforge checks all of them itself.
package struct RequiredPort: Hashable, Sendable {
  /// A transport protocol, by the name that `ss` prints.
  package enum Transport: String, CaseIterable, Sendable {
    /// TCP.
    case tcp
    /// UDP.
    case udp
  }

  /// The port.
  package var number: Int
  /// The component that needs it, as the installer names it.
  package var component: String
  /// The protocols that collide.
  package var transports: [Transport]
  /// Whether the installer's own preflight lists it.
  package var isListed: Bool

  /// Makes a port that the installer's preflight lists.
  init(_ number: Int, _ component: String) {
    self.number = number
    self.component = component
    self.transports = Transport.allCases
    self.isListed = true
  }

  /// Makes a port that DC/OS uses but its preflight does not list.
  init(unlisted number: Int, _ component: String, _ transport: Transport = .tcp) {
    self.number = number
    self.component = component
    self.transports = [transport]
    self.isListed = false
  }

  /// The ports that a node of the role needs, by number; none for the bootstrap node.
  package static func list(for role: NodeRole, _ version: DCOSVersion) -> [RequiredPort] {
    let ports =
      switch role {
      case .bootstrap: [RequiredPort]()
      case .master: everyNode(version) + master(version)
      case .agent, .publicAgent: everyNode(version) + agent
      }
    return ports.sorted { $0.number < $1.number }
  }

  private static func everyNode(_ version: DCOSVersion) -> [RequiredPort] {
    var ports = [
      RequiredPort(53, "dcos-net"),
      RequiredPort(61091, version.hasTelegraf ? "telegraf" : "dcos-metrics"),
      RequiredPort(62080, "dcos-net"),
      RequiredPort(62501, "dcos-net"),
    ]
    if !version.hasTelegraf { ports.append(RequiredPort(61420, "dcos-net")) }
    if version.hasFluentBit { ports.append(RequiredPort(62020, "fluent-bit")) }
    if version.hasCalico {
      ports += [
        RequiredPort(179, "calico-bird"), RequiredPort(62091, "calico-felix"),
        RequiredPort(64000, "dcos-net"),
      ]
    } else {
      ports.append(RequiredPort(unlisted: 64000, "dcos-net (VXLAN)", .udp))
    }
    return ports
  }

  private static func master(_ version: DCOSVersion) -> [RequiredPort] {
    var ports = [
      RequiredPort(80, "adminrouter"), RequiredPort(443, "adminrouter"),
      RequiredPort(1050, "dcos-diagnostics"), RequiredPort(2181, "zookeeper"),
      RequiredPort(5050, "mesos-master"), RequiredPort(7070, "cosmos"),
      RequiredPort(8080, "marathon"),
      RequiredPort(8101, version.hasCalico ? "dcos-bouncer" : "dcos-oauth"),
      RequiredPort(8123, "mesos-dns"), RequiredPort(8181, "exhibitor"),
      RequiredPort(9000, "metronome"), RequiredPort(9942, "metronome"),
      RequiredPort(9990, "cosmos"), RequiredPort(36771, "marathon"),
      RequiredPort(41281, "zookeeper"), RequiredPort(46839, "metronome"),
      RequiredPort(61053, "mesos-dns"),
      RequiredPort(unlisted: 2888, "zookeeper (followers)"),
      RequiredPort(unlisted: 3888, "zookeeper (election)"),
      RequiredPort(unlisted: 8443, "marathon (TLS)"),
      RequiredPort(unlisted: 15101, "marathon (libprocess)"),
      RequiredPort(unlisted: 15201, "metronome (libprocess)"),
    ]
    if version.hasHistory { ports.append(RequiredPort(15055, "dcos-history")) }
    if version.hasCalico { ports += [RequiredPort(2379, "etcd"), RequiredPort(2380, "etcd")] }
    if version.hasBouncer { ports.append(RequiredPort(unlisted: 26257, "cockroach")) }
    return ports
  }

  private static let agent = [
    RequiredPort(5051, "mesos-agent"), RequiredPort(61001, "agent-adminrouter"),
    RequiredPort(unlisted: 61003, "rexray"),
  ]
}

/// A socket that something listens on, as one line of `ss -lntup` shows it.
package struct ListeningSocket: Hashable, Sendable {
  /// The protocol.
  package var transport: RequiredPort.Transport
  /// The local address as printed, a zone or brackets included; `*` or `0.0.0.0` for all.
  package var address: String
  /// The local port.
  package var port: Int
  /// The program that holds it; empty when `ss` did not say.
  package var program: String

  /// Makes a socket.
  package init(
    transport: RequiredPort.Transport, address: String, port: Int, program: String = ""
  ) {
    self.transport = transport
    self.address = address
    self.port = port
    self.program = program
  }

  /// Reads the whole output of `ss -lntup`, with or without its heading; other lines are passed
  /// over.
  package static func parse(_ output: String) -> [ListeningSocket] {
    output.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.split(separator: " ")
      guard words.count >= 5, let transport = RequiredPort.Transport(rawValue: String(words[0])),
        let colon = words[4].lastIndex(of: ":"),
        let port = NodeNumbers.Port.read(words[4][words[4].index(after: colon)...])
      else { return nil }
      // The holder looks like users:(("dnsmasq",pid=712,fd=4)).
      let quoted = line.split(separator: "\"", omittingEmptySubsequences: false)
      return ListeningSocket(
        transport: transport, address: String(words[4][..<colon]), port: port,
        program: quoted.count >= 3 ? String(quoted[1]) : "")
    }
  }
}
