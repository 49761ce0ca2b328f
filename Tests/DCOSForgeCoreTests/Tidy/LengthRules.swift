/// How long lines, functions and files may be.
enum LengthRules {
  static let columnLimit = 100
  static let functionLimit = 70

  /// A URL that alone is longer than a line cannot be broken.
  static func columns(_ repository: Repository) -> [Finding] {
    repository.files.filter(hasColumns).flatMap { file in
      file.lines.enumerated().compactMap { index, line in
        guard line.utf8.count > columnLimit, line.count > columnLimit,
          !line.split(separator: " ").contains(where: isLongURL)
        else { return nil }
        return Finding(path: file.path, line: index + 1, message: "\(line.count) columns")
      }
    }
  }

  private static func hasColumns(_ file: SourceFile) -> Bool {
    let isCode = [".swift", ".c", ".h", ".sh"].contains { file.path.hasSuffix($0) }
    let isScriptOfLab =
      file.isUnder("lab") && !file.path.dropFirst("lab/".count).contains { "./".contains($0) }
    return isCode && (file.isUnder("Sources") || file.isUnder("Tests")) || isScriptOfLab
      || ["Makefile", "Package.swift", ".ci/run", "Tests/mutants"].contains(file.path)
  }

  private static func isLongURL(_ word: Substring) -> Bool {
    word.utf8.count > columnLimit - 10 && word.contains("://")
  }

  /// Closures inside a function count, and so do its signature and its closing brace.
  static func functions(_ repository: Repository) -> [Finding] {
    repository.files.flatMap { file in
      file.declarations.compactMap { declaration in
        guard !declaration.keyword.isType, let last = declaration.lastLine else { return nil }
        let count = last - declaration.line + 1
        guard count > functionLimit else { return nil }
        return Finding(
          path: file.path, line: declaration.line, message: "\(declaration.name): \(count) lines")
      }
    }
  }

  static func files(_ repository: Repository) -> [Finding] {
    repository.files.compactMap { file in
      let limit = file.isUnder("Sources") ? 400 : file.isUnder("Tests") ? 500 : Int.max
      let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
      guard count > limit, [".swift", ".c", ".h", ".sh"].contains(where: file.path.hasSuffix) else {
        return nil
      }
      return Finding(path: file.path, line: limit + 1, message: "\(count) lines")
    }
  }
}
