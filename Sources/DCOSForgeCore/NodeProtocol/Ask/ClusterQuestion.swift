import ForgeModel

/// What an operator asks the running cluster, through one of its masters.
///
/// The internal ports are asked on the node itself, because Admin Router may demand a login.
package enum ClusterQuestion: String, CaseIterable, Sendable {
  /// The members, as `dcos node` lists them.
  case nodes
  /// The services that are registered with Mesos, as `dcos service` lists them.
  case services
  /// Marathon's own description, as `dcos marathon about` prints it.
  case marathon

  /// One HTTP request of a question.
  package struct Request: Hashable {
    /// What is asked; its name is the kind of the record that the answer becomes.
    package enum Kind: String {
      /// The leading Mesos master's account of agents and frameworks.
      case summary
      /// The leading Mesos master's own id and place.
      case master
      /// The masters as Mesos-DNS knows them.
      case hosts
      /// Marathon's own description.
      case marathon
    }

    /// What is asked.
    package var kind: Kind
    /// The port at the master's own address.
    package var port: Int
    /// The path.
    package var path: String
    /// What is posted; empty asks with GET.
    var body = ""
  }

  /// The requests, all sent at once.
  ///
  /// A Mesos master that does not lead sends on to the one that does, posts included (307); a
  /// Marathon that does not lead asks the one that does.
  package var requests: [Request] {
    let summary = Request(kind: .summary, port: 5050, path: "/master/state-summary")
    return switch self {
    case .nodes:
      [
        summary,
        Request(
          kind: .master, port: 5050, path: "/master/api/v1", body: #"{"type":"GET_MASTER"}"#),
        Request(kind: .hosts, port: 8123, path: "/v1/hosts/master.mesos"),
      ]
    case .services: [summary]
    case .marathon: [Request(kind: .marathon, port: 8080, path: "/v2/info")]
    }
  }

  /// The output of a script that got these answers.
  package static func text(_ answers: [(Request.Kind, HTTPReading)]) -> String {
    answers.map { NodeReport.line($0.rawValue, $1) }.joined() + NodeReport.end
  }
}

extension NodeReport {
  /// The answer to a request; throws category `step` when it did not come.
  func answer(
    to kind: ClusterQuestion.Request.Kind, of action: String, on node: NodeSpec
  ) throws(ForgeError) -> HTTPReading {
    try record(kind.rawValue, of: action, on: node.name.description)
  }
}
