@testable import ForgeModel
@testable import ForgeSimulation
import Testing

@testable import DCOSForgeCore

/// Simulation runs that once broke an invariant, by what was wrong then.
@Suite struct RehearsalSeedTests {
  /// The `up` that goes on with a `wipe --all` takes every master, which was held against it when
  /// the wipe had been cancelled between its decision and its first change.
  @Test func aWipeOfAllIsGoneOnWith() {
    let all = Samples.spec.nodes.map(\.name)
    let simulationRun = RehearsalTests.rehearsal.simulate(
      Scenario(
        seed: 1019, .wipe(all, rejoins: false), of: .healthy, interruption: .cancelAtRecord(4)))
    #expect(simulationRun.violation == nil)
    #expect(simulationRun.commandRuns.first?.changes == 0)
    #expect(simulationRun.commandRuns[1].isWell)
  }

  /// The bootstrap node loses its power in the second between a master's look at what is served and
  /// the start of its installation: the simulated installation went on without a configuration.
  @Test func theBootstrapNodeGoesAsInstallationsBegin() {
    let bootstrap = Samples.name("lxcm02")
    for tenth in stride(from: 1, to: 90, by: 3) {
      let time = Duration.seconds(248) + .milliseconds(100 * tenth)
      let simulationRun = RehearsalTests.rehearsal.simulate(
        Scenario(seed: 7131, faults: [.powersOff(bootstrap, at: time)]))
      #expect(simulationRun.violation == nil, "at \(time)")
    }
  }

  /// A wipe of all agents was drawn where there are none.
  @Test func aClusterWithoutAgents() {
    let rehearsal = Rehearsal(Samples.cluster(masters: 3, agents: 0, publicAgents: 0))
    for seed: UInt64 in 1...60 { #expect(rehearsal.simulate(seed: seed).violation == nil) }
  }

  /// Two of three masters broke in the first `up`: the quorum guard protected what had never been
  /// an ensemble, from every later `up`.
  @Test func anEnsembleThatNeverWas() {
    let wide = Rehearsal(Samples.cluster(masters: 3, agents: 3, publicAgents: 2))
    #expect(wide.simulate(seed: 619).violation == nil)
    var spec = Samples.spec
    (spec.parallel.steps, spec.parallel.machines) = (1, 1)
    (spec.parallel.transfers, spec.parallel.installs) = (1, 1)
    #expect(Rehearsal(spec).simulate(seed: 181).violation == nil)
  }

  /// A wipe that was killed after its last change, but before it had counted the generation up, was
  /// taken for done: the next `up` made a disk again that had booted, under the old host key.
  @Test(arguments: ["lxb002", "lxzk01"])
  func aWipeKilledAtEveryChange(node: String) {
    var kills = 0
    for change in 1...9 {
      let scenario = Scenario(
        seed: 4, .wipe([Samples.name(node)], rejoins: false), of: .healthy,
        interruption: .killAtChange(change))
      let simulationRun = RehearsalTests.rehearsal.simulate(scenario)
      #expect(simulationRun.violation == nil, "killed at change \(change)")
      kills += simulationRun.commandRuns.count {
        if case .killed = $0.ending { true } else { false }
      }
    }
    #expect(kills > 5)
  }
}
