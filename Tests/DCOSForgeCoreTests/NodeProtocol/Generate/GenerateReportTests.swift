@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

@Suite struct GenerateReportTests {
  private static let head =
    "\u{1b}[1;34m====> EXECUTING CONFIGURATION GENERATION\u{1b}[0m\r\n"
    + "\u{1b}[32mGenerating configuration files...\u{1b}[0m\n"

  private func read(
    _ state: String, status: Int? = nil, installer: Bool = false, log: String = ""
  ) throws -> GenerateReport {
    let record = GenerateReport.Record(
      state: state, status: status, installer: installer, log: log)
    return try GenerateReport(
      CommandResult(
        status: .exited(0),
        standardOutput: NodeReport.line("generation", record) + NodeReport.end),
      on: Samples.name("lxcm02"))
  }

  private func findings(
    _ log: String, status: Int = 1, installer: Bool = false
  ) throws -> [GenerationFinding] {
    try read("failed", status: status, installer: installer, log: log).findings
  }

  @Test func goodEnds() throws {
    #expect(try read("current", installer: true) == GenerateReport(changed: false))
    #expect(try read("generated", status: 0, installer: true) == GenerateReport(changed: true))
    #expect(try read("joined", status: 0, installer: true) == GenerateReport(changed: true))
    #expect(try read("generated", status: 0).failure(on: Samples.name("lxcm02")) == nil)
  }

  @Test func refusedParametersInColour() throws {
    let found = try findings(
      Self.head
        + "\u{1b}[1;31mmaster_list: Must be a list of IPv4 addresses: 10.1.1.500\u{1b}[0m\n"
        + "\u{1b}[31mresolvers: Must set resolvers, no way to calculate value.\u{1b}[0m\n"
        + "master_quorum: must be calculated, but was explicitly set in the configuration\n")
    #expect(found.map(\.parameter) == ["master_list", "resolvers", "master_quorum"])
    #expect(found[0].message == "Must be a list of IPv4 addresses: 10.1.1.500")
    #expect(found[1].advice.contains("add resolvers"))
    #expect(found[2].advice.contains("remove master_quorum"))
  }

  @Test func aParameterIsNamedWithoutAPrefixToo() throws {
    let found = try findings(Self.head + "Must set bootstrap_url, no way to calculate value.\n")
    #expect(found.map(\.parameter) == ["bootstrap_url"])
  }

  @Test func dockersOwnWordsAreNoParameters() throws {
    let log =
      "docker: Error response from daemon: driver failed programming external connectivity: "
      + "Bind for 0.0.0.0:9000 failed: port is already allocated.\n"
      + "tar: short read\nExtracting image from this script, this can take: minutes\n"
    let found = try findings(log, status: 125)
    #expect(found.count == 1)
    #expect(found[0].parameter == "" && found[0].advice.contains("port 9000"))
  }

  @Test(arguments: [
    (
      "docker: Error response from daemon: Conflict. "
        + "The container name \"/dcos-genconf.1\" is already in use by container \"a\".",
      "docker rm -f"
    ),
    ("docker should be installed and running. Aborting.", "systemctl start docker"),
    (
      "No config file found at genconf/config.yaml. See the DC/OS documentation",
      "genconf/config.yaml"
    ),
    ("Unable to load configuration file. Invalid YAML in genconf/config.yaml", "YAML"),
    ("write /x/layer.tar: no space left on device", "three times"),
  ])
  func knownTexts(_ line: String, _ advice: String) throws {
    let found = try findings(line + "\n")
    #expect(found.count == 1)
    #expect(found[0].advice.contains(advice), "\(found)")
  }

  @Test func crashesOfTheGenerator() throws {
    func crash(_ last: String) throws -> GenerationFinding {
      let log =
        Self.head + "Traceback (most recent call last):\n  File \"/x.py\", line 3, in <module>\n"
        + "    config: value\n\(last)\n"
      return try #require(try findings(log).first)
    }
    #expect(try crash("NotImplementedError").advice.contains("mapping"))
    let typed = try crash("Exception: Invalid type for value of check_time: <class 'NoneType'>")
    #expect(typed.parameter == "check_time")
    #expect(
      try crash("UnicodeDecodeError: 'ascii' codec can't decode byte 0xc3").advice
        .contains("ASCII"))
    #expect(try crash("KeyError: 'x'").message == "the generator crashed: KeyError: 'x'")
  }

  @Test func aFailureIsNeverEmpty() throws {
    let silent = try findings("", status: 1)
    #expect(silent.count == 1 && silent[0].message.contains("status 1"))
    // Good status, missing files: the false green that text alone would give.
    let hollow = try findings("Package filename: x\n", status: 0)
    #expect(hollow[0].message.contains("dcos_install.sh"))
    let half = try findings("", status: 0, installer: true)
    #expect(half[0].message.contains("bootstrap.latest"))
    let error = try #require(try read("failed", status: 1).failure(on: Samples.name("lxcm02")))
    #expect(error.category == .step && error.subject == "lxcm02")
  }

  @Test func tornAndCorruptAreErrorsToRetry() throws {
    for state in ["torn", "corrupt"] {
      let error = try #require(throws: ForgeError.self) { try read(state) }
      #expect(error.disposition == .retry)
    }
    #expect(throws: ForgeError.self) {
      try GenerateReport(
        CommandResult(status: .exited(0), standardOutput: NodeReport.end),
        on: Samples.name("lxcm02"))
    }
  }
}
