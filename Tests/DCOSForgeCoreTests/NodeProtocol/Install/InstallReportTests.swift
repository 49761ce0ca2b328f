@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

@Suite struct InstallReportTests {
  private let node = Samples.name("lxzk01")

  private func read(_ record: InstallReport.Record) throws -> InstallReport {
    try InstallReport(
      CommandResult(status: .exited(0), standardOutput: InstallReport.text(record)),
      for: PreflightReportTests.installation(), on: node)
  }

  @Test func goodEnds() throws {
    #expect(try !read(.init(state: "unchanged", roles: "master")).changed)
    #expect(try read(.init(state: "installed", status: 0, roles: "master")).changed)
    #expect(try read(.init(state: "joined", status: 0, roles: "master")).changed)
  }

  @Test func aGoodWordAfterAnotherInstallerIsAnError() throws {
    let installer = InstallerRecord(url: "http://10.1.1.8:8080/dcos_install.sh", sum: "")
    let text = InstallReport.text(
      .init(state: "installed", status: 0, roles: "master"), installer: installer)
    let error = try #require(throws: ForgeError.self) {
      try InstallReport(
        CommandResult(status: .exited(0), standardOutput: text),
        for: PreflightReportTests.installation(), on: node)
    }
    #expect(error.summary.contains("is not the bootstrap node's"))
  }

  /// A good word counts only together with a finished set-up for the role.
  @Test(arguments: ["unchanged", "installed", "joined"])
  func aGoodWordAloneIsNotEnough(_ state: String) {
    #expect(throws: ForgeError.self) {
      try read(.init(state: state, status: 0, dcos: "installing", roles: "master"))
    }
    #expect(throws: ForgeError.self) {
      try read(.init(state: state, status: 0, roles: "slave"))
    }
  }

  @Test func aFailureShowsLogAndJournal() throws {
    let error = try #require(throws: ForgeError.self) {
      try read(
        .init(
          state: "failed", status: 1, dcos: "installing", roles: "master",
          log: "A dependency job for dcos-setup.service failed.\n",
          journal: "curl: (22) The requested URL returned error: 404 Not Found\n"))
    }
    #expect(error.observed.contains("dependency job") && error.observed.contains("404"))
    #expect(error.advice.contains("dcosforge-serve"))
    #expect(error.disposition == .retry)
  }

  @Test func whatOnlyAWipeHelpsIsFinal() throws {
    for record in [
      InstallReport.Record(state: "other-role", roles: "slave"),
      .init(state: "broken", dcos: "broken", roles: "", detail: "left over: /opt/mesosphere"),
    ] {
      let error = try #require(throws: ForgeError.self) { try read(record) }
      #expect(error.disposition == .final && error.advice.contains("dcosforge wipe lxzk01"))
    }
    let torn = try #require(throws: ForgeError.self) {
      try read(.init(state: "torn", dcos: "installing", roles: "master"))
    }
    #expect(torn.disposition == .retry)
  }
}
