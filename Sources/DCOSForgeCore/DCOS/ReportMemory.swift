/// What was encoded and decoded before.
///
/// A rehearsal reads the same few thousand lines again and again, from one simulated node after the other, and
/// most of its time would go into their JSON. Outside a rehearsal there is none.
final class ReportMemory: Sendable {
  /// The memory of the task that reads; nil for none.
  @TaskLocal static var current: ReportMemory?

  /// Entries to keep; with more of them everything is forgotten, so that memory stays bounded.
  private static let limit = 20_000

  /// A record to encode.
  struct Record: Hashable {
    var kind: String
    var content: AnyHashable
  }

  private let texts = Locked<[Record: String]>([:])
  private let values = Locked<[ObjectIdentifier: [String: Any]]>([:])

  /// The value that follows from a text alone, made unless it is known.
  static func value<Value>(of text: @autoclosure () -> String, _ make: () -> Value) -> Value {
    guard let current else { return make() }
    let (type, text) = (ObjectIdentifier(Value.self), text())
    if let found = current.values.withLock({ $0[type]?[text] }), let value = found as? Value {
      return value
    }
    let value = make()
    current.values.withLock { values in
      if values[type]?.count ?? 0 >= limit { values[type] = nil }
      values[type, default: [:]][text] = value
    }
    return value
  }

  /// The text that follows from a record alone, made unless it is known.
  static func text(of kind: String, _ record: some Encodable, _ make: () -> String) -> String {
    guard let current, let content = record as? any Hashable else { return make() }
    let key = Record(kind: kind, content: AnyHashable(content))
    if let text = current.texts.withLock({ $0[key] }) { return text }
    let text = make()
    current.texts.withLock { texts in
      if texts.count >= limit { texts = [:] }
      texts[key] = text
    }
    return text
  }
}
