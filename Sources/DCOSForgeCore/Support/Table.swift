/// A table of text with columns as wide as their widest cell.
package struct Table {
  private var rows: [[String]]
  private let rightAligned: Range<Int>

  /// Columns of numbers are aligned on the right.
  package init(header: [String], rightAligned: Range<Int> = 0..<0) {
    rows = [header]
    self.rightAligned = rightAligned
  }

  package mutating func add(_ row: [String]) { rows.append(row) }

  /// The lines; cells that hold several lines go on below, the last column is not padded.
  package var lines: [String] {
    let split: [[[String]]] = rows.map { row in
      row.map { cell in
        cell.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
      }
    }
    let columns = rows.map(\.count).max() ?? 0
    let widths: [Int] = (0..<columns).map { column in
      let cells = split.lazy.filter { $0.count > column }.flatMap { $0[column] }
      return cells.map(\.count).max() ?? 0
    }
    return split.flatMap { row -> [String] in
      let height = row.map(\.count).max() ?? 0
      return (0..<height).map { index in
        let cells = row.enumerated().map { (column, texts) -> String in
          let text = index < texts.count ? texts[index] : ""
          let missing = rightAligned.contains(column) ? widths[column] - text.count : 0
          let cell = String(repeating: " ", count: missing) + text
          return column == row.count - 1 ? cell : cell.padded(to: widths[column] + 2)
        }
        var line = cells.joined()
        while line.last == " " { line.removeLast() }
        return line
      }
    }
  }
}
