import ForgeNodeProtocol
import ForgeModel

/// What a simulated master prints when it is asked about the cluster.
extension SimulatedWorld {
  func answer(_ question: ClusterQuestion, _ node: SimulatedNode) -> CommandResult {
    Self.printed(
      ClusterQuestion.text(
        question.requests.map { request in
          let url = "http://\(node.address?.description ?? ""):\(request.port)\(request.path)"
          return (request.kind, answer(to: request.kind, url, node))
        }))
  }

  private func answer(
    to kind: ClusterQuestion.Request.Kind, _ url: String, _ node: SimulatedNode
  ) -> HTTPReading {
    guard node.installedRole == .master, node.runsZooKeeper, ensemble.firstComplete != nil else {
      return HTTPReading(status: 7, http: 0, url: url, error: "Connection refused")
    }
    guard let leader = ensemble.mesosLeader else { return HTTPReading(http: 503, url: url) }
    switch kind {
    case .summary:
      return HTTPReading(url: "http://\(leader):5050/master/state-summary", text: summary(leader))
    case .master:
      return HTTPReading(
        url: "http://\(leader):5050/master/api/v1",
        text: #"{"type":"GET_MASTER","get_master":{"master_info":{"id":"M-\#(leader)"}}}"#)
    case .hosts:
      let hosts = ensemble.members.map { #"{"host":"master.mesos.","ip":"\#($0)"}"# }
      return HTTPReading(url: url, text: "[\(hosts.joined(separator: ","))]")
    case .marathon:
      return HTTPReading(
        url: url,
        text: #"{"name":"marathon","elected":true,"leader":"\#(leader):8080","version":"1.6.392"}"#)
    }
  }

  private func summary(_ leader: IPv4Address) -> String {
    let agents = ensemble.registered.map { address in
      #"{"id":"\#(SimulatedEnsemble.agentID(address))","hostname":"\#(address)","#
        + #""pid":"slave(1)@\#(address):5051","active":true,"attributes":{}}"#
    }
    let services = ["marathon", "metronome"].enumerated().map { index, name in
      #"{"id":"M-\#(leader)-000\#(index)","name":"\#(name)","hostname":"\#(leader)","active":true,"#
        + #""used_resources":{"cpus":0,"mem":0,"disk":0},"TASK_RUNNING":0}"#
    }
    return
      #"{"hostname":"\#(leader)","cluster":"simulated","#
      + #""slaves":[\#(agents.joined(separator: ","))],"#
      + #""frameworks":[\#(services.joined(separator: ","))]}"#
  }
}
