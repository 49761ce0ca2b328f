@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// `validate`, `render` and `explain` on DC/OS's own configuration.
@Suite struct ValidateCommandTests {
  private static let good = """
    bootstrap_url: http://10.1.1.8:8080
    cluster_name: demo
    master_discovery: static
    exhibitor_storage_backend: static
    master_list: [10.1.1.49, 10.1.1.50, 10.1.1.51]
    resolvers: [10.1.1.1]
    oauth_enabled: 'false'
    telemetry_enabled: 'false'

    """
  private static let detect = "#!/bin/sh\necho 10.1.1.49\n"

  /// Two masters, which DC/OS refuses, and a misspelt key, which it skips.
  private static let bad = good.replacing(", 10.1.1.51", with: "") + "clustr_name: x\n"

  private func inFolder(_ config: String, _ body: (Executable) async throws -> Void) async throws {
    try await Executable.inFolder { tool in
      try FileManager.default.createDirectory(
        at: tool.folder.appending(path: "g"), withIntermediateDirectories: true)
      try tool.write(config, to: "g/config.yaml")
      try tool.write(Self.detect, to: "g/ip-detect")
      try await body(tool)
    }
  }

  private struct Report: Decodable {
    struct Finding: Decodable {
      var id, severity, parameter, file, message, fix, source: String
      var line, column: Int
    }
    var schema: Int
    var verdict: String?
    var findings: [Finding]
  }

  private func report(_ result: CommandResult) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(result.standardOutput.utf8))
  }

  @Test func aFolderIsEvaluatedByItself() async throws {
    try await inFolder(Self.bad) { tool in
      let result = try await tool.run("validate", "--genconf", "g", "-o", "json")
      #expect(result.status == .exited(3))
      let report = try report(result)
      #expect(report.schema == 1)
      #expect(report.verdict == "rejected")
      let count = try #require(report.findings.first { $0.parameter == "master_list" })
      #expect(count.source == "dcos" && count.severity == "error")
      let unknown = try #require(report.findings.first { $0.parameter == "clustr_name" })
      #expect(unknown.source == "dcosforge" && unknown.severity == "warning")
      #expect(unknown.file == "g/config.yaml" && unknown.line == 9)
      #expect(unknown.fix.contains("cluster_name"))
    }
  }

  @Test func warningsFailOnlyWhenStrictAndCanBeSilenced() async throws {
    try await inFolder(Self.good + "clustr_name: x\n") { tool in
      let words = ["validate", "--genconf", "g"]
      let usual = try await tool.run(words)
      #expect(usual.succeeded)
      #expect(usual.standardError.contains("[unknown-parameter]"))
      #expect(usual.standardOutput.contains("DC/OS 1.11.2 accepts its configuration"))
      #expect(try await tool.run(words + ["--strict"]).status == .exited(3))
      let silenced = try await tool.run(words + ["--strict", "--silence", "unknown-parameter"])
      #expect(silenced.succeeded)
    }
  }

  @Test func theReleaseDecides() async throws {
    try await inFolder(Self.good + "enable_ipv6: 'false'\n") { tool in
      let words = ["validate", "--genconf", "g", "-o", "json", "--dcos-version"]
      for (release, verdict) in [("1.11.13", "accepted"), ("1.13.9", "rejected")] {
        let result = try await tool.run(words + [release])
        #expect(try report(result).verdict == verdict)
      }
      #expect(try await tool.run(words + ["1.10.0"]).status == .exited(3))
    }
  }

  @Test func programsOfCodeHostsAreServed() async throws {
    try await inFolder(Self.bad) { tool in
      let github = try await tool.run("validate", "--genconf", "g", "--format", "github")
      #expect(
        github.standardOutput.contains(
          "::warning file=g/config.yaml,line=9,col=14,title=unknown-parameter::clustr_name: "))
      let sarif = try await tool.run("validate", "--genconf", "g", "--format", "sarif")
      let log = try JSONSerialization.jsonObject(with: Data(sarif.standardOutput.utf8))
      let runs = try #require((log as? [String: Any])?["runs"] as? [[String: Any]])
      let results = try #require(runs.first?["results"] as? [[String: Any]])
      #expect(results.contains { $0["ruleId"] as? String == "unknown-parameter" })
    }
  }

  /// With a cluster file, what follows from the nodes is filled in before DC/OS is asked.
  @Test func theNodesFillInWhatTheFileLeavesOut() async throws {
    let short = "resolvers: [10.1.1.1]\noauth_enabled: 'false'\ntelemetry_enabled: 'false'\n"
    try await inFolder(short) { tool in
      try tool.write("version: 1\ncluster: north\ndcos: {genconf: g}\n", to: "dcosforge.yaml")
      #expect(try await tool.run("validate", "--genconf", "g").status == .exited(3))
      let whole = try await tool.run("validate")
      #expect(whole.succeeded, "\(whole.standardError)")
      let rendered = try await tool.run("render", "config")
      #expect(
        rendered.standardOutput.contains(
          "# from the cluster file: cluster\ncluster_name: 'north'\n"))
      #expect(rendered.standardOutput.contains("line 1\nresolvers:\n- 10.1.1.1\n"))
    }
  }

  @Test func anotherMasterThanThePlannedOnesIsAnError() async throws {
    try await inFolder(Self.good.replacing("10.1.1.51", with: "10.1.1.52")) { tool in
      try tool.write("version: 1\ndcos: {genconf: g}\n", to: "dcosforge.yaml")
      let result = try await tool.run("validate", "-o", "json")
      #expect(result.status == .exited(3))
      let report = try report(result)
      #expect(report.verdict == "accepted")
      #expect(report.findings.contains { $0.parameter == "master_list" && $0.severity == "error" })
    }
  }

  /// `plan` says the same before it asks anybody.
  @Test func planRefusesWhatDCOSWouldRefuse() async throws {
    try await inFolder(Self.bad) { tool in
      try tool.writeArtifacts()
      let file = """
        version: 1
        hypervisor: {uri: "test:///nowhere/at/all"}
        image: {source: image}
        dcos: {genconf: g, installer: {source: installer}}
        """
      try tool.write(file, to: "dcosforge.yaml")
      let result = try await tool.run("plan", "--state-dir", "state")
      #expect(result.status == .exited(3))
      #expect(result.standardError.contains("DC/OS 1.11.2 refuses master_list"))
    }
  }

  /// All at once, before the hypervisor is asked: the answer would be exit 4.
  @Test func planNamesEveryWrongContent() async throws {
    try await inFolder(Self.good) { tool in
      try tool.write("<html>", to: "image")
      try tool.write("", to: "installer")
      try tool.write(
        """
        version: 1
        hypervisor: {uri: "test:///nowhere/at/all"}
        image: {source: image}
        dcos: {genconf: g, installer: {source: installer}}
        """, to: "dcosforge.yaml")
      let result = try await tool.run("plan", "--state-dir", "state")
      #expect(result.status == .exited(3))
      #expect(result.standardError.contains("the node image is a web page"))
      #expect(result.standardError.contains("the DC/OS installer is empty"))
    }
  }

  @Test func explainKnowsParametersAndNearMisses() async throws {
    try await Executable.inFolder { tool in
      let known = try await tool.run("explain", "master_list")
      #expect(known.succeeded)
      #expect(known.standardOutput.hasPrefix("master_list: "))
      let near = try await tool.run("explain", "master_lst")
      #expect(near.status == .exited(3))
      #expect(near.standardError.contains("did you mean master_list?"))
    }
  }
}
