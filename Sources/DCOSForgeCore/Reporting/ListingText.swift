package import ForgeSupport
package import ForgeNodeProtocol
package import ForgeModel

/// The members of the cluster in words: the table of `dcos node`.
package struct NodeListingText: Sendable {
  private let spec: ClusterSpec
  private let listing: NodesReport

  package init(_ spec: ClusterSpec, _ listing: NodesReport) {
    self.spec = spec
    self.listing = listing
  }

  package var lines: [String] {
    var table = Table(header: ["HOSTNAME", "IP", "ID", "TYPE", "REGION", "ZONE"])
    for member in listing.members {
      // As `dcos` prints them: N/A is what is not asked, None what is not set.
      let unset = member.kind == .master ? "N/A" : "None"
      table.add(
        [
          member.hostname, member.ip, member.id ?? "N/A", member.kind.rawValue,
          member.region ?? unset, member.zone ?? unset,
        ].map(\.printable))
    }
    return table.lines
  }

  /// What the table does not show and an operator would want to know.
  package var notes: [String] {
    var notes: [String] = []
    if !listing.members.contains(where: { $0.kind == .agent || $0.kind == .publicAgent }) {
      notes.append("no agent has registered yet")
    }
    let missing = listing.missingAgents(of: spec).map { "\($0.name) (\($0.address))" }
    if !missing.isEmpty {
      notes.append(
        "in the cluster file, but not active in Mesos: " + missing.joined(separator: ", ")
          + "; `dcosforge status` says why")
    }
    if let fault = listing.nameFault {
      notes.append("Mesos-DNS names no masters (\(fault)): they are those of the cluster file")
    }
    return notes
  }
}

/// The members of the cluster as a JSON value, schema 1.
package struct NodeListingRecord: Encodable, Sendable {
  package struct Member: Encodable, Sendable {
    /// The host name as Mesos or Mesos-DNS has it.
    package var hostname: String
    package var ip: String
    /// The id that Mesos gave it; absent where Mesos says none.
    package var id: String?
    /// `agent`, `agent (public)`, `master` or `master (leader)`.
    package var type: String
    /// Whether Mesos counts the agent as active; absent for masters.
    package var active: Bool?
    /// The region; absent when none is set.
    package var region: String?
    /// The zone; absent when none is set.
    package var zone: String?
    /// The node of the cluster file with this address; absent when there is none.
    package var node: String?
  }

  /// The version of this form.
  package var schema = 1
  package var cluster: String
  /// The address of the leading Mesos master.
  package var leader: String
  /// The agents, then the masters.
  package var nodes: [Member]
  /// The agents of the cluster file that Mesos does not list as active.
  package var missing: [String]

  /// Flattens a listing.
  package init(_ spec: ClusterSpec, _ listing: NodesReport) {
    cluster = spec.name
    leader = listing.leader
    nodes = listing.members.map { member in
      Member(
        hostname: member.hostname, ip: member.ip, id: member.id, type: member.kind.rawValue,
        active: member.isActive, region: member.region, zone: member.zone,
        node: spec.nodes.first { $0.address.description == member.ip }?.name.description)
    }
    missing = listing.missingAgents(of: spec).map(\.name.description)
  }
}

/// The services in words: the table of `dcos service`.
package struct ServiceListingText: Sendable {
  private let listing: ServicesReport

  package init(_ listing: ServicesReport) { self.listing = listing }

  /// The table, or that there is nothing to list.
  package var lines: [String] {
    guard !listing.services.isEmpty else {
      return ["No service is registered with the Mesos master at \(listing.leader)."]
    }
    var table = Table(
      header: ["NAME", "HOST", "ACTIVE", "TASKS", "CPU", "MEM", "DISK", "ID"],
      rightAligned: 3..<7)
    for service in listing.services {
      table.add(
        [
          service.name, service.host, service.isActive ? "True" : "False",
          service.tasks.map { String($0) } ?? Self.unknown,
          Self.number(service.cpus), Self.number(service.memory), Self.number(service.disk),
          service.id,
        ].map(\.printable))
    }
    return table.lines
  }

  private static let unknown = "?"

  /// At most three decimals: sums of tenths are not exact.
  private static func number(_ value: Double?) -> String {
    value.map { String(($0 * 1000).rounded() / 1000) } ?? unknown
  }
}

/// The services as a JSON value, schema 1.
package struct ServiceListingRecord: Encodable, Sendable {
  package struct Service: Encodable, Sendable {
    package var name: String
    /// Where its scheduler runs.
    package var host: String
    /// Whether it gets offers.
    package var active: Bool
    /// How many tasks it has that have not ended; this and the next are absent where Mesos gives
    /// no such number.
    package var tasks: Int?
    /// The CPUs that its tasks use.
    package var cpus: Double?
    /// The memory that its tasks use, in MiB.
    package var mem: Double?
    /// The disk space that its tasks use, in MiB.
    package var disk: Double?
    package var id: String
  }

  /// The version of this form.
  package var schema = 1
  package var cluster: String
  /// The address of the leading Mesos master.
  package var leader: String
  /// The services by name.
  package var services: [Service]

  /// Flattens a listing.
  package init(_ spec: ClusterSpec, _ listing: ServicesReport) {
    cluster = spec.name
    leader = listing.leader
    services = listing.services.map {
      Service(
        name: $0.name, host: $0.host, active: $0.isActive, tasks: $0.tasks, cpus: $0.cpus,
        mem: $0.memory, disk: $0.disk, id: $0.id)
    }
  }
}

/// What Marathon says of itself as a JSON value, schema 1.
package struct MarathonRecord: Encodable, Sendable {
  /// The version of this form.
  package var schema = 1
  package var cluster: String
  /// Marathon's own answer.
  package var marathon: JSONValue

  /// Wraps the answer.
  package init(_ spec: ClusterSpec, _ info: MarathonReport) {
    cluster = spec.name
    marathon = info.content
  }
}
