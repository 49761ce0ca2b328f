package import ForgeModel

/// What ``NodeTask/checksum(path:)`` printed: 64 digits, or nothing when there is no such file.
package struct ChecksumReport: Hashable, Sendable {
  /// The digits; nil when there is no such file.
  package var sum: String?

  /// Reads the output.
  package init(_ result: CommandResult) {
    sum = result.standardOutput.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }

  /// A command line of its own: it needs no prelude, and the login account may run it.
  static func command(for path: String) -> String {
    "sha256sum < \(NodeScript.quote(path)) 2>/dev/null | cut -d' ' -f1"
  }

  /// The output for a file with that checksum; nil for no file.
  package static func text(_ sum: SHA256Sum?) -> String {
    sum.map { $0.description + "\n" } ?? ""
  }
}
