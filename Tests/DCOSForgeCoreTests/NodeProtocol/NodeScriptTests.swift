@testable import ForgeModel
@testable import ForgeNodeProtocol
import Foundation
import Testing

@testable import DCOSForgeCore

/// The common base of the scripts, run by a real bash.
@Suite struct NodeScriptTests {
  private struct Value: Codable, Hashable { var value: String }

  static let hostile = [
    "", "plain", "it's", "'; rm -rf /; '", "$(id) `id` ${x} \\ \" !", "line\nline\r\n\ttab",
    "-n", "*?[a]{b,c}~", "\u{1}\u{1f}\u{7f}", "é ü 日本 😀 \u{fffd}", "a\\'b", "\\", "]^[",
    String(repeating: "x'\"\\\n", count: 500),
  ]

  @Test(arguments: hostile)
  func anyValueSurvivesQuotingAndJSON(_ text: String) async throws {
    let script = NodeScript(
      [("value", .text(text)), ("all", .list(["a b", text, ""]))],
      files: [
        Array(#"json v value "$value""#.utf8),
        Array(#"for each in "${all[@]}"; do json l value "$each"; done; finish"#.utf8),
      ])
    let report = try NodeReport(await LocalScript.run(script.text), of: "echo")
    #expect(report.records("v") == [Value(value: text)])
    #expect(report.records("l") == ["a b", text, ""].map(Value.init))
  }

  @Test func bytesThatAreNoUTF8BecomeReplacements() async throws {
    let hostile = #"$'a\xff\xc3z\xed\xa0\x80\xe2\x82\xac\xf5\xc0\xaf'"#
    let script = NodeScript(files: [Array("json v value \(hostile); finish".utf8)])
    let report = try NodeReport(await LocalScript.run(script.text), of: "echo")
    let bad = "\u{fffd}"
    #expect(
      report.records("v")
        == [Value(value: "a\(bad)\(bad)z\(bad)\(bad)\(bad)€\(bad)\(bad)\(bad)")])
  }

  @Test func simulatedLinesReadLikeRealOnes() {
    let text = "noise\n" + NodeReport.line("v", Value(value: "a/b\"\n€")) + NodeReport.end
    let report = NodeReport(reading: text)
    #expect(report.records("v") == [Value(value: "a/b\"\n€")])
  }

  @Test func noiseAndForeignObjectsArePassedOver() throws {
    let output =
      "Loaded plugins: fastestmirror\n{\"a\":1}\n{broken\n{\"record\":\"v\"}\n"
      + "{\"record\":\"v\",\"value\":\"x\"}\r\n{\"record\":\"end\"}\n[]\n"
    let report = try NodeReport(
      CommandResult(status: .exited(0), standardOutput: output), of: "reading")
    #expect(report.records("v") == [Value(value: "x")])
  }

  @Test func failedTornAndKilledScriptsAreErrors() throws {
    let line = NodeReport.line("v", Value(value: "x"))
    let torn = CommandResult(
      status: .exited(0), standardOutput: line, standardError: "a\nlast words\n")
    #expect(throws: ForgeError.self) { try NodeReport(torn, of: "reading", on: "lxzk01") }
    let failed = CommandResult(
      status: .exited(3), standardOutput: line + NodeReport.end, standardError: "no space left\n")
    let error = try #require(throws: ForgeError.self) {
      try NodeReport(failed, of: "reading", on: "lxzk01")
    }
    #expect(error.category == .step && error.description.contains("no space left"))
    #expect(error.description.contains("status 3"))
    let killed = CommandResult(status: .signalled("KILL"))
    let signal = try #require(throws: ForgeError.self) { try NodeReport(killed, of: "reading") }
    #expect(signal.disposition == .retry)
  }

  @Test(.enabled(if: geteuid() == 0)) func aScriptThatIsNotRunByRootSaysSo() async throws {
    let script = NodeScript(files: [Array("finish\n".utf8)]).text
    let result = try await LocalScript.run(script, prefix: ["/usr/bin/setpriv", "--reuid=65534"])
    #expect(result.status == .exited(1))
    #expect(result.standardError.contains("must run as root"))
  }
}
