package import ForgeModel

extension NodeScript {
  static var clock: NodeScript {
    NodeScript(files: [PackageResources.kernel_clock_sh, PackageResources.clock_sh])
  }
}

/// A node's clock as the kernel sees it (`adjtimex`, what DC/OS's check-time asks): the record
/// `clock` of ``NodeTask/clock``, ``NodeTask/facts(_:)`` and ``NodeTask/readHealth(_:)``.
package struct ClockRecord: Hashable, Codable, Sendable {
  private enum CodingKeys: String, CodingKey {
    case isSynchronised = "synchronised"
    case errorMilliseconds, source
  }

  static let kind = "clock"

  /// Whether the kernel counts the clock as synchronised.
  package var isSynchronised: Bool
  /// The estimated error in milliseconds; DC/OS refuses more than 100.
  ///
  /// Nil when it could not be read.
  package var errorMilliseconds: Double?
  /// What disciplines the clock, for messages.
  package var source: String

  /// Makes a reading.
  package init(isSynchronised: Bool, errorMilliseconds: Double?, source: String) {
    self.isSynchronised = isSynchronised
    self.errorMilliseconds = errorMilliseconds
    self.source = source
  }

  /// Reads a record.
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    isSynchronised = try fields.decode(Bool.self, forKey: .isSynchronised)
    errorMilliseconds = try fields.decodeIfPresent(
      InRange<NodeNumbers.ClockError>.self, forKey: .errorMilliseconds)?.wrappedValue
    source = try fields.decode(String.self, forKey: .source)
  }

  /// Whether DC/OS would accept the clock.
  package var isGood: Bool { isSynchronised && (errorMilliseconds ?? 0) <= 100 }
}

extension ClockRecord {
  /// The ``source`` of a server that trusts its own clock, as the bootstrap node may.
  package static let local = "local"

  /// Reads what ``NodeTask/clock`` printed.
  ///
  /// Throws category `step` when the script failed or was torn.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    let action = "reading the clock"
    let report = try NodeReport(result, of: action, on: node.description)
    self = try report.record(Self.kind, of: action, on: node.description)
  }

  /// The output of a script that prints this record.
  package static func text(_ record: Self) -> String {
    NodeReport.line(kind, record) + NodeReport.end
  }
}
