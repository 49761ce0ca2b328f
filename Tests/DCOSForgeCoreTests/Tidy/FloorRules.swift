/// The direction between the targets of the package, and who may import which C library.
enum FloorRules {
  /// From the ground up: a floor may depend on those before it, never on one after it.
  static let order = [
    "ForgeSupport", "ForgeModel", "ForgeDCOS", "ForgeConfiguration", "ForgeGenconf",
    "ForgeNodeProtocol", "ForgeHealth", "ForgeRendering", "ForgePlanning", "ForgePorts",
    "ForgeKeys", "ForgeEvents", "ForgeLibvirt", "ForgeSSH", "ForgeSimulation", "DCOSForgeCore",
  ]

  /// The only floor that imports the C target.
  static let importers = [
    "CLibvirt": "Libvirt", "CSSH2": "SSH", "CYAML": "Configuration", "CKeys": "Keys",
    "CCrypto": "Support",
    "CTerminal": "DCOSForge",
  ]

  /// The floors of `Package.swift` with the floors they name.
  struct Floor: Equatable {
    var name: String
    var knows: [String]
    var line: Int
  }

  static func floors(of package: SourceFile) -> [Floor] {
    let calls = package.matches(of: "floor(").map { ($0, "Forge") }
    let targets = package.matches(of: "name:").map { ($0, "") }
    return (calls + targets).sorted { $0.0 < $1.0 }.compactMap { start, prefix in
      guard start + 2 < package.tokens.count, package.tokens[start + 2].kind == .string else {
        return nil
      }
      let name = prefix + package.tokens[start + 2].text
      guard prefix == "Forge" || name == "DCOSForgeCore" else { return nil }
      return Floor(
        name: name,
        knows: firstList(in: package.tokens[(start + 3)...]).filter { $0.hasPrefix("Forge") },
        line: package.tokens[start].line)
    }
  }

  /// The strings of the first list in brackets, as far as the call's end.
  private static func firstList(in tokens: ArraySlice<Token>) -> [String] {
    let isEnd = { (token: Token) in token.kind == .symbol && [")", "]"].contains(token.text) }
    guard let end = tokens.firstIndex(where: isEnd),
      let start = tokens[..<end].firstIndex(where: { $0.kind == .symbol && $0.text == "[" })
    else { return [] }
    return tokens[start..<end].filter { $0.kind == .string }.map(\.text)
  }

  static func dependencies(_ repository: Repository) -> [Finding] {
    guard let package = repository.file("Package.swift") else {
      return [Finding(path: "Package.swift", line: 1, message: "is missing")]
    }
    let floors = floors(of: package)
    let unknown = Set(order).symmetricDifference(floors.map(\.name)).sorted().map {
      Finding(
        path: package.path, line: 1, message: "\($0) is not in both Package.swift and the order")
    }
    return unknown
      + floors.flatMap { floor in
        let below = order.firstIndex(of: floor.name).map { order[..<$0] } ?? []
        return floor.knows.filter { !below.contains($0) }.map {
          Finding(path: package.path, line: floor.line, message: "\(floor.name) knows \($0) above")
        } + differences(floor, repository)
      }
  }

  /// What a floor's files import must be what the package names, no less and no more.
  private static func differences(_ floor: Floor, _ repository: Repository) -> [Finding] {
    let files = repository.swift(under: "Sources/DCOSForgeCore").filter { file in
      let isOfCore = FolderRule.core.allowed.keys.contains(file.floor)
      return floor.name == "DCOSForgeCore" ? isOfCore : floor.name == "Forge" + file.floor
    }
    let imported = Set(files.flatMap(imports)).filter { $0.hasPrefix("Forge") }
    return imported.symmetricDifference(floor.knows).sorted().map {
      Finding(
        path: "Package.swift", line: floor.line,
        message: imported.contains($0)
          ? "\(floor.name) imports \($0) and does not name it"
          : "\(floor.name) names \($0) and does not import it")
    }
  }

  static func imports(of file: SourceFile) -> [String] {
    (file.words["import"] ?? []).filter { file.tokens.indices.contains($0 + 1) }.map {
      file.tokens[$0 + 1].text
    }
  }

  static func cLibraries(_ repository: Repository) -> [Finding] {
    repository.swift(under: "Sources").flatMap { file in
      imports(of: file).filter { importers[$0] != nil && importers[$0] != file.floor }.map {
        Finding(path: file.path, line: 1, message: "imports \($0)")
      }
    }
  }

  /// The table between `<!-- floors -->` and `<!-- /floors -->`: `| ForgeX | path | knows |`.
  static func page(_ repository: Repository) -> [Finding] {
    let path = "docs/architecture.md"
    guard let page = repository.file(path), let package = repository.file("Package.swift"),
      let start = page.lines.firstIndex(of: "<!-- floors -->"),
      let end = page.lines[start...].firstIndex(of: "<!-- /floors -->")
    else { return [Finding(path: path, line: 1, message: "has no table of floors")] }
    var shown: [String: [String]] = [:]
    for line in page.lines[start..<end] {
      let cells = line.replacing("`", with: "").split(
        separator: "|", omittingEmptySubsequences: false
      ).map { $0.trimmingPrefix(while: \.isWhitespace) }
      guard cells.count == 5 else { continue }
      let words = cells.map { cell in
        cell.split { $0 == "," || $0.isWhitespace }.map(String.init)
      }
      guard let name = words[1].first, order.contains(name) else { continue }
      shown[name] = words[3].filter { $0 != "–" }
    }
    return floors(of: package).filter { Set(shown[$0.name] ?? ["nothing"]) != Set($0.knows) }.map {
      Finding(
        path: path, line: start + 1,
        message: "\($0.name) knows \($0.knows.joined(separator: ", ")) in Package.swift, "
          + (shown[$0.name]?.joined(separator: ", ") ?? "no row") + " here")
    }
  }
}
