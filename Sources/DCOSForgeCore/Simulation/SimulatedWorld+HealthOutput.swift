import ForgeSupport
import ForgePorts
import ForgeNodeProtocol
import ForgeModel

/// What a simulated node prints when it reads ZooKeeper, the agents and its own health.
extension SimulatedWorld {
  // MARK: quorum

  /// Everything that a master's account of the ensemble follows from.
  private struct QuorumView: Hashable {
    var observer: QuorumReport.ObserverRecord
    var servers: [ZooKeeperAnswer.Record]
    var exhibitor: HTTPReading?

    var text: String { QuorumReport.text(observer, servers: servers, exhibitor: exhibitor) }
  }

  func quorum(_ masters: [IPv4Address], _ node: SimulatedNode) -> CommandResult {
    let own = node.address.flatMap { masters.contains($0) ? $0 : nil }
    let view = QuorumView(
      observer: .init(address: own?.description ?? ""),
      servers: masters.map { zooKeeper($0, from: node) },
      exhibitor: own == nil ? nil : exhibitor(node))
    return Self.printed(cache.value(of: view) { view.text })
  }

  /// What a server answers to `srvr` when the node asks.
  func zooKeeper(
    _ server: IPv4Address, from node: SimulatedNode
  ) -> ZooKeeperAnswer.Record {
    let name = server.description
    guard let peer = disk(at: server).flatMap({ machines[$0] }), peer.isUp else {
      return .init(server: name, status: 1, error: "bash: /dev/tcp/\(name)/2181: No route to host")
    }
    if peer.disk != node.disk, faults.contains(.portsBlocked(peer.name)) {
      return .init(server: name, status: 124)
    }
    guard peer.runsZooKeeper else {
      return .init(
        server: name, status: 1, error: "bash: /dev/tcp/\(name)/2181: Connection refused")
    }
    guard let mode = mode(of: server) else {
      return .init(
        server: name, text: "This ZooKeeper instance is not currently serving requests\n")
    }
    return .init(
      server: name,
      text: "Zookeeper version: 3.4.13\nZxid: 0x\(String(ensemble.round, radix: 16))00000003\n"
        + "Mode: \(mode.rawValue)\nNode count: 42\n")
  }

  func mode(of server: IPv4Address) -> ZooKeeperAnswer.Mode? {
    guard ensemble.serving.contains(server) || ensemble.secondLeader == server else { return nil }
    if ensemble.members.count == 1 { return .standalone }
    return ensemble.leader == server || ensemble.secondLeader == server ? .leader : .follower
  }

  /// What the node's own Exhibitor answers: what it saw at its last look.
  func exhibitor(_ node: SimulatedNode) -> HTTPReading {
    let url = "http://\(node.address?.description ?? ""):8181/exhibitor/v1/cluster/status"
    guard node.runsZooKeeper else { return Self.refused(url) }
    let words = ["latent", "down", "not serving", "serving"]
    let view =
      node.exhibitorView.isEmpty
      ? ensemble.members.map { .init(address: $0, code: 0, isLeader: false) } : node.exhibitorView
    let entries = view.map { member in
      """
      {"hostname":"\(member.address)","code":\(member.code),\
      "description":"\(words[member.code])","isLeader":\(member.isLeader)}
      """
    }
    return HTTPReading(url: url, text: "[\(entries.joined(separator: ","))]")
  }

  static func refused(_ url: String) -> HTTPReading {
    HTTPReading(status: 7, http: 0, url: url, error: "Connection refused")
  }

  // MARK: agents

  func agents(_ node: SimulatedNode) -> CommandResult {
    let url = "http://\(node.address?.description ?? ""):5050/master/slaves"
    let slaves: HTTPReading =
      if node.installedRole != .master || ensemble.firstComplete == nil {
        Self.refused(url)
      } else if let leader = ensemble.mesosLeader {
        HTTPReading(url: "http://\(leader):5050/master/slaves", text: agentList)
      } else {
        HTTPReading(http: 503, url: url)
      }
    return Self.printed(AgentsReport.text(metrics: mesosMaster(node), slaves: slaves))
  }

  func called(_ course: TaskSchedule, _ node: SimulatedNode) -> CommandResult {
    let url = "http://\(node.address?.description ?? ""):5050/master/api/v1"
    let answer: HTTPReading =
      if node.installedRole != .master || ensemble.firstComplete == nil {
        Self.refused(url)
      } else {
        HTTPReading(
          http: ensemble.mesosLeader == nil || course.refusal == .byMesos ? 503 : 200, url: url)
      }
    return Self.printed(OperatorCall.text(answer))
  }

  private var agentList: String {
    let entries = ensemble.registered.map { address in
      """
      {"id":"\(SimulatedEnsemble.agentID(address))","hostname":"\(address)","active":true,\
      "resources":{"cpus":2,"mem":6000}}
      """
    }
    return "{\"slaves\":[\(entries.joined(separator: ","))]}"
  }

  func mesosMaster(_ node: SimulatedNode) -> HTTPReading {
    let url = "http://\(node.address?.description ?? ""):5050/metrics/snapshot"
    guard node.installedRole == .master, ensemble.firstComplete != nil, node.runsZooKeeper else {
      return Self.refused(url)
    }
    let leads = node.address == ensemble.mesosLeader
    let isRecovered = ensemble.mesosLeader != nil
    return HTTPReading(
      url: url,
      text: """
        {"master/elected":\(leads ? 1 : 0),"registrar/log/recovered":\(isRecovered ? 1 : 0),\
        "master/slaves_active":\(leads ? ensemble.registered.count : 0)}
        """)
  }

  // MARK: health

  func health(_ request: HealthRequest, _ node: SimulatedNode) -> CommandResult {
    let account = SimulatedHealth(of: node, asked: request, in: self)
    let time = VirtualClock.calendarStart + now.sinceStart.wholeMilliseconds
    return Self.printed(
      HealthReport.text(
        cache.value(of: account) { account.text },
        account.hides(HealthReport.TimeRecord.kind) ? nil : .init(began: time, ended: time)))
  }
}
