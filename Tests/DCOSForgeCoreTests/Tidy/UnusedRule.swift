/// Declarations that the code of `Sources` does not use.
///
/// Names alone are compared, so that what it finds is unused, but not all that is unused is found.
enum UnusedRule {
  /// Names that only somebody else's code uses, and who.
  static let usedElsewhere = [
    "intValue": "Codable", "checkIsolated": "the concurrency runtime",
    "enqueue": "the concurrency runtime",
    "unownedExecutor": "the concurrency runtime", "validate": "ArgumentParser",
    "defaultValueDescription": "ArgumentParser", "DCOSForge": "the process, as its entry",
    "color": "ArgumentParser, which accepts the flag", "noColor": "Console, before parsing",
  ]

  /// Names that only tests use, and for what they stand in `Sources`.
  static let usedByTests = [
    "endsWhen": "StepCatalogTests write the table of docs/architecture.md by it",
    "isListed": "TableTests compare the list of the installer's preflight by it",
    "plantLease": "tests put the lease of another run into the simulated world",
    "suspend": "LibvirtHypervisorTests pause a domain that is to be resumed",
  ]

  static func findings(_ repository: Repository) -> [Finding] {
    let unused = unusedInSources(repository)
    let tests = used(unused.keys, in: repository.swift(under: "Tests"))
    let inTests = unused.filter { tests.contains($0.key) && usedByTests[$0.key] == nil }
    let nowhere = unused.filter { !tests.contains($0.key) }
    let idle =
      usedElsewhere.filter { unused[$0.key] == nil }
      + usedByTests.filter { unused[$0.key] == nil || !tests.contains($0.key) }
    let found =
      nowhere.filter { usedElsewhere[$0.key] == nil }.flatMap(\.value)
      + inTests.filter { usedElsewhere[$0.key] == nil }.flatMap(\.value).map {
        Finding(path: $0.path, line: $0.line, message: "\($0.message) outside Tests")
      }
      + idle.map {
        Finding(path: "Sources", line: 1, message: "\($0.key) needs no exception: \($0.value)")
      }
    return found.sorted { $0.description < $1.description }
  }

  /// The declarations that `Sources` do not use, by name.
  private static func unusedInSources(_ repository: Repository) -> [String: [Finding]] {
    let files = repository.swift(under: "Sources")
    var found: [String: [Finding]] = [:]
    for file in files {
      for declaration in file.declarations where counts(declaration, in: file) {
        found[declaration.name, default: []].append(
          Finding(
            path: file.path, line: declaration.line,
            message: "\(declaration.keyword.rawValue) \(declaration.name) is unused"))
      }
    }
    let used = used(found.keys, in: files)
    return found.filter { !used.contains($0.key) }
  }

  /// The names that the files use outside what they declare by that name.
  private static func used(_ names: some Collection<String>, in files: [SourceFile]) -> Set<String>
  {
    let names = Set(names)
    var used: Set<String> = []
    for file in files {
      let own = Dictionary(grouping: file.declarations.filter(named), by: \.name)
      for (name, places) in file.words where names.contains(name) && !used.contains(name) {
        let own = own[name] ?? []
        let isUsed = places.contains { place in
          !own.contains { $0.nameToken == place || $0.body.contains(place) }
            && isUse(place, in: file.tokens)
        }
        if isUsed { used.insert(name) }
      }
    }
    return used
  }

  /// A label is no use, and neither is `self.name = name`: a property that is only written is
  /// unused.
  private static func isUse(_ place: Int, in tokens: [Token]) -> Bool {
    func text(_ distance: Int) -> String {
      tokens.indices.contains(place + distance) ? tokens[place + distance].text : ""
    }
    let isLabel = text(1) == ":" && ["(", ","].contains(text(-1))
    let isWritten = text(-1) == "." && text(-2) == "self" && text(1) == "=" && text(2) != "="
    let isCopied = text(-1) == "=" && text(-2) == tokens[place].text
    return !isLabel && !isWritten && !isCopied
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
