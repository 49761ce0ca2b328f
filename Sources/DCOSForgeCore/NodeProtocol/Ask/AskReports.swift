package import ForgeSupport
package import ForgeModel

/// What a Mesos master says of the cluster in one answer, and who gave it.
struct MesosSummary {
  struct Slave: Decodable {
    var id: String
    var hostname: String
    var pid: String?
    var active: Bool?
    var attributes: Attributes?
    var domain: FaultDomain?
  }

  /// Of all that an agent says of itself, whether it is a public one.
  struct Attributes: Decodable {
    private enum CodingKeys: String, CodingKey { case isPublic = "public_ip" }

    var isPublic: Bool

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      isPublic = (try? fields.decode(String.self, forKey: .isPublic)) == "true"
    }
  }

  struct Framework: Decodable {
    enum CodingKeys: String, CodingKey {
      case id, name, hostname, active
      case used = "used_resources"
      case staging = "TASK_STAGING"
      case starting = "TASK_STARTING"
      case running = "TASK_RUNNING"
      case killing = "TASK_KILLING"
    }

    var id: String
    var name: String
    var hostname: String?
    var active: Bool?
    var used: MesosResources
    /// How many tasks have not ended; nil where Mesos gives no such numbers.
    var tasks: Int?

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      id = try fields.decode(String.self, forKey: .id)
      name = try fields.decode(String.self, forKey: .name)
      hostname = try fields.decodeIfPresent(String.self, forKey: .hostname)
      active = try fields.decodeIfPresent(Bool.self, forKey: .active)
      used = try fields.decodeIfPresent(MesosResources.self, forKey: .used) ?? MesosResources()
      let counts = [CodingKeys.staging, .starting, .running, .killing].map {
        fields.number(NodeNumbers.Tasks.self, forKey: $0)
      }
      tasks = counts.contains(nil) ? nil : counts.reduce(0) { $0 + ($1 ?? 0) }
    }
  }

  /// Where a machine stands, where Mesos knows it.
  struct FaultDomain: Decodable {
    struct Place: Decodable {
      var name: String
    }
    struct Fault: Decodable {
      var region: Place?
      var zone: Place?
    }

    enum CodingKeys: String, CodingKey { case fault = "fault_domain" }

    var fault: Fault?
  }

  private struct Answer: Decodable {
    var slaves: [Slave]
    var frameworks: [Framework]
  }

  /// The address of the leading master.
  var leader: String
  var slaves: [Slave]
  var frameworks: [Framework]

  /// Reads the answer; throws category `step` when it holds no such answer.
  init(_ report: NodeReport, of action: String, on node: NodeSpec) throws(ForgeError) {
    let reading = try report.answer(to: .summary, of: action, on: node)
    let answer = try reading.answer(Answer.self, from: "the Mesos master", on: node)
    leader = AgentsReport.host(of: reading.url) ?? "\(node.address)"
    slaves = answer.slaves
    frameworks = answer.frameworks
  }
}

extension HTTPReading {
  /// The body as a value; throws category `step` when it is none.
  func answer<Value: Decodable>(
    _ type: Value.Type, from who: String, on node: NodeSpec
  ) throws(ForgeError) -> Value {
    let value = isGood ? ReportText.decode(Value.self, from: text) : nil
    if let value { return value }
    let seen =
      switch (status, http) {
      case (0, 503): "no leader (HTTP 503)"
      case (0, 401), (0, 403): "it wants a login (HTTP \(http))"
      case (0, 200..<300): "not the expected JSON: \(ReportText.tail(String(text.prefix(80))))"
      default: observation
      }
    throw ForgeError(
      .step, "\(who) gives no answer", on: node.name.description, observed: seen,
      advice: "`dcosforge status` says which component is not well", disposition: .retry)
  }
}

/// The members of the cluster, as `dcos node` lists them.
package struct NodesReport: Hashable, Sendable {
  /// One member.
  package struct Member: Hashable, Sendable {
    /// What a member is.
    package enum Kind: String, Sendable {
      /// Runs tasks.
      case agent
      /// Runs tasks that face the outside.
      case publicAgent = "agent (public)"
      /// A master that does not lead.
      case master
      /// The leading master.
      case leader = "master (leader)"
    }

    /// The host name as Mesos or Mesos-DNS has it.
    package var hostname: String
    /// The address.
    package var ip: String
    /// The id that Mesos gave it; nil where Mesos says none.
    package var id: String?
    /// What it is.
    package var kind: Kind
    /// Whether Mesos counts the agent as active; nil for masters.
    package var isActive: Bool?
    /// The region of its fault domain.
    package var region: String?
    /// The zone of its fault domain.
    package var zone: String?

    package init(
      hostname: String, ip: String, id: String? = nil, kind: Kind, isActive: Bool? = nil,
      region: String? = nil, zone: String? = nil
    ) {
      self.hostname = hostname
      self.ip = ip
      self.id = id
      self.kind = kind
      self.isActive = isActive
      self.region = region
      self.zone = zone
    }
  }

  /// The address of the leading master.
  package var leader: String
  /// The agents by address, then the masters.
  package var members: [Member]
  /// Why the masters are those of the cluster file; nil when Mesos-DNS named them.
  package var nameFault: String?

  private struct Master: Decodable {
    struct Info: Decodable {
      var id: String?
      var domain: MesosSummary.FaultDomain?
    }
    struct Content: Decodable {
      enum CodingKeys: String, CodingKey { case info = "master_info" }
      var info: Info
    }

    enum CodingKeys: String, CodingKey { case content = "get_master" }
    var content: Content
  }

  private struct Host: Decodable {
    var host: String
    var ip: String
  }

  /// Reads the answer to ``ClusterQuestion/nodes``; throws category `step` when it is torn, or no
  /// leader answered.
  package init(
    _ result: CommandResult, on node: NodeSpec, of spec: ClusterSpec
  ) throws(ForgeError) {
    let action = "listing the nodes"
    let report = try NodeReport(result, of: action, on: node.name.description)
    let summary = try MesosSummary(report, of: action, on: node)
    leader = summary.leader
    let agents = summary.slaves.map { slave in
      Member(
        hostname: slave.hostname, ip: Self.address(ofProcess: slave.pid) ?? slave.hostname,
        id: slave.id,
        kind: slave.attributes?.isPublic == true ? .publicAgent : .agent,
        isActive: slave.active, region: slave.domain?.fault?.region?.name,
        zone: slave.domain?.fault?.zone?.name)
    }
    // The leader's id and place are a trimming: a list without them is a list.
    let master = (try? report.answer(to: .master, of: action, on: node))
      .flatMap { $0.isGood ? ReportText.decode(Master.self, from: $0.text)?.content.info : nil }
    let hosts = try report.answer(to: .hosts, of: action, on: node)
    var named: [Host] = []
    do throws(ForgeError) {
      named = try hosts.answer([Host].self, from: "Mesos-DNS", on: node).filter { !$0.ip.isEmpty }
      if named.isEmpty { nameFault = "it knows no master" }
    } catch {
      nameFault = error.observed
    }
    if named.isEmpty {
      named = spec.nodes(.master).map { Host(host: "\($0.name)", ip: "\($0.address)") }
    }
    let leader = leader
    let masters = named.map { host in
      let leads = host.ip == leader
      return Member(
        hostname: host.host, ip: host.ip, id: leads ? master?.id : nil,
        kind: leads ? .leader : .master, region: leads ? master?.domain?.fault?.region?.name : nil,
        zone: leads ? master?.domain?.fault?.zone?.name : nil)
    }
    members = agents.sorted(by: Self.isBefore) + masters.sorted(by: Self.isBefore)
  }

  /// The agents of the cluster file that Mesos does not list as active.
  package func missingAgents(of spec: ClusterSpec) -> [NodeSpec] {
    let active = Set(members.filter { $0.isActive != false }.map(\.ip))
    return spec.nodes.filter { $0.role.isAgent && !active.contains($0.address.description) }
  }

  private static func isBefore(_ one: Member, _ other: Member) -> Bool {
    func key(_ member: Member) -> (UInt32, String, String) {
      (IPv4Address(member.ip)?.rawValue ?? .max, member.ip, member.id ?? "")
    }
    return key(one) < key(other)
  }

  /// The address in `slave(1)@10.1.1.13:5051`.
  private static func address(ofProcess pid: String?) -> String? {
    guard let pid, let at = pid.lastIndex(of: "@"), let colon = pid.lastIndex(of: ":"), at < colon
    else { return nil }
    return String(pid[pid.index(after: at)..<colon])
  }
}

/// The services that are registered with Mesos, as `dcos service` lists them.
package struct ServicesReport: Hashable, Sendable {
  /// One service: a framework in the words of Mesos.
  package struct Service: Hashable, Sendable {
    /// Its name.
    package var name: String
    /// Where its scheduler runs.
    package var host: String
    /// Whether it gets offers.
    package var isActive: Bool
    /// How many tasks it has that have not ended; this and the next are nil where Mesos gives no
    /// such number.
    package var tasks: Int?
    /// The CPUs that its tasks use.
    package var cpus: Double?
    /// The memory that its tasks use, in MiB.
    package var memory: Double?
    /// The disk space that its tasks use, in MiB.
    package var disk: Double?
    /// Its id.
    package var id: String
  }

  /// The address of the leading master.
  package var leader: String
  /// The services by name.
  package var services: [Service]

  /// Reads the answer to ``ClusterQuestion/services``; throws category `step` when it is torn, or
  /// no leader answered.
  package init(_ result: CommandResult, on node: NodeSpec) throws(ForgeError) {
    let action = "listing the services"
    let report = try NodeReport(result, of: action, on: node.name.description)
    let summary = try MesosSummary(report, of: action, on: node)
    leader = summary.leader
    services = summary.frameworks.map { framework in
      Service(
        name: framework.name, host: framework.hostname ?? "",
        isActive: framework.active ?? false,
        tasks: framework.tasks, cpus: framework.used.cpus, memory: framework.used.memory,
        disk: framework.used.disk, id: framework.id)
    }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
  }
}

/// What Marathon says of itself, as `dcos marathon about` prints it.
package struct MarathonReport: Hashable, Sendable {
  /// The whole answer.
  package var content: JSONValue

  /// Reads the answer to ``ClusterQuestion/marathon``; throws category `step` when it is torn or no
  /// object.
  package init(_ result: CommandResult, on node: NodeSpec) throws(ForgeError) {
    let action = "asking Marathon"
    let report = try NodeReport(result, of: action, on: node.name.description)
    let reading = try report.answer(to: .marathon, of: action, on: node)
    content = .object(
      try reading.answer([String: JSONValue].self, from: "Marathon", on: node)
        .sorted { $0.key < $1.key }.map { JSONValue.Member(name: $0.key, value: $0.value) })
  }
}
