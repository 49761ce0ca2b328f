@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

@Suite struct ServingReportTests {
  private let node = Samples.name("lxcm02")

  private func read(
    _ state: String, _ detail: String = "", archive: String? = nil
  ) throws -> ServingReport {
    let serving = Serving(folder: "/root/dcos", image: "nginx:1.25", archive: archive, port: 8080)
    let line = NodeReport.line("serving", ServingReport.Record(state: state, detail: detail))
    return try ServingReport(
      CommandResult(status: .exited(0), standardOutput: line + NodeReport.end), serving, on: node)
  }

  @Test func goodEnds() throws {
    #expect(try !read("unchanged").changed)
    #expect(try read("started", "there is no container").reason == "there is no container")
  }

  @Test(arguments: [
    ("nothing", "", "generates DC/OS anew"),
    ("no-image", "dial tcp: no such host", "docker save"),
    (
      "no-container", "Bind for 0.0.0.0:8080 failed: port is already allocated", "another dcos.port"
    ),
    ("no-container", "no space left", "journalctl -u docker"),
    ("no-answer", "HTTP 403 ", "chmod"), ("no-answer", "HTTP 000 refused", "docker logs"),
    ("of no known kind", "", "docker logs"),
  ])
  func faults(_ state: String, _ detail: String, _ advice: String) throws {
    let error = try #require(throws: ForgeError.self) { try read(state, detail) }
    #expect(error.advice.contains(advice), "\(error)")
    #expect(error.category == .step && error.subject == "lxcm02")
  }
}

@Suite struct ServedReportTests {
  static let url = "http://10.1.1.8:8080"
  static let id = "7120a00c5bffb5795aedb6988b0351bc17bf3e51"

  static var files: [ServedReport.Record] {
    let archive = "/bootstrap/\(id).bootstrap.tar.xz"
    return [
      .init(name: "script", path: "/dcos_install.sh", bytes: 21_000),
      .init(name: "latest", path: "/bootstrap.latest", bytes: 41, text: "\(id)\n"),
      .init(
        name: "archive", path: archive, bytes: 180,
        text: "HTTP/1.1 200 OK\r\nContent-length: 65284\r\n\r\n"),
      .init(name: "sample", path: archive, bytes: 1 << 20, http: 206, seconds: 0.5),
    ]
  }

  private func read(
    _ files: [ServedReport.Record] = files, burnt: String = "\(url)/bootstrap/\(id).bootstrap"
  ) throws -> ServedReport {
    var lines = files.map { NodeReport.line("served", $0) }.joined()
    lines += NodeReport.line("burnt", ServedReport.Burnt(text: burnt)) + NodeReport.end
    return try ServedReport(
      CommandResult(status: .exited(0), standardOutput: lines), url: Self.url,
      on: Samples.name("lxzk01"))
  }

  private func fault(_ index: Int, _ change: (inout ServedReport.Record) -> Void) throws
    -> ForgeError
  {
    var files = Self.files
    change(&files[index])
    return try #require(throws: ForgeError.self) { try read(files) }
  }

  @Test func allThreeCame() throws {
    let report = try read()
    #expect(report.installerBytes == 21_000 && report.archiveBytes == 65284)
    #expect(report.bootstrapID == Self.id)
    #expect(report.summary.contains("2097 kB/s"))
  }

  @Test func aFileThatDoesNotComeIsNamed() throws {
    let wrongFolder = try fault(0) { ($0.status, $0.http) = (22, 404) }
    #expect(wrongFolder.advice.contains("root of genconf/serve"))
    #expect(wrongFolder.summary.contains("/dcos_install.sh"))
    let incomplete = try fault(2) { ($0.status, $0.http) = (22, 404) }
    #expect(incomplete.advice.contains("generate DC/OS again"))
    let forbidden = try fault(1) { ($0.status, $0.http) = (22, 403) }
    #expect(forbidden.advice.contains("chmod") && forbidden.disposition == .afterFix)
    let silent = try fault(0) { ($0.status, $0.http) = (28, 0) }
    #expect(silent.disposition == .retry && silent.observed == "no answer in time")
    var files = Self.files
    files.removeLast()
    #expect(throws: ForgeError.self) { try read(files) }
  }

  @Test func anInstallerForAnotherURLIsRefused() throws {
    let error = try #require(throws: ForgeError.self) {
      try read(burnt: "http://10.1.1.9:8080/bootstrap/x")
    }
    #expect(error.advice.contains(Self.url))
  }

  @Test func aSlowServerIsRefusedBeforeDCOSGivesUp() throws {
    let slow = try fault(3) { ($0.bytes, $0.seconds) = (1 << 20, 12) }
    #expect(slow.observed == "87 kB/s")
    var files = Self.files
    (files[3].bytes, files[3].seconds) = (20_000, 1)
    #expect(try read(files).bootstrapID == Self.id)
  }
}

@Suite struct InstallationReportTests {
  private let node = Samples.name("lxzk01")

  private func read(_ record: InstallationReport.Record) throws -> InstallationReport {
    try InstallationReport(
      CommandResult(
        status: .exited(0),
        standardOutput: NodeReport.line("installation", record) + NodeReport.end),
      for: PreflightReportTests.installation(), on: node)
  }

  @Test func goodEnds() throws {
    #expect(try !read(.init(state: "unchanged", roles: "master")).changed)
    #expect(try read(.init(state: "installed", status: 0, roles: "master")).changed)
    #expect(try read(.init(state: "joined", status: 0, roles: "master")).changed)
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
      InstallationReport.Record(state: "other-role", roles: "slave"),
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
