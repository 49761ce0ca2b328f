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

  func called(_ node: SimulatedNode) -> CommandResult {
    let url = "http://\(node.address?.description ?? ""):5050/master/api/v1"
    let answer: HTTPReading =
      if node.installedRole != .master || ensemble.firstComplete == nil {
        Self.refused(url)
      } else {
        HTTPReading(http: ensemble.mesosLeader == nil ? 503 : 200, url: url)
      }
    return Self.printed([(OperatorCall.record, answer)])
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
    var records = host(request, node)
    guard request.role != .bootstrap else { return printed(records, by: node) }
    let isWell = isWell(node)
    if request.role == .master {
      records.append(("zookeeper", zooKeeper(request.address, from: node)))
      for peer in request.peers where node.address.flatMap(mode) == nil {
        records.append(("knock", knock(peer, from: node)))
      }
    }
    let resolves = isWell && !fails(.dnsForwarder, node)
    records.append(
      ("dns", HealthReading.Outcome(status: resolves ? 0 : 9, text: resolves ? "127.0.0.1" : "")))
    if request.runsChecks {
      let verdict = isWell ? 0 : 2
      let text = "{\"status\":\(verdict),\"checks\":{\"clock_sync\":{\"status\":\(verdict)}}}"
      records.append(("checks", HealthReading.Outcome(status: verdict, text: text)))
    }
    for probe in HealthProbe.list(for: request) {
      let answer = answer(of: probe, request, node, isWell: isWell)
      records.append(("probe", HealthReading.Probe(name: probe.kind, reading: answer)))
    }
    return printed(records, by: node)
  }

  /// The records, those aside that a fault puts in their place.
  private func printed(
    _ records: [(kind: String, record: any Encodable)], by node: SimulatedNode
  ) -> CommandResult {
    var text = ""
    var told = Set<String>()
    for case .tells(node.name, let kind, let json) in faults {
      told.insert(kind)
      if !json.isEmpty { text += json + "\n" }
    }
    for (kind, record) in records where !told.contains(kind) {
      text += NodeReport.line(kind, record)
    }
    return Self.printed(text + NodeReport.end)
  }

  private func fails(_ component: HealthComponent, _ node: SimulatedNode) -> Bool {
    faults.contains(.componentFails(node.name, component))
  }

  /// What the node tells of itself, DC/OS aside.
  private func host(
    _ request: HealthRequest, _ node: SimulatedNode
  ) -> [(kind: String, record: any Encodable)] {
    let time = VirtualClock.calendarStart + now.sinceStart.wholeMilliseconds
    let address = node.address?.description ?? ""
    let detected =
      faults.compactMap { fault -> String? in
        if case .wrongDetectedIP(node.name, let text) = fault { text } else { nil }
      }.first ?? address
    let pings = node.isRight("docker:service") && !fails(.docker, node)
    return [
      (
        "installation",
        DCOSTraces(state: node.scriptState, roles: node.roleFiles, detail: node.scriptDetail)
      ),
      ("time", HealthReading.TimeRecord(began: time, ended: time)),
      ("clock", clock(node)),
      ("disk", HealthReading.Outcome(text: "/ 1000 800 1000 900 ext2/ext3\n")),
      (
        "addresses",
        HealthReading.Outcome(text: "2: eth0    inet \(address)/24 scope global eth0\n")
      ),
      (
        "docker",
        pings
          ? HealthReading.Outcome(text: "OK")
          : HealthReading.Outcome(status: 7, error: "curl: (7) Couldn't connect to server")
      ),
      ("units", HealthReading.Outcome(text: units(request, node, isWell: isWell(node)))),
      (
        "filter", HealthReading.Outcome(text: "-P INPUT ACCEPT\n-N DOCKER\n")
      ),
      ("detect", HealthReading.Outcome(text: detected + "\n")),
    ]
  }

  private func knock(_ peer: IPv4Address, from node: SimulatedNode) -> HealthReading.Knock {
    let answer = zooKeeper(peer, from: node)
    return .init(
      server: peer.description, port: 3888, status: answer.status, error: answer.error)
  }

  private func units(
    _ request: HealthRequest, _ node: SimulatedNode, isWell: Bool
  ) -> String {
    func block(_ name: String, runs: Bool) -> String {
      "Id=\(name)\nLoadState=loaded\n"
        + (runs
          ? "ActiveState=active\nSubState=running\nExecMainStatus=0\n"
          : "ActiveState=activating\nSubState=auto-restart\nExecMainStatus=1\n")
    }
    let docker = node.isRight("docker:service") && !fails(.docker, node)
    let failed = HealthComponent.allCases.filter { fails($0, node) }
      .flatMap { $0.units(for: request.role) }
    let units =
      node.installedRole == request.role ? DCOSUnit.list(for: request.role, request.version) : []
    let key =
      "\(docker) \(failed) \(units.isEmpty) \(request.role.rawValue) \(request.version) \(isWell) "
      + "\(node.runsZooKeeper)"
    return ReportMemory.value(of: key) {
      let others = units.map { unit in
        let runs = isWell || unit.name == "dcos-exhibitor.service" && node.runsZooKeeper
        return block(unit.name, runs: runs && !failed.contains(unit.name))
      }
      let first = [
        block("docker.service", runs: docker),
        "Id=firewalld.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n",
      ]
      return (first + others).joined(separator: "\n")
    }
  }

  private func answer(
    of probe: HealthProbe, _ request: HealthRequest, _ node: SimulatedNode, isWell: Bool
  ) -> HTTPReading {
    if fails(probe.kind.component, node) { return Self.refused(probe.url) }
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
