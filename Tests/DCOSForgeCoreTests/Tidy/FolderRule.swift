/// The direction between folders that share a target, by what they declare at top level and
/// mention.
struct FolderRule: Sendable {
  let target: String
  /// The folders that each folder may mention.
  let allowed: [String: Set<String>]

  static let core = FolderRule(
    target: "Sources/DCOSForgeCore",
    allowed: [
      "Engine": [],
      "Operations": ["Engine"],
      "Rehearsal": ["Engine", "Operations"],
      "Reporting": ["Engine", "Operations", "Rehearsal"],
    ])

  func findings(in repository: Repository) -> [Finding] {
    let all = repository.swift(under: target)
    let strangers = all.filter {
      allowed[$0.floor] == nil && !FloorRules.order.contains("Forge" + $0.floor)
    }.map { Finding(path: $0.path, line: 1, message: "\($0.floor) is in no table of folders") }
    return strangers + edges(in: all.filter { allowed[$0.floor] != nil })
  }

  private func edges(in files: [SourceFile]) -> [Finding] {
    var homes: [String: Set<String>] = [:]
    for file in files {
      for declaration in file.declarations
      where declaration.owner == .file && declaration.keyword != .extension {
        homes[declaration.name, default: []].insert(file.floor)
      }
    }
    return files.flatMap { file in
      let known = (allowed[file.floor] ?? []).union([file.floor])
      return file.words.keys.sorted().compactMap { word -> Finding? in
        guard let homes = homes[word], homes.isDisjoint(with: known),
          let use = file.words[word]?.first(where: { !isMember($0, in: file) })
        else { return nil }
        return Finding(
          path: file.path, line: file.tokens[use].line,
          message: "\(file.floor) knows \(word) of \(homes.sorted().joined(separator: ", "))")
      }
    }
  }

  /// Whether the word follows a dot, so that it is a member of something else.
  private func isMember(_ index: Int, in file: SourceFile) -> Bool {
    index > 0 && file.tokens[index - 1].kind == .symbol && file.tokens[index - 1].text == "."
  }
}
