/// A table of text with columns as wide as their widest cell.
struct Table {
  private var rows: [[String]]

  init(header: [String]) { rows = [header] }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// The lines; cells that hold several lines go on below, the last column is not padded.
  var lines: [String] {
    let split = rows.map { row in
      row.map { $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    }
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      split.flatMap { $0.count > column ? $0[column].map(\.count) : [] }.max() ?? 0
    }
    return split.flatMap { row -> [String] in
      let height = row.map(\.count).max() ?? 0
      return (0..<height).map { index in
        let cells = row.enumerated().map { column, cell in
          let text = index < cell.count ? cell[index] : ""
          return column == row.count - 1 ? text : text.padded(to: widths[column] + 2)
        }
        var line = cells.joined()
        while line.last == " " { line.removeLast() }
        return line
      }
    }
  }
}
