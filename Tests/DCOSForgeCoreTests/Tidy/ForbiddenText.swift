/// Text that must not stand in files, be it code, comment or string.
enum ForbiddenText {
  /// The folder of these rules, which must name what they forbid.
  static let rules = "Tests/DCOSForgeCoreTests/Tidy"

  static func leftOpen(_ repository: Repository) -> [Finding] {
    let files = repository.files.filter {
      ($0.isUnder("Sources") || $0.isUnder("Tests")) && !$0.isUnder(rules)
    }
    return lines(of: files, with: ["TODO", "FIXME", "XXX", "print(\"DEBUG"])
      + files.flatMap(disabledWithoutReason)
  }

  /// A disabled test says why: `.disabled("…")`.
  private static func disabledWithoutReason(_ file: SourceFile) -> [Finding] {
    let places = (file.words["disabled"] ?? []).filter { index in
      guard index > 0, index + 2 < file.tokens.count else { return false }
      return file.tokens[index - 1].text == "." && file.tokens[index + 1].text == "("
        && !(file.tokens[index + 2].kind == .string && !file.tokens[index + 2].text.isEmpty)
    }
    return places.map {
      Finding(
        path: file.path, line: file.tokens[$0].line, message: "disabled without a reason")
    }
  }

  static func lab(_ repository: Repository) -> [Finding] {
    let files = repository.files.filter { $0.isUnder("Sources") }
    return lines(of: files, with: ["dcosforge-lab", "DCOSFORGE_LAB", "lab/"])
  }

  /// No path of one person's machine.
  static func workplace(_ repository: Repository) -> [Finding] {
    lines(
      of: repository.files.filter { !$0.isUnder(rules) }, with: ["/work/", "/Users/"])
  }

  /// The lines that hold one of the texts with no letter, digit, `$` or brace beside it.
  private static func lines(of files: [SourceFile], with texts: [String]) -> [Finding] {
    files.flatMap { file in
      texts.filter(file.holds).flatMap { text in
        file.lines.enumerated().filter { holds($0.element, text) }.map {
          Finding(path: file.path, line: $0.offset + 1, message: text)
        }
      }
    }
  }

  private static func holds(_ line: Substring, _ text: String) -> Bool {
    line.ranges(of: text).contains { range in
      let before =
        range.lowerBound > line.startIndex ? line[line.index(before: range.lowerBound)] : " "
      let after = range.upperBound < line.endIndex ? line[range.upperBound] : " "
      let open = text.last?.isLetter == true && isPart(after)
      return !open && !isPart(before)
    }
  }

  private static func isPart(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "$" || character == "}"
  }
}
