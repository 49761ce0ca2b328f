@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

/// Facts of nodes, printed and read back.
@Suite struct FactsReportTests {
  private let node = Samples.name("lxzk01")

  @Test(arguments: [
    DCOSState.absent, .installing, .installed(.master), .installed(.agent),
    .installed(.publicAgent),
    .broken("left over: /opt/mesosphere"),
  ])
  func factsSurviveBeingPrintedAndRead(_ state: DCOSState) throws {
    let facts = FactsReport(
      hostname: "lxzk01", prerequisites: [PrerequisiteRecord(item: "docker", state: .missing)],
      clock: ClockRecord(isSynchronised: true, errorMilliseconds: 1.25, source: "chronyd"),
      isTimeSet: true, dcos: state, generated: "abc", served: Samples.sum)
    let result = CommandResult(status: .exited(0), standardOutput: FactsReport.text(facts))
    #expect(try FactsReport(result, on: node) == facts)
  }

  @Test func factsThatLackSomethingAreAnError() throws {
    let clock = ClockRecord(isSynchronised: false, errorMilliseconds: nil, source: "nothing")
    let result = CommandResult(status: .exited(0), standardOutput: ClockRecord.text(clock))
    #expect(throws: ForgeError.self) { try FactsReport(result, on: node) }
    #expect(try ClockRecord(result, on: node) == clock)
  }

  @Test func anInstallationWithoutExactlyOneRoleIsBroken() throws {
    for roles in ["", "master slave", "minuteman"] {
      let state = try InstallationRecord(state: "installed", roles: roles).state(on: "lxzk01")
      guard case .broken = state else {
        Issue.record("\(roles) was taken for a role")
        continue
      }
    }
  }
}
