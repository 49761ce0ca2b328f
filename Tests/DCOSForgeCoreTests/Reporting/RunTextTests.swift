@testable import ForgePlanning
@testable import ForgeEvents
@testable import ForgePlanning
@testable import ForgeSimulation
import ForgeSupport
import Testing

@testable import DCOSForgeCore

/// What an operator and a program read of a plan and of a run.
@Suite struct RunTextTests {
  @Test func thePlanOfTheSampleCluster() throws {
    let plan = try Simulation.run(on: SimulatedCluster(seed: 1)) { cluster in
      try await Up(Samples.wanted(), context: cluster.context()).plan()
    }.value
    let text = PlanText(Samples.spec, plan).lines.joined(separator: "\n") + "\n"
    try Goldens.expect(text, is: "run/plan.txt")
    try Goldens.expect(PlanRecord(Samples.spec, plan).prettyJSON() + "\n", is: "run/plan.json")
  }

  @Test func theEventsOfARun() throws {
    let events = try UpTests.up(on: SimulatedCluster(seed: 1), until: .quorum).events
    let lines = events.map { EventRecord($0).json + "\n" }
    try Goldens.expect(lines.joined(), is: "run/events.ndjson")
  }
}
