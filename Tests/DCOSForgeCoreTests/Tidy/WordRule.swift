/// Words that the project replaces by others, as whole words and as parts of names.
struct WordRule: Sendable {
  /// The page with the table `| instead of | use |`.
  static let page = "docs/glossary.md"

  let words: Set<String>
  /// Files where one of the words is somebody else's, and why.
  let exceptions: [(path: String, word: String, reason: String)]

  /// The words of the page's table that are no longer needed anywhere; one that the table does not
  /// have is a finding.
  static let house = WordRule(
    words: [
      "law", "laws", "breach", "breaches", "chapter", "chapters", "judge", "judges", "judged",
      "judging", "judgement", "bystander", "bystanders", "cure", "cures", "trouble", "troubles",
      "tell", "tells", "told", "telling", "anew", "heal", "heals", "healed", "living",
    ], exceptions: [])

  func findings(in repository: Repository) -> [Finding] {
    let table = Self.table(repository.file(Self.page))
    let missing = words.filter { table[$0] == nil }.sorted().map {
      Finding(path: Self.page, line: 1, message: "the table has no \($0)")
    }
    var used: Set<String> = []
    let findings = repository.files.filter(Self.covers).flatMap { file in
      places(in: file).compactMap { word, line -> Finding? in
        guard !exceptions.contains(where: { $0.path == file.path && $0.word == word }) else {
          used.insert(file.path + word)
          return nil
        }
        return Finding(path: file.path, line: line, message: "\(word): use \(table[word] ?? "?")")
      }
    }
    let idle = exceptions.filter { !used.contains($0.path + $0.word) }.map {
      Finding(path: $0.path, line: 1, message: "no \($0.word) to excuse: \($0.reason)")
    }
    return missing + findings + idle
  }

  /// The rows of the last table of the page: each word on the left with what is on the right.
  static func table(_ page: SourceFile?) -> [String: String] {
    guard let page, let start = page.lines.firstIndex(of: "| instead of | use |") else {
      return [:]
    }
    var table: [String: String] = [:]
    for line in page.lines[(start + 1)...] {
      let cells = line.split(separator: "|").map { String($0.trimmingPrefix(" ")) }
      guard cells.count == 2, !cells[0].hasPrefix("---") else { continue }
      let use = cells[1].last == " " ? String(cells[1].dropLast()) : cells[1]
      for word in cells[0].split(whereSeparator: { $0 == "," || $0 == " " }) {
        table[String(word)] = use
      }
    }
    return table
  }

  private static func covers(_ file: SourceFile) -> Bool {
    file.path != page && !file.isUnder(ForbiddenText.rules)
  }

  /// Each of the words in the file; `aLawHolds`, `law_text` and `Law` hold the word `law`.
  private func places(in file: SourceFile) -> [(word: String, line: Int)] {
    let lengths = words.map(\.utf8.count)
    guard let shortest = lengths.min(), let longest = lengths.max() else { return [] }
    let bytes = Array(file.text.utf8)
    var places: [(String, Int)] = []
    var line = 1
    var start = 0
    for index in 0...bytes.count {
      let byte = index < bytes.count ? bytes[index] : UInt8(ascii: "\n")
      let isLetter = Self.isLetter(byte)
      if !isLetter || index > start && Self.begins(at: index, in: bytes) {
        if index - start >= shortest, index - start <= longest {
          let word = String(decoding: bytes[start..<index], as: UTF8.self).lowercased()
          if words.contains(word) { places.append((word, line)) }
        }
        start = isLetter ? index : index + 1
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
    }
    return places
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") || byte >= 128
  }

  private static func isCapital(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
  }

  /// Whether a word of a name such as `theSSHKey` begins here.
  private static func begins(at index: Int, in bytes: [UInt8]) -> Bool {
    guard isCapital(bytes[index]) else { return false }
    guard isCapital(bytes[index - 1]) else { return true }
    return index + 1 < bytes.count && isLetter(bytes[index + 1]) && !isCapital(bytes[index + 1])
  }
}
