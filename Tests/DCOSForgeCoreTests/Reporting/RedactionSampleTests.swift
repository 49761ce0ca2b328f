import Foundation
import Testing

@testable import ForgeEvents

/// Sample texts with what is shown of them, kept in `Goldens/redaction.txt`: `- ` before the lines
/// that come, `+ ` before those that are shown, an empty line between two samples.
@Suite struct RedactionSampleTests {
  private static let path =
    "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    + "/Goldens/redaction.txt"

  @Test func eachSampleIsShownAsItIsKept() throws {
    let kept = try String(contentsOfFile: Self.path, encoding: .utf8)
    let samples = kept.split(separator: "\n\n").map { sample in
      let lines = sample.split(separator: "\n")
      return (come: text(lines, "- "), shown: text(lines, "+ "))
    }
    #expect(samples.count > 150)
    for sample in samples { #expect(Redaction().text(sample.come) == sample.shown) }
  }

  private func text(_ lines: [Substring], _ sign: String) -> String {
    lines.filter { $0.hasPrefix(sign) }.map { $0.dropFirst(sign.count) }.joined(separator: "\n")
  }

  /// With lines that end as in DOS, and alone among others, the same is hidden.
  @Test func theEndsOfLinesDoNotMatter() {
    #expect(
      Redaction().text("password: |\r\n  a\r\n\r\ntoken: b\r\nx\r\n")
        == "password: |\r\n  [redacted]\r\n\r\ntoken: [redacted]\r\nx\r\n")
    #expect(
      Redaction().text("a token=b\rc password=d\re")
        == "a token=[redacted]\rc password=[redacted]\re")
  }

  /// What was cut off in its middle is hidden to the end.
  @Test(arguments: [
    ("headers: map[Authorization:[Basic aHVudGVyMg", "headers: map[Authorization:[[redacted]"),
    (#"{"token":"hun"#, #"{"token":"[redacted]"#), ("x password=hun", "x password=[redacted]"),
  ]) func aCutSecret(_ text: String, _ shown: String) {
    #expect(Redaction().text(text) == shown)
  }
}
