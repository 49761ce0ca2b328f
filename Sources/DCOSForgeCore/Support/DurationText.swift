extension Duration {
  /// Whole seconds, rounded down.
  package var wholeSeconds: Int64 { components.seconds }

  /// Whole milliseconds, rounded down.
  package var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }

  /// A short form for people: `45s`, `3m05s`, `1h02m`; tenths below ten seconds, `4.2s`.
  package var brief: String {
    let seconds = wholeSeconds
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if seconds < 10 {
      let tenths = wholeMilliseconds / 100
      return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
    }
    if seconds < 60 { return "\(seconds)s" }
    if seconds < 3600 { return "\(seconds / 60)m\(two(seconds % 60))s" }
    return "\(seconds / 3600)h\(two(seconds % 3600 / 60))m"
  }
}
