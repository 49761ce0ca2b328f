package import ForgeModel
import ForgeSupport
import FoundationEssentials

/// What a node's script printed: JSON objects, one a line, each with its kind under `record`.
///
/// The script's last line is `{"record":"end"}`; without it the output is torn. Lines that are no
/// such object (a tool that writes to standard output unasked) are passed over. Nodes print these
/// lines by `lib/prelude.sh`, the simulation by ``line(_:_:)``.
package struct NodeReport: Sendable {
  private struct Header: Decodable {
    var record: String
  }

  /// The most objects that are looked at, where a large node prints some hundred; what follows
  /// counts as cut off.
  static let objectLimit = 20_000

  private let lines: [(record: String, json: Substring)]

  /// Takes the result of a script apart.
  ///
  /// `action` names what was done ("reading facts"), for the message. Throws category `step` when
  /// the script failed or was torn, with the tail of its standard error; a signal or a torn output
  /// may be retried.
  package init(
    _ result: CommandResult, of action: String, on node: String = ""
  ) throws(ForgeError) {
    let report = Self(reading: result.standardOutput)
    guard result.succeeded else {
      throw Self.failure(result, of: action, on: node)
    }
    guard report.lines.last?.record == "end" else {
      throw ForgeError(
        .step, "\(action) was cut off", on: node, observed: Self.tail(result),
        advice: "run it again; if it stays, log in and look at the node", disposition: .retry)
    }
    self = report
  }

  /// Takes the lines that came, of a script that may have failed half-way.
  package init(reading output: String) {
    var lines: [(record: String, json: Substring)] = []
    var (rest, objects) = (output.utf8[...], 0)
    while !rest.isEmpty, objects < Self.objectLimit {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[line.endIndex...].dropFirst()
      guard line.first == UInt8(ascii: "{") else { continue }
      objects += 1
      if let kind = Self.kind(of: line) { lines.append((kind, Substring(line))) }
    }
    self.lines = lines
  }

  /// The kind of a line, which our scripts print first; the rest is checked when the record is
  /// read.
  private static func kind(of json: Substring.UTF8View) -> String? {
    let start = #"{"record":""#.utf8
    if json.starts(with: start), json.last == UInt8(ascii: "}") {
      let kind = json.dropFirst(start.count).prefix { $0 != UInt8(ascii: "\"") }
      if !kind.elementsEqual("end".utf8), !kind.contains(UInt8(ascii: "\\")) {
        return String(Substring(kind))
      }
    }
    return try? ForeignJSON.decode(Header.self, from: Data(json)).record
  }

  /// The records of a kind, in the order they were printed; one that lacks a field is passed over.
  package func records<Record: Decodable>(
    _ kind: String, as type: Record.Type = Record.self
  ) -> [Record] {
    lines.lazy.filter { $0.record == kind }.compactMap { line in
      try? ForeignJSON.decode(Record.self, from: Data(line.json.utf8))
    }
  }

  /// The one record of a kind; throws category `step` when it did not come.
  package func record<Record: Decodable>(
    _ kind: String, as type: Record.Type = Record.self, of action: String, on node: String = ""
  ) throws(ForgeError) -> Record {
    guard let record = records(kind, as: type).last else {
      throw ForgeError(
        .step, "\(action) gave no usable \(kind)", on: node, disposition: .retry)
    }
    return record
  }

  /// The line that a script would print for the record.
  package static func line(_ kind: String, _ record: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(record) else { return "" }
    // Sorted keys would put the kind among the others.
    return #"{"record":"\#(kind)","# + String(decoding: data.dropFirst(), as: UTF8.self) + "\n"
  }

  /// The line that ends a script's output.
  package static let end = "{\"record\":\"end\"}\n"

  /// The error for a script that did not exit with 0.
  package static func failure(
    _ result: CommandResult, of action: String, on node: String = ""
  ) -> ForgeError {
    switch result.status {
    case .exited(let status):
      ForgeError(
        .step, "\(action) failed with status \(status)", on: node, observed: tail(result))
    case .signalled(let name):
      ForgeError(
        .step, "\(action) was ended by signal \(name)", on: node, observed: tail(result),
        disposition: .retry)
    }
  }

  /// The last lines of what a script wrote to standard error.
  package static func tail(_ result: CommandResult, lines limit: Int = 6) -> String {
    result.standardError.split(whereSeparator: \.isNewline).suffix(limit)
      .map { $0.count > 300 ? "\($0.prefix(300))…" : String($0) }
      .joined(separator: "\n")
  }
}
