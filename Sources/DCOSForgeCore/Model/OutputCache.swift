import ForgeSupport

/// What simulated nodes print, and what is read of it.
///
/// The same few thousand lines come again and again in the simulation, which hands a cache out with
/// each result. A real node's result has none.
package final class OutputCache: Sendable {
  /// Entries of one kind; with more of them that kind is forgotten, so that memory stays bounded.
  private static let limit = 5_000

  private final class Entries<Key: Hashable, Value> {
    var values: [Key: Value] = [:]
  }

  private let kinds = Locked<[ObjectIdentifier: AnyObject]>([:])

  package init() {}

  /// The value that follows from the key alone, made unless it is known.
  ///
  /// Keys of one type lead to values of one type in one way. What `make` throws is not kept.
  package func value<Key: Hashable, Value, Failure: Error>(
    of key: Key, _ make: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let kind = ObjectIdentifier(Entries<Key, Value>.self)
    let known = kinds.withLock { ($0[kind] as? Entries<Key, Value>)?.values[key] }
    if let known { return known }
    let value = try make()
    kinds.withLock { kinds in
      let entries = kinds[kind] as? Entries<Key, Value> ?? Entries()
      if entries.values.count >= Self.limit { entries.values = [:] }
      entries.values[key] = value
      kinds[kind] = entries
    }
    return value
  }
}
