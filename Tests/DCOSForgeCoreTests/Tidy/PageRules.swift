/// Pages that nobody finds, and links that lead nowhere.
enum PageRules {
  /// The pages from which every other one must be linked.
  private static let indexes = ["README.md", "docs/README.md", "docs/decisions/README.md"]

  struct Link {
    /// The file or folder that it leads to, relative to the top; nil above the top.
    var path: String?
    /// What follows `#`; empty without one.
    var anchor: String
    var target: String
    var line: Int
  }

  static func reachable(_ repository: Repository) -> [Finding] {
    let linked = Set(
      indexes.compactMap(repository.file).flatMap { links(of: $0).compactMap(\.path) })
    return repository.files.filter {
      $0.path.hasSuffix(".md") && $0.isUnder("docs") && !linked.contains($0.path)
    }.map {
      Finding(path: $0.path, line: 1, message: "no link from \(indexes.joined(separator: ", "))")
    }
  }

  static func links(_ repository: Repository) -> [Finding] {
    let pages = repository.files.filter { $0.path.hasSuffix(".md") }
    var anchors: [String: Set<String>] = [:]
    for page in pages { anchors[page.path] = Self.anchors(of: page) }
    return pages.flatMap { page in
      links(of: page).compactMap { link in
        let exists = link.path.map { $0.isEmpty || repository.paths.contains($0) } ?? false
        let names = link.path.flatMap { anchors[$0] }
        guard !exists || !link.anchor.isEmpty && names?.contains(link.anchor) == false else {
          return nil
        }
        return Finding(path: page.path, line: link.line, message: "\(link.target) leads nowhere")
      }
    }
  }

  /// The lines outside fenced code, counted from 1.
  private static func prose(of page: SourceFile) -> [(line: Int, text: Substring)] {
    var isCode = false
    return page.lines.enumerated().compactMap { index, line in
      if line.trimmingPrefix(" ").hasPrefix("```") {
        isCode.toggle()
        return nil
      }
      return isCode ? nil : (index + 1, line)
    }
  }

  /// The links within the repository.
  static func links(of page: SourceFile) -> [Link] {
    prose(of: page).flatMap { line, text in
      text.split(separator: "](", omittingEmptySubsequences: false).dropFirst().compactMap { rest in
        guard let target = rest.split(separator: ")", omittingEmptySubsequences: false).first,
          !target.contains("://"), !target.hasPrefix("mailto:")
        else { return nil }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        return Link(
          path: parts[0].isEmpty ? page.path : resolve(parts[0], from: page.path),
          anchor: parts.count > 1 ? String(parts[1]) : "", target: String(target), line: line)
      }
    }
  }

  private static func resolve(_ target: Substring, from page: String) -> String? {
    var parts = Array(page.split(separator: "/").dropLast())
    for part in target.split(separator: "/") where part != "." {
      if part != ".." {
        parts.append(part)
      } else if parts.popLast() == nil {
        return nil
      }
    }
    return parts.joined(separator: "/")
  }

  /// The anchors that GitHub makes of the headings.
  static func anchors(of page: SourceFile) -> Set<String> {
    var anchors: Set<String> = []
    for (_, text) in prose(of: page) where text.hasPrefix("#") {
      let heading = text.drop { $0 == "#" }.trimmingPrefix(" ").lowercased()
      let kept = heading.filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
      let anchor = String(kept.map { $0 == " " ? "-" : $0 })
      var count = 0
      var name = anchor
      while !anchors.insert(name).inserted {
        count += 1
        name = "\(anchor)-\(count)"
      }
    }
    return anchors
  }
}
