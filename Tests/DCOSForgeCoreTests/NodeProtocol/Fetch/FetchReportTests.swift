@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

@Suite struct FetchReportTests {
  static let url = "http://10.1.1.8:8080"
  static let id = "7120a00c5bffb5795aedb6988b0351bc17bf3e51"

  static var files: [FetchReport.Record] {
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
    _ files: [FetchReport.Record] = files, burnt: String = "\(url)/bootstrap/\(id).bootstrap"
  ) throws -> FetchReport {
    let text = FetchReport.text(files, .init(text: burnt))
    return try FetchReport(
      CommandResult(status: .exited(0), standardOutput: text), url: Self.url,
      on: Samples.name("lxzk01"))
  }

  private func fault(_ index: Int, _ change: (inout FetchReport.Record) -> Void) throws
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
