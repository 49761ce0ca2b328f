@testable import ForgeNodeProtocol
@testable import ForgeModel
@testable import ForgeHealth
import Testing

@testable import DCOSForgeCore

@Suite struct QuorumGuardTests {
  private typealias Standing = QuorumGuard.Standing

  private func spec(masters: Int) -> ClusterSpec {
    var spec = Samples.spec
    spec.nodes.removeAll { $0.role == .master }
    for index in 1...masters {
      spec.nodes.append(
        NodeSpec(
          name: Samples.name("m\(index)"), role: .master,
          address: Samples.address("10.1.1.\(60 + index)")))
    }
    return spec
  }

  /// Whether these masters may go; `standings` in order, the first leads unless it says otherwise.
  private func refusal(
    _ going: [Int], of standings: [Standing], also others: [String] = []
  ) -> ForgeError? {
    let spec = spec(masters: standings.count)
    let masters = spec.nodes(.master)
    var all: [NodeName: Standing] = [:]
    for (master, standing) in zip(masters, standings) { all[master.name] = standing }
    let names = going.map { masters[$0].name } + others.map(Samples.name)
    return QuorumGuard(masters, all).refusal(wiping: names, of: spec)
  }

  private let dead = QuorumGuard.Standing.unproved("no answer")

  @Test func oneOfThreeGoesWhileTheOthersServe() {
    #expect(refusal([1], of: [.leads, .follows, .follows]) == nil)
    #expect(refusal([0], of: [.leads, .follows, .follows]) == nil)
    #expect(refusal([2], of: [.leads, .follows, dead]) == nil)
    #expect(refusal([1], of: [.leads, .follows, dead]) != nil)
  }

  @Test func theMajorityIsThatOfTheEnsemble() {
    let five: [Standing] = [.leads, .follows, .follows, .follows, .follows]
    #expect(refusal([4], of: five) == nil)
    #expect(refusal([4], of: [.leads, .follows, .follows, .follows, dead]) == nil)
    #expect(refusal([4], of: [.leads, .follows, dead, dead, .follows]) != nil)
  }

  /// Also where a majority would be left; one that does not serve takes nothing away.
  @Test(arguments: [Standing.neverInstalled, .unproved("no answer")])
  private func noSecondMasterBeforeTheFirstIsBack(_ first: Standing) {
    let five: [Standing] = [first, .leads, .follows, .follows, .follows]
    #expect(refusal([4], of: five)?.summary.contains("before the last one is back") == true)
    #expect(refusal([4], of: five)?.observed.contains("m1") == true)
    #expect(refusal([1], of: five) != nil)
    #expect(refusal([0], of: five) == nil)
    #expect(refusal([0, 4], of: five) != nil)
    #expect(refusal([4], of: [first, .leads, .follows, .follows, dead]) == nil)
  }

  @Test func anOnlyMasterGoesWithEverythingOnly() {
    let refused = refusal([0], of: [.leads])
    #expect(refused?.observed.contains("m1 is the only master") == true)
    #expect(refused?.advice.contains("wipe --all") == true)
    let everything = Samples.spec.nodes.filter { $0.role != .master }.map(\.name.description)
    #expect(refusal([0], of: [.leads], also: everything) == nil)
  }

  @Test func theSafeOrderBeginsWithWhatDoesNotServe() throws {
    let error = try #require(refusal([0, 1, 2], of: [.leads, .follows, dead, .follows, .follows]))
    #expect(
      error.advice.contains(
        "wipe m3 --rejoin && dcosforge wipe m2 --rejoin && dcosforge wipe m1 --rejoin"))
  }

  @Test func whatNeverServedMayGoAtAnyTime() {
    #expect(refusal([0, 1], of: [.neverInstalled, .neverInstalled, .leads]) == nil)
    #expect(refusal([0], of: [.neverInstalled, dead, dead]) == nil)
    #expect(refusal([0, 2], of: [.neverInstalled, dead, dead]) != nil)
    #expect(refusal([1], of: [dead, dead, dead]) != nil)
  }

  @Test func whereNoGateEverOpenedMastersMayGo() {
    let masters = Samples.spec.nodes(.master)
    let standings = Dictionary(uniqueKeysWithValues: masters.map { ($0.name, dead) })
    for count in 1...3 {
      let going = masters.prefix(count).map(\.name)
      let never = QuorumGuard(masters, standings, isEnsemble: false)
      #expect(never.refusal(wiping: going, of: Samples.spec) == nil)
      #expect(QuorumGuard(masters, standings).refusal(wiping: going, of: Samples.spec) != nil)
    }
  }

  /// What one master sees serve is an ensemble, whatever its marks say.
  @Test func aServingMasterIsAnEnsemble() {
    let masters = Samples.spec.nodes(.master)
    func round(_ answer: ZooKeeperAnswer) -> QuorumRound {
      QuorumRound([
        masters[0].name: .success(
          QuorumReport(
            observer: masters[0].address,
            servers: [masters[0].address: .notServing, masters[1].address: answer],
            exhibitor: .failed("not asked"))),
        masters[1].name: .failure(ForgeError(.unreachable, "is silent")),
      ])
    }
    #expect(QuorumGuard.isServing(round(.serving(.follower, zxid: ""))))
    #expect(!QuorumGuard.isServing(round(.unreachable("blocked"))))
    #expect(!QuorumGuard.isServing(QuorumRound([:])))
  }

  @Test func aSickMasterDoesNotVetoItsOwnLeave() {
    let masters = Samples.spec.nodes(.master)
    func reading(_ index: Int, _ modes: [ZooKeeperAnswer]) -> QuorumReport {
      QuorumReport(
        observer: masters[index].address,
        servers: Dictionary(uniqueKeysWithValues: zip(masters.map(\.address), modes)),
        exhibitor: .failed("not asked"))
    }
    let well: [ZooKeeperAnswer] = [
      .serving(.leader, zxid: ""), .serving(.follower, zxid: ""), .unreachable("blocked"),
    ]
    let blind = [ZooKeeperAnswer](repeating: .unreachable("blocked"), count: 3)
    let round = QuorumRound([
      masters[0].name: .success(reading(0, well)), masters[1].name: .success(reading(1, well)),
      masters[2].name: .success(reading(2, blind)),
    ])
    func standings(_ going: Int) -> [Standing?] {
      let found = QuorumGuard.standings(masters, wiping: [masters[going].name], round)
      return masters.map { found[$0.name] }
    }
    #expect(standings(2) == [.leads, .follows, .unproved("does not serve")])
    #expect(standings(1)[0] == .unproved("does not serve"))
    // Two that both lead prove nothing.
    let split = QuorumRound([
      masters[0].name: .success(
        reading(0, [.serving(.leader, zxid: ""), .serving(.leader, zxid: ""), .notServing]))
    ])
    let found = QuorumGuard.standings(masters, wiping: [masters[2].name], split)
    #expect(found[masters[0].name] == .unproved("no single leader"))
  }
}
