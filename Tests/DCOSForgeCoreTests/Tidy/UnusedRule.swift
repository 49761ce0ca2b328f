/// Declarations whose name stands nowhere else in the code of `Sources`, nor of `Tests`.
///
/// Names alone are compared, so that what it finds is unused, but not all that is unused is found.
enum UnusedRule {
  /// Names that only somebody else's code uses, and who.
  static let usedElsewhere = [
    "checkIsolated": "the concurrency runtime", "enqueue": "the concurrency runtime",
    "unownedExecutor": "the concurrency runtime", "validate": "ArgumentParser",
    "defaultValueDescription": "ArgumentParser", "DCOSForge": "the process, as its entry",
    "color": "ArgumentParser, which accepts the flag", "noColor": "Console, before parsing",
  ]

  static func findings(_ repository: Repository) -> [Finding] {
    let tests = wordCounts(in: repository.swift(under: "Tests"))
    let unused = unusedInSources(repository)
    let idle = usedElsewhere.keys.sorted().filter { name in
      !unused.contains { $0.name == name }
    }.map {
      Finding(
        path: "Sources", line: 1, message: "\($0) needs no exception: \(usedElsewhere[$0] ?? "")")
    }
    return unused.filter { tests[$0.name] == nil && usedElsewhere[$0.name] == nil }.map(\.finding)
      + idle
  }

  /// How many declarations only tests use; it may only fall.
  static let testsOnlyLimit = 11

  static func usedByTestsOnly(_ repository: Repository) -> [Finding] {
    let tests = wordCounts(in: repository.swift(under: "Tests"))
    return unusedInSources(repository).filter {
      tests[$0.name] != nil && usedElsewhere[$0.name] == nil
    }.map(\.finding)
  }

  private static func unusedInSources(
    _ repository: Repository
  ) -> [(name: String, finding: Finding)] {
    let files = repository.swift(under: "Sources")
    var uses = wordCounts(in: files)
    for file in files {
      for declaration in file.declarations where named(declaration) {
        let inItself = (file.words[declaration.name] ?? []).filter(declaration.body.contains)
        uses[declaration.name, default: 0] -= 1 + inItself.count
      }
    }
    return files.flatMap { file in
      file.declarations.filter { counts($0, in: file) && uses[$0.name, default: 0] <= 0 }.map {
        let kind = $0.keyword.rawValue
        return (
          $0.name, Finding(path: file.path, line: $0.line, message: "\(kind) \($0.name) is unused")
        )
      }
    }
  }

  private static func wordCounts(in files: [SourceFile]) -> [String: Int] {
    files.reduce(into: [:]) { counts, file in
      counts.merge(file.words.mapValues(\.count), uniquingKeysWith: +)
    }
  }

  private static func named(_ declaration: Declaration) -> Bool {
    ![.`init`, .deinit, .subscript].contains(declaration.keyword)
  }

  private static func counts(_ declaration: Declaration, in file: SourceFile) -> Bool {
    guard named(declaration), declaration.keyword != .extension, declaration.owner != .code,
      declaration.name.first.map({ $0.isLetter || $0 == "_" }) == true
    else { return false }
    guard case .type(let type) = declaration.owner else { return true }
    let head = file.declarations[type].head(in: file.tokens)
    switch declaration.keyword {
    case .case: return head.isDisjoint(with: casesFromElsewhere)
    case .var, .let: return head.isDisjoint(with: ["Encodable", "Decodable", "Codable"])
    default: return true
    }
  }

  /// What makes the cases of an enum from text or numbers, or lists them all.
  private static let casesFromElsewhere: Set<String> = [
    "String", "Int", "Int32", "UInt8", "UInt32", "CodingKey", "CaseIterable",
  ]
}
