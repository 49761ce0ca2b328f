package import ForgeModel

extension NodeScript {
  static func listAgents(_ address: IPv4Address) -> NodeScript {
    NodeScript(
      [("address", .text(address.description))],
      files: [PackageResources.capture_sh, PackageResources.list_agents_sh])
  }
}

/// The agents that the leading Mesos master lists.
package struct AgentsReport: Hashable, Sendable {
  /// One agent.
  package struct Agent: Hashable, Sendable {
    /// Its address: DC/OS switches the lookup of host names off.
    package var hostname: String
    /// The id that the master gave it.
    package var id: String
    /// Whether it is connected and gets offers.
    package var isActive: Bool
    /// How many CPUs it offers.
    package var cpus: Double
    /// How much memory it offers, in MiB.
    package var memory: Double

    /// Makes an agent.
    package init(hostname: String, id: String, isActive: Bool, cpus: Double, memory: Double) {
      self.hostname = hostname
      self.id = id
      self.isActive = isActive
      self.cpus = cpus
      self.memory = memory
    }
  }

  /// How one agent stands.
  package enum Standing: Hashable, Sendable {
    /// The leader lists it active with resources; the evidence.
    case joined(String)
    /// Not yet; what was seen.
    case notYet(String)
  }

  /// The agents, by host name; nil when no leader answered.
  package var agents: [Agent]?
  /// The address of the master that answered, or what was seen instead.
  package var source: String

  private struct Answer: Decodable {
    struct Slave: Decodable {
      var id: String
      var hostname: String
      var active: Bool
      var resources: MesosResources?
    }
    var slaves: [Slave]
  }

  /// The kinds of the answers: the asked master's numbers, and the leader's list of agents.
  private static let (metrics, slaves) = ("metrics", "slaves")

  /// Makes a report.
  package init(agents: [Agent]?, source: String) {
    self.agents = agents
    self.source = source
  }

  /// Reads the output of ``NodeTask/listAgents(at:)``; throws category `step` when it is torn.
  package init(
    _ result: CommandResult, at address: IPv4Address, on node: NodeName
  ) throws(ForgeError) {
    let action = "listing the agents"
    let report = try NodeReport(result, of: action, on: node.description)
    let metrics: HTTPReading = try report.record(Self.metrics, of: action, on: node.description)
    let slaves: HTTPReading = try report.record(Self.slaves, of: action, on: node.description)
    guard slaves.isGood, let answer = ReportText.decode(Answer.self, from: slaves.text) else {
      let why =
        slaves.isGood
        ? "no list of agents" : slaves.http == 503 ? "no leader (HTTP 503)" : slaves.observation
      self.init(agents: nil, source: "the Mesos master on \(node): \(why)")
      return
    }
    // A master that does not lead redirects; one that answers by itself must say that it leads.
    let leader = Self.host(of: slaves.url) ?? address.description
    let elected = MesosMetrics(metrics).map { $0["master/elected"] == 1 } ?? false
    guard leader != address.description || elected else {
      self.init(agents: nil, source: "the Mesos master on \(node) answers but does not lead")
      return
    }
    let agents = answer.slaves.map {
      Agent(
        hostname: $0.hostname, id: $0.id, isActive: $0.active, cpus: $0.resources?.cpus ?? 0,
        memory: $0.resources?.memory ?? 0)
    }
    self.init(
      agents: agents.sorted { ($0.hostname, $0.id) < ($1.hostname, $1.id) }, source: leader)
  }

  /// The output of a script that got these answers.
  package static func text(metrics numbers: HTTPReading, slaves list: HTTPReading) -> String {
    NodeReport.line(metrics, numbers) + NodeReport.line(slaves, list) + NodeReport.end
  }

  /// How the agent with that address stands.
  package func standing(of address: IPv4Address) -> Standing {
    guard let agents else { return .notYet(source) }
    // A node that was wiped may be listed under its old id as well, inactive.
    let mine = agents.filter { $0.hostname == address.description }
    guard let agent = mine.first(where: \.isActive) ?? mine.first else {
      return .notYet("the leader \(source) lists \(agents.count) agents, not \(address)")
    }
    let listed = "the leader \(source) lists \(address)"
    guard agent.isActive else { return .notYet("\(listed) as inactive") }
    guard agent.cpus > 0, agent.memory > 0 else { return .notYet("\(listed) without resources") }
    return .joined(
      "\(listed) as \(agent.id), active, "
        + "\(Self.short(agent.cpus)) CPUs, \(Self.short(agent.memory)) MiB")
  }

  private static func short(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? String(number)
  }

  /// The host part of a URL without a user.
  static func host(of url: String) -> String? {
    guard let start = url.firstRange(of: "//")?.upperBound else { return nil }
    let host = url[start...].prefix { $0 != ":" && $0 != "/" }
    return host.isEmpty ? nil : String(host)
  }
}

/// What Mesos says an agent offers or a service uses; nil where it is no such number.
struct MesosResources: Decodable {
  private enum CodingKeys: String, CodingKey { case cpus, mem, disk }

  var cpus: Double? = 0
  var memory: Double? = 0
  var disk: Double? = 0

  /// Nothing at all.
  init() {}

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    cpus = fields.number(NodeNumbers.Resource.self, forKey: .cpus)
    memory = fields.number(NodeNumbers.Resource.self, forKey: .mem)
    disk = fields.number(NodeNumbers.Resource.self, forKey: .disk)
  }
}

/// The numbers of a Mesos master's or agent's `/metrics/snapshot`.
package struct MesosMetrics {
  private struct Metric: Decodable {
    var value: Double?

    init(from decoder: any Decoder) { value = try? Double(from: decoder) }
  }

  private let values: [String: Metric]

  /// Reads an answer; nil when it is no such one.
  package init?(_ reading: HTTPReading) {
    guard reading.isGood, let values = ReportText.decode([String: Metric].self, from: reading.text)
    else { return nil }
    self.values = values
  }

  /// The value of a metric; nil when the answer lacks it, or has no number there.
  package subscript(name: String) -> Double? { values[name]?.value }
}
