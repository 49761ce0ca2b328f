/// What ``NodeTask/collectEvidence(_:)`` printed: its parts, and what could not be read.
package struct EvidenceReport: Sendable {
  private struct Record: Codable, Hashable {
    static let kind = "part"

    var name: String
    var text: String
    var fault: String?
  }

  /// One part.
  package struct Part: Hashable, Sendable {
    /// Its name: lower-case letters, digits and hyphens.
    package var name: String
    /// What the command said; empty when it could not be asked.
    package var text: String
    /// Why it is not whole; nil when it is.
    package var fault: String?
  }

  /// The most parts that a node may have; our script prints about 35.
  private static let partLimit = 100

  /// The parts in the order in which they were read.
  package let parts: [Part]
  /// Whether the script came to its end.
  package let isWhole: Bool

  /// Reads an output that may be torn.
  package init(_ output: String) {
    let report = NodeReport(reading: output)
    parts = report.records(Record.kind, as: Record.self)
      .filter { Self.isName($0.name) }.prefix(Self.partLimit).map(Self.part)
    isWhole = output.hasSuffix(NodeReport.end)
  }

  /// The output of a script that read these parts.
  package static func text(_ parts: [(name: String, text: String, status: Int)]) -> String {
    parts.map { part in
      NodeReport.line(
        Record.kind, Record(name: part.name, text: "\(part.text)\u{1E}\(part.status)\n"))
    }.joined() + NodeReport.end
  }

  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count < 64
      && name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  /// Takes the exit status off the text: it stands behind the last record separator.
  private static func part(_ record: Record) -> Part {
    guard record.fault == nil else {
      return Part(name: record.name, text: record.text, fault: record.fault)
    }
    guard let mark = record.text.lastIndex(of: "\u{1E}"),
      let status = NodeNumbers.ExitStatus.read(
        record.text[record.text.index(after: mark)...].filter { $0 != "\n" })
    else { return Part(name: record.name, text: record.text, fault: "hangs and cannot be ended") }
    let text = String(record.text[..<mark])
    let last = ReportText.tail(text, lines: 1).prefix(160)
    let fault: String? =
      switch status {
      case 0: nil
      case 124, 137: "did not end in time"
      case 126, 127: "is not there"
      default: "exit status \(status)" + (last.isEmpty ? "" : ": \(last)")
      }
    return Part(name: record.name, text: text, fault: fault)
  }
}
