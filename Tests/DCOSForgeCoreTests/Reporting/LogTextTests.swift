@testable import ForgeNodeProtocol
import ForgeSupport
import FoundationEssentials
import Testing

@testable import DCOSForgeCore

/// Log entries as lines and as JSON.
@Suite struct LogTextTests {
  private static let nodes = ["lxzk01", "lxb1"].map(Samples.name)

  private func entry(_ text: String, node: Int = 0, unit: String = "dcos-net.service") -> LogEntry {
    LogEntry(
      node: Self.nodes[node], microseconds: 1_704_067_200_000_007, unit: unit, priority: 6,
      message: text)
  }

  private func text(colour: Bool = false) -> LogText {
    LogText(
      nodes: Self.nodes, units: ["dcos-net.service", "dcos-marathon.service"],
      style: TextStyle(isColoured: colour))
  }

  @Test func columnsAreAligned() {
    #expect(
      text().lines(entry("one\ntwo"))
        + text().lines(
          entry("three", node: 1, unit: "dcos-marathon.service")) == [
          "lxzk01  2024-01-01T00:00:00.000007Z  dcos-net       one",
          "lxzk01  2024-01-01T00:00:00.000007Z  dcos-net       two",
          "lxb1    2024-01-01T00:00:00.000007Z  dcos-marathon  three",
        ])
  }

  @Test func eachNodeHasItsColour() {
    let one = text(colour: true).lines(entry("x"))[0].content
    let two = text(colour: true).lines(entry("x", node: 1))[0].content
    #expect(one.hasPrefix("\u{1B}[36mlxzk01\u{1B}[0m"))
    #expect(two.hasPrefix("\u{1B}[32mlxb1  \u{1B}[0m"))
  }

  /// A log must not be able to draw on the operator's terminal.
  @Test func controlCharactersDoNotPass() {
    let hostile = "a\u{1B}[31mred\u{1B}]0;title\u{07}\rb\u{9B}2Jc\td\u{202E}e"
    let line = text().lines(entry(hostile, unit: "a\u{1B}[5m\u{202E}b.service"))[0].content
    #expect(
      line.hasSuffix("  a\u{FFFD}[5m\u{FFFD}b        ared0;title\u{FFFD}b\u{FFFD}2Jc\td\u{FFFD}e"))
  }

  @Test(arguments: [
    (1_704_067_200_123_456, "2024-01-01T00:00:00.123456Z"), (1, "1970-01-01T00:00:00.000001Z"),
    (1_704_067_200_999_999, "2024-01-01T00:00:00.999999Z"),
  ]) func timesHaveAllTheirDigits(_ time: Int64, _ text: String) {
    #expect(LogRecord.iso(time) == text)
  }

  @Test func aRecordIsOneLineOfJSON() throws {
    let json = LogRecord(entry("a\nb \"q\"")).json
    #expect(!json.contains("\n"))
    let record = try JSONDecoder().decode(LogRecord.self, from: Data(json.utf8))
    #expect(record.schema == 1 && record.node == "lxzk01" && record.message == "a\nb \"q\"")
    #expect(json.contains("\"timestamp_us\":1704067200000007"))
  }
}
