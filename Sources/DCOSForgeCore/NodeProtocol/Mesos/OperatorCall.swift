package import ForgeModel
internal import FoundationEssentials

/// A call of the Mesos master's operator API that changes something.
///
/// Source: Apache Mesos `docs/operator-http-api.md` (`MARK_AGENT_GONE` since 1.5, DC/OS 1.11;
/// `DRAIN_AGENT` since 1.9, DC/OS 2.0).
package enum OperatorCall: Hashable, Sendable {
  /// Ends the agent's tasks, each with its grace period, then forgets the agent for good.
  case drain(agent: String)
  /// Forgets the agent for good; one that is connected ends its tasks at once.
  case markGone(agent: String)

  /// The kind of the record that the answer becomes.
  private static let record = "operator"

  /// The agent's id.
  package var agent: String {
    switch self {
    case .drain(let agent), .markGone(let agent): agent
    }
  }

  private struct Body: Encodable {
    struct Identity: Encodable { var value: String }
    struct Target: Encodable {
      var agentId: Identity
      var markGone: Bool?
    }
    var type: String
    var drainAgent: Target?
    var markAgentGone: Target?
  }

  /// What is posted.
  var body: String {
    let identity = Body.Identity(value: agent)
    let body =
      switch self {
      case .drain:
        Body(type: "DRAIN_AGENT", drainAgent: .init(agentId: identity, markGone: true))
      case .markGone: Body(type: "MARK_AGENT_GONE", markAgentGone: .init(agentId: identity))
      }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = .sortedKeys
    return (try? encoder.encode(body)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// The script that posts the call to a master, which sends on to the one that leads.
  func script(at address: IPv4Address) -> NodeScript {
    .requests(
      [(Self.record, "http://\(address):5050/master/api/v1", body)], PackageResources.call_mesos_sh)
  }

  /// The output of a script that got this answer.
  package static func text(_ answer: HTTPReading) -> String {
    NodeReport.line(record, answer) + NodeReport.end
  }

  /// Throws category `step` when the master did not take the call.
  ///
  /// An agent that it does not know any more is no error (404).
  package func check(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    let action = "taking the agent out of Mesos"
    let report = try NodeReport(result, of: action, on: node.description)
    let answer: HTTPReading = try report.record(Self.record, of: action, on: node.description)
    guard answer.isGood || answer.http == 404 else {
      throw ForgeError(
        .step, "the Mesos master did not take the agent's leave", on: node.description,
        observed: answer.observation + " " + answer.text, disposition: .retry)
    }
  }
}
