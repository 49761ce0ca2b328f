@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

@Suite struct AgentsReportTests {
  private let leader = Samples.address("10.1.1.50")
  private let follower = Samples.address("10.1.1.49")
  private let agent = Samples.address("10.1.1.13")

  static let slaves =
    #"{"slaves":[{"id":"d2-S0","hostname":"10.1.1.13","port":5051,"pid":"slave(1)@10.1.1.13:5051","#
    + #""active":true,"attributes":{},"#
    + #""resources":{"cpus":2.0,"mem":6144.0,"gpus":0,"ports":"[1-2]"}},"#
    + #"{"id":"d2-S1","hostname":"10.1.1.14","active":false,"resources":{"cpus":1.0,"mem":1.0}},"#
    + #"{"id":"d2-S2","hostname":"10.1.1.15","active":true,"resources":{"cpus":0.0,"mem":0.0}}]}"#

  private func read(
    at address: IPv4Address, elected: Int?, slaves: HTTPReading
  ) throws -> AgentsReport {
    let text = elected.map { "{\"master/elected\":\($0).0}" } ?? "busy"
    let metrics = HTTPReading(url: "http://\(address):5050/metrics/snapshot", text: text)
    let lines =
      NodeReport.line("metrics", metrics) + NodeReport.line("slaves", slaves) + NodeReport.end
    return try AgentsReport(
      CommandResult(status: .exited(0), standardOutput: lines), at: address,
      on: Samples.name("lxzk01"))
  }

  private func answer(from address: IPv4Address, _ text: String = slaves) -> HTTPReading {
    HTTPReading(url: "http://\(address):5050/master/slaves", text: text)
  }

  @Test func theLeadersOwnList() throws {
    let listing = try read(at: leader, elected: 1, slaves: answer(from: leader))
    #expect(listing.agents?.count == 3)
    guard case .joined(let evidence) = listing.standing(of: agent) else {
      Issue.record("not joined")
      return
    }
    #expect(
      evidence == "the leader 10.1.1.50 lists 10.1.1.13 as d2-S0, active, 2 CPUs, 6144 MiB")
  }

  @Test func aFollowerSendsUsOn() throws {
    let listing = try read(at: follower, elected: 0, slaves: answer(from: leader))
    #expect(listing.source == "10.1.1.50")
    guard case .joined = listing.standing(of: agent) else {
      Issue.record("not joined")
      return
    }
  }

  @Test func whatIsListedMustBeAliveAndOfferSomething() throws {
    let listing = try read(at: leader, elected: 1, slaves: answer(from: leader))
    for (address, word) in [
      ("10.1.1.14", "inactive"), ("10.1.1.15", "without resources"), ("10.1.1.1", "not 10.1.1.1"),
    ] {
      guard case .notYet(let seen) = listing.standing(of: Samples.address(address)) else {
        Issue.record("\(address) joined")
        continue
      }
      #expect(seen.contains(word), "\(seen)")
    }
  }

  /// A wiped node comes back with a new id while the old one is still listed.
  @Test func theActiveEntryOfANodeCounts() throws {
    let twice =
      #"{"slaves":[{"id":"a-S0","hostname":"10.1.1.13","active":false},"#
      + #"{"id":"b-S1","hostname":"10.1.1.13","active":true,"resources":{"cpus":2,"mem":64}}]}"#
    let listing = try read(at: leader, elected: 1, slaves: answer(from: leader, twice))
    guard case .joined(let evidence) = listing.standing(of: agent) else {
      Issue.record("not joined")
      return
    }
    #expect(evidence.contains("b-S1"))
  }

  @Test func nothingIsListedWithoutALeader() throws {
    let unled = try read(
      at: follower, elected: 0,
      slaves: HTTPReading(http: 503, url: "http://10.1.1.49:5050/master/slaves"))
    #expect(unled.agents == nil && unled.source.contains("no leader"))
    // A master that answers by itself without being elected is not believed.
    for elected in [0, nil] {
      let stale = try read(at: follower, elected: elected, slaves: answer(from: follower))
      #expect(stale.agents == nil)
      guard case .notYet = stale.standing(of: agent) else {
        Issue.record("believed a master that does not lead")
        return
      }
    }
    let garbage = try read(at: leader, elected: 1, slaves: answer(from: leader, "{}"))
    #expect(garbage.agents == nil)
    let dead = try read(
      at: leader, elected: 1, slaves: HTTPReading(status: 7, http: 0, url: "http://10.1.1.50:5050"))
    #expect(dead.source.contains("connection refused"))
  }
}
