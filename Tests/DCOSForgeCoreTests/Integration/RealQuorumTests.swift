@testable import ForgeNodeProtocol
@testable import ForgeModel
@testable import ForgeHealth
import Foundation
import Testing

@testable import DCOSForgeCore

/// The quorum gate on a real ensemble.
///
/// Takes half a minute, so it runs when `DCOSFORGE_TEST_LARGE` is set.
@Suite(
  .enabled(if: RealEnsemble.isPossible),
  .enabled(if: ProcessInfo.processInfo.environment["DCOSFORGE_TEST_LARGE"] != nil), .serialized)
struct RealQuorumTests {
  /// Feeds rounds until the gate opens or the attempts are used up; every state on the way.
  private func feed(
    _ gate: inout QuorumGate, _ ensemble: RealEnsemble, attempts: Int
  ) async throws -> [QuorumGate.State] {
    var states: [QuorumGate.State] = []
    for _ in 0..<attempts {
      states.append(gate.feed(await ensemble.round()))
      if case .open = states[states.count - 1] { break }
      try await Task.sleep(for: .milliseconds(500))
    }
    return states
  }

  private func opened(_ state: QuorumGate.State?) -> NodeName? {
    if case .open(let leader, _) = state { leader } else { nil }
  }

  private func seen(_ round: QuorumRound, _ ensemble: RealEnsemble) -> [String] {
    guard case .notYet(let reasons) = QuorumEvaluation(round, masters: ensemble.masters) else {
      return []
    }
    return reasons.map(\.description)
  }

  @Test func theGateFollowsARealEnsemble() async throws {
    let ensemble = try await RealEnsemble()
    var gate = QuorumGate(masters: ensemble.masters)
    let states = try await feed(&gate, ensemble, attempts: 120)
    let leader = try #require(opened(states.last), "\(states.suffix(1))")
    #expect(states.count >= 3)
    if case .open(_, let evidence)? = states.last {
      #expect(evidence.count == 3 && evidence[0].contains("asked by all 3 masters"), "\(evidence)")
      #expect(evidence.contains { $0.contains("ZooKeeper leader") })
    }

    // A master whose client port is blocked for the others: the ensemble itself goes on.
    let blocked = ensemble.masters[leader == ensemble.masters[2].name ? 1 : 2]
    let rule = "INPUT -i eth0 -p tcp --dport 2181 -j DROP"
    let block = try await ensemble.run("iptables -I \(rule)", on: blocked.name)
    #expect(block.succeeded, "\(block.standardError)")
    let clock = ContinuousClock()
    let start = clock.now
    let round = await ensemble.round()
    #expect(clock.now - start < .seconds(10))
    let reasons = seen(round, ensemble)
    #expect(reasons.first?.hasPrefix("\(blocked.name): ZooKeeper on \(blocked.address)") == true)
    #expect(reasons.first?.contains("no answer in time") == true, "\(reasons)")
    if case .success(let own)? = round.readings[blocked.name] {
      #expect(own.servers[blocked.address]?.mode == .follower)
    }
    #expect(opened(gate.feed(round)) == nil)
    _ = try await ensemble.run("iptables -D \(rule)", on: blocked.name)
    let again = try await feed(&gate, ensemble, attempts: 60)
    #expect(again.count >= 3 && opened(again.last) == leader, "\(again.suffix(1))")

    // The leader dies, and its node with its last process: the others elect a new one, and the gate
    // stays shut.
    let kill = """
      for each in /proc/[0-9]*; do
        [[ $(readlink $each/ns/net) == "$(readlink /proc/self/ns/net)" ]] || continue
        case $(tr '\\0' ' ' <$each/cmdline) in
          *'standin exhibitor'* | *QuorumPeerMain*) kill -9 ${each##*/} && echo killed ;;
        esac
      done
      """
    let killed = try await ensemble.run(kill, on: leader)
    #expect(killed.standardOutput.split(separator: "\n").count == 2, "\(killed)")
    var elected: NodeName?
    for _ in 0..<60 {
      let round = await ensemble.round()
      let reasons = seen(round, ensemble)
      #expect(opened(gate.feed(round)) == nil)
      #expect(reasons.first?.hasPrefix("\(leader): ") == true, "\(reasons)")
      let witness = try #require(ensemble.masters.first { $0.name != leader })
      if case .success(let reading)? = round.readings[witness.name] {
        elected = ensemble.masters.first { reading.servers[$0.address]?.mode == .leader }?.name
      }
      if elected != nil { break }
      try await Task.sleep(for: .milliseconds(500))
    }
    #expect(elected != nil && elected != leader)
  }
}
