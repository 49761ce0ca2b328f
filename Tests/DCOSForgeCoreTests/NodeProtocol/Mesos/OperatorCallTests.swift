@testable import ForgeSimulation
@testable import ForgeEvents
@testable import ForgePorts
@testable import ForgePlanning
@testable import ForgeHealth
@testable import ForgeDCOS
@testable import ForgeSupport
@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

@Suite struct OperatorCallTests {
  @Test func theBodiesAreThoseOfMesos() {
    #expect(
      OperatorCall.drain(agent: "a-S1").body
        == #"{"drain_agent":{"agent_id":{"value":"a-S1"},"mark_gone":true},"type":"DRAIN_AGENT"}"#)
    #expect(
      OperatorCall.markGone(agent: "a-S1").body
        == #"{"mark_agent_gone":{"agent_id":{"value":"a-S1"}},"type":"MARK_AGENT_GONE"}"#)
  }

  @Test(arguments: [(200, true), (202, true), (404, true), (503, false), (400, false)])
  func whatTheMasterAnswersIsRead(_ code: Int, _ isTaken: Bool) throws {
    let text = OperatorCall.text(HTTPReading(http: code, url: "u"))
    let result = CommandResult(status: .exited(0), standardOutput: text)
    let call = OperatorCall.markGone(agent: "a")
    if isTaken {
      try call.check(result, on: Samples.name("lxzk01"))
    } else {
      #expect(throws: ForgeError.self) { try call.check(result, on: Samples.name("lxzk01")) }
    }
  }

  @Test func agentsAreDrainedFromTheReleaseThatCanDoIt() throws {
    var spec = Samples.spec
    for (version, call) in [(DCOSVersion(1, 13, 9), "markGone"), (DCOSVersion(2, 0, 0), "drain")] {
      spec.dcos.version = version
      let bench = Bench(seed: 51, spec: spec)
      try bench.up()
      let calls = Locked<[String]>([])
      bench.cluster.observe { event, _ in
        if case .taskStarted(_, .callMesos(let made, _)) = event.kind {
          calls.withLock { $0.append("\(made)") }
        }
        return nil
      }
      #expect(try bench.wipe(["lxb001"]).status == .success)
      #expect(calls.withLock { $0.count } == 1)
      #expect(calls.withLock { $0.first?.hasPrefix(call) } == true)
    }
  }
}
