/// The name that a misspelt one most probably stands for; nil when none is near.
///
/// Distance is the number of inserted, deleted, replaced or swapped neighbouring characters; case
/// and the difference between hyphen and underscore are free.
package func nearest(to name: String, among known: [String]) -> String? {
  let limit = max(1, min(3, name.utf8.count / 3))
  guard name.utf8.count <= 64 else { return nil }
  let best = known.filter { abs($0.utf8.count - name.utf8.count) <= limit }
    .map { (name: $0, distance: editDistance(folded(name), folded($0))) }
    .min { $0.distance < $1.distance }
  return best.flatMap { $0.distance <= limit ? $0.name : nil }
}

private func folded(_ name: String) -> [UInt8] {
  name.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
}

/// The optimal string alignment distance.
package func editDistance(_ one: [UInt8], _ other: [UInt8]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...other.count)
  for row in one.indices {
    var current = [row + 1]
    for column in other.indices {
      let isSame = one[row] == other[column]
      var cost = min(last[column] + (isSame ? 0 : 1), last[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
        cost = min(cost, beforeLast[column - 1] + 1)
      }
      current.append(cost)
    }
    (beforeLast, last) = (last, current)
  }
  return last[other.count]
}
