import ForgeSupport

/// What was printed and read before.
///
/// A rehearsal reads the same few thousand outputs again and again, from one simulated node after the other, and
/// most of its time would go into them. Outside a rehearsal there is none.
package final class ReportMemory: Sendable {
  /// The memory of the task that reads; nil for none.
  @TaskLocal package static var current: ReportMemory?

  /// Entries to keep of one kind; with more of them that kind is forgotten, so that memory stays bounded.
  private static let limit = 5_000

  private final class Table<Key: Hashable, Value> {
    var entries: [Key: Value] = [:]
  }

  private struct Output: Hashable {
    var result: CommandResult
    var node: NodeName
  }

  package init() {}

  private let tables = Locked<[ObjectIdentifier: AnyObject]>([:])

  /// The value that follows from the key alone, made unless it is known.
  ///
  /// Keys of one type lead to values of one type in one way: another way takes a key of its own type.
  package static func value<Key: Hashable, Value>(
    of key: @autoclosure () -> Key, _ make: () -> Value
  ) -> Value {
    guard let current else { return make() }
    let (kind, key) = (ObjectIdentifier(Table<Key, Value>.self), key())
    let known = current.tables.withLock { ($0[kind] as? Table<Key, Value>)?.entries[key] }
    if let known { return known }
    let value = make()
    current.tables.withLock { tables in
      let table = tables[kind] as? Table<Key, Value> ?? Table()
      if table.entries.count >= limit { table.entries = [:] }
      table.entries[key] = value
      tables[kind] = table
    }
    return value
  }

  /// What a script's output says, or the error that it is; read unless it is known.
  package static func reading<Value>(
    of result: CommandResult, on node: NodeName,
    _ read: () throws(ForgeError) -> Value
  ) throws(ForgeError) -> Value {
    try value(of: Output(result: result, node: node)) {
      Result { () throws(ForgeError) in try read() }
    }.get()
  }
}
