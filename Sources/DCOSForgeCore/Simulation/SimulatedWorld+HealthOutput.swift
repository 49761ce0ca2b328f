/// What `quorum.sh`, `agents.sh` and `health.sh` print on a simulated node.
extension SimulatedWorld {
  // MARK: quorum

  func quorum(_ masters: [IPv4Address], _ node: SimulatedNode) -> CommandResult {
    let own = node.address.flatMap { masters.contains($0) ? $0 : nil }
    var records: [(kind: String, record: any Encodable)] = [
      ("observer", MasterReading.Observer(address: own?.description ?? ""))
    ]
    for master in masters { records.append(("zookeeper", zooKeeper(master, from: node))) }
    if own != nil { records.append(("exhibitor", exhibitor(node))) }
    return Self.printed(records)
  }

  /// What a server answers to `srvr` when the node asks.
  private func zooKeeper(
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

  private func mode(of server: IPv4Address) -> ZooKeeperAnswer.Mode? {
    guard ensemble.serving.contains(server) || ensemble.secondLeader == server else { return nil }
    if ensemble.members.count == 1 { return .standalone }
    return ensemble.leader == server || ensemble.secondLeader == server ? .leader : .follower
  }

  /// What the node's own Exhibitor answers: what it saw at its last look.
  private func exhibitor(_ node: SimulatedNode) -> HTTPReading {
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

  private static func refused(_ url: String) -> HTTPReading {
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
    return Self.printed([("metrics", mesosMaster(node)), ("slaves", slaves)])
  }

  private var agentList: String {
    let entries = ensemble.registered.map { address in
      """
      {"id":"S-\(address)","hostname":"\(address)","active":true,\
      "resources":{"cpus":2,"mem":6000}}
      """
    }
    return "{\"slaves\":[\(entries.joined(separator: ","))]}"
  }

  private func mesosMaster(_ node: SimulatedNode) -> HTTPReading {
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

  /// Whether everything that does not answer for ZooKeeper itself works on the node.
  private func isWell(_ node: SimulatedNode) -> Bool {
    guard node.isSettled, ensemble.mesosLeader != nil, let address = node.address else {
      return false
    }
    return node.installedRole == .master
      ? ensemble.serving.contains(address) : ensemble.registered.contains(address)
  }

  func health(_ request: HealthRequest, _ node: SimulatedNode) -> CommandResult {
    let isWell = isWell(node)
    var records: [(kind: String, record: any Encodable)] = [
      (
        "installation",
        DCOSTraces(
          state: node.scriptState, roles: node.roleFiles, detail: node.scriptDetail)
      ),
      ("units", HealthReading.Text(text: units(request, node, isWell: isWell))),
      ("sockets", HealthReading.Text(text: "")),
    ]
    if request.role == .master {
      records.append(("zookeeper", zooKeeper(request.address, from: node)))
    }
    records.append(
      ("dns", isWell ? HealthReading.DNSRecord() : HealthReading.DNSRecord(status: 9, text: "")))
    let verdict = isWell ? 0 : 2
    records.append(
      (
        "checks",
        HealthReading.ChecksRecord(
          status: verdict,
          text: "{\"status\":\(verdict),\"checks\":{\"clock_sync\":{\"status\":\(verdict)}}}")
      ))
    for probe in HealthProbe.list(for: request) {
      let answer = answer(of: probe, request, node, isWell: isWell)
      records.append(("probe", HealthReading.Probe(name: probe.kind, reading: answer)))
    }
    return Self.printed(records)
  }

  private func units(
    _ request: HealthRequest, _ node: SimulatedNode, isWell: Bool
  ) -> String {
    guard node.installedRole == request.role else { return "" }
    return DCOSUnit.list(for: request.role, request.version).map { unit in
      let runs = isWell || unit.name == "dcos-exhibitor.service" && node.runsZooKeeper
      return "Id=\(unit.name)\nLoadState=loaded\n"
        + (runs
          ? "ActiveState=active\nSubState=running\nExecMainStatus=0\n"
          : "ActiveState=activating\nSubState=auto-restart\nExecMainStatus=1\n")
    }.joined(separator: "\n")
  }

  private func answer(
    of probe: HealthProbe, _ request: HealthRequest, _ node: SimulatedNode, isWell: Bool
  ) -> HTTPReading {
    let text: String
    switch probe.kind {
    case .exhibitor: return exhibitor(node)
    case .mesosMaster: return mesosMaster(node)
    case .mesosDNS, .jobs, .cosmos: text = "{}"
    case .leaderName: text = "[{\"ip\":\"\(ensemble.mesosLeader?.description ?? "")\"}]"
    case .marathon: text = "{\"leader\":\"\(ensemble.mesosLeader?.description ?? ""):8080\"}"
    case .mesosAgent: text = "{\"slave/registered\":1}"
    case .adminRouter, .agentRouter: text = "{\"version\":\"\(request.version)\"}"
    }
    return isWell ? HTTPReading(url: probe.url, text: text) : Self.refused(probe.url)
  }
}
