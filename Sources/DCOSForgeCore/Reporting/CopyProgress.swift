/// How far a copy is, in one line.
package enum CopyProgress {
  /// The line: `45 %, 123.4 of 273.0 MiB`, or `123.4 MiB` when the whole is not known.
  package static func line(nodes: Int, done: Int64, total: Int64) -> String {
    let place = nodes > 1 ? " on \(nodes) nodes" : ""
    guard total > 0 else { return "\(mebibytes(done)) MiB\(place)" }
    let percent = Int(Double(done) / Double(total) * 100)
    return "\(percent) %, \(mebibytes(done)) of \(mebibytes(total)) MiB\(place)"
  }

  private static func mebibytes(_ bytes: Int64) -> String {
    let tenths = ((bytes & 0xFFFFF) * 10) >> 20
    return "\(bytes >> 20).\(tenths)"
  }
}
