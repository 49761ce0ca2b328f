package import ForgeModel

/// A systemd unit that DC/OS puts on a node.
///
/// Source: the `build` files under `packages/` of each release.
package struct DCOSUnit: Hashable, Sendable {
  /// When the unit counts as well.
  package enum Duty: Hashable, Sendable {
    /// It runs all the time: a service without a trigger, a timer, a socket.
    case always
    /// It runs when its timer, its socket or its condition says so; it must only not have failed.
    case onDemand
  }

  /// The name with its suffix.
  package var name: String
  /// When it counts as well.
  package var duty: Duty

  package init(_ name: String, _ duty: Duty = .always) {
    self.name = name
    self.duty = duty
  }

  /// The units of a node of the role under `dcos.target`, by name; none for the bootstrap node.
  package static func list(for role: NodeRole, _ version: DCOSVersion) -> [DCOSUnit] {
    let units =
      switch role {
      case .bootstrap: [DCOSUnit]()
      case .master: everyNode(version) + master(version)
      case .agent, .publicAgent: everyNode(version) + agent(role, version)
      }
    return units.sorted { $0.name < $1.name }
  }

  /// A service that runs all the time.
  private static func daemon(_ name: String) -> [DCOSUnit] { [DCOSUnit("\(name).service")] }
  /// A service that a timer or socket of the same name starts.
  private static func triggered(_ name: String, by trigger: String) -> [DCOSUnit] {
    [DCOSUnit("\(name).service", .onDemand), DCOSUnit("\(name).\(trigger)")]
  }
  /// A service that ends by itself, or that a setting can switch off.
  private static func optional(_ name: String) -> [DCOSUnit] {
    [DCOSUnit("\(name).service", .onDemand)]
  }

  private static func everyNode(_ version: DCOSVersion) -> [DCOSUnit] {
    var units =
      daemon("dcos-net") + daemon("dcos-net-watchdog") + daemon("dcos-pkgpanda-api")
      + triggered("dcos-gen-resolvconf", by: "timer")
      + triggered("dcos-checks-poststart", by: "timer")
      + triggered("dcos-diagnostics", by: "socket")
    if version.hasTelegraf {
      units += triggered("dcos-checks-api", by: "socket") + triggered("dcos-telegraf", by: "socket")
    }
    if version.hasFluentBit { units += daemon("dcos-fluent-bit") }
    if version.hasCalico {
      for part in ["bird", "confd", "felix"] { units += optional("dcos-calico-\(part)") }
    }
    return units
  }

  private static func master(_ version: DCOSVersion) -> [DCOSUnit] {
    var units =
      ["exhibitor", "mesos-master", "mesos-dns", "marathon", "metronome", "cosmos", "adminrouter"]
      .flatMap { daemon("dcos-\($0)") }
    units +=
      triggered("dcos-log-master", by: "socket") + triggered("dcos-logrotate-master", by: "timer")
    if version.hasSignal { units += triggered("dcos-signal", by: "timer") }
    units +=
      version.hasTelegraf
      ? triggered("dcos-diagnostics-mesos-state", by: "timer")
      : triggered("dcos-metrics-master", by: "socket")
    if version.hasBouncer {
      units +=
        daemon("dcos-bouncer") + optional("dcos-bouncer-migrate-users") + daemon("dcos-cockroach")
        + triggered("dcos-cockroachdb-config-change", by: "timer")
        + triggered("dcos-ui-update-service", by: "socket")
    } else {
      units += daemon("dcos-oauth")
    }
    if version.hasHistory { units += daemon("dcos-history") }
    if version.hasCalico { units += daemon("dcos-etcd") }
    return units
  }

  private static func agent(_ role: NodeRole, _ version: DCOSVersion) -> [DCOSUnit] {
    let mesos = role == .publicAgent ? "dcos-mesos-slave-public" : "dcos-mesos-slave"
    var units =
      daemon(mesos) + daemon("dcos-adminrouter-agent") + daemon("dcos-rexray")
      + triggered("dcos-docker-gc", by: "timer") + triggered("dcos-log-agent", by: "socket")
      + triggered("dcos-logrotate-agent", by: "timer")
    if !version.hasTelegraf { units += triggered("dcos-metrics-agent", by: "socket") }
    if version.hasCalico {
      units += optional("dcos-calico-libnetwork-plugin") + [DCOSUnit("\(mesos).socket")]
    }
    return units
  }
}
