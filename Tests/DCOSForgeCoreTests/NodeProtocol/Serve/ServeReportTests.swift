@testable import ForgeModel
@testable import ForgeNodeProtocol
import Testing

@testable import DCOSForgeCore

@Suite struct ServeReportTests {
  private let node = Samples.name("lxcm02")

  private func read(
    _ state: String, _ detail: String = "", archive: String? = nil,
    sum: String = Samples.sum.description
  ) throws -> ServeReport {
    let serving = Serving(
      folder: "/root/dcos", image: "nginx:1.25", archive: archive,
      address: Samples.address("10.1.1.8"), port: 8080)
    let text = ServeReport.text(.init(state: state, detail: detail, sum: sum))
    return try ServeReport(
      CommandResult(status: .exited(0), standardOutput: text), serving, on: node)
  }

  @Test func goodEnds() throws {
    #expect(try !read("unchanged").changed)
    #expect(try read("started", "there is no container").reason == "there is no container")
    #expect(try read("unchanged").installer == Samples.sum)
  }

  /// Without it no node would know what it may run.
  @Test(arguments: ["", "abc"]) func theSumMustBeOne(_ sum: String) throws {
    let error = try #require(throws: ForgeError.self) { try read("unchanged", sum: sum) }
    #expect(error.category == .step && error.disposition == .retry)
  }

  @Test(arguments: [
    ("nothing", "", "generates DC/OS again"),
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
