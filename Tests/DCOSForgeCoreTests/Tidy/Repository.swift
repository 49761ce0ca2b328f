import FoundationEssentials
import Glibc

/// What a rule found.
struct Finding: Hashable, CustomStringConvertible {
  var path: String
  var line: Int
  var message: String

  var description: String { "\(path):\(line): \(message)" }
}

/// A text file of the repository.
struct SourceFile: Sendable {
  /// Relative to the top of the repository.
  let path: String
  let text: String
  let lines: [Substring]
  /// Empty unless the file is Swift.
  let tokens: [Token]
  /// The places of each word in `tokens`.
  let words: [String: [Int]]
  let declarations: [Declaration]

  init(path: String, text: String) {
    self.path = path
    self.text = text
    lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map(Substring.init)
    tokens = path.hasSuffix(".swift") ? SwiftLexer.tokens(of: text) : []
    var words: [String: [Int]] = [:]
    for (index, token) in tokens.enumerated() where token.kind == .word {
      words[token.text, default: []].append(index)
    }
    self.words = words
    declarations = DeclarationFinder.declarations(in: tokens)
  }

  var isSwift: Bool { path.hasSuffix(".swift") }

  /// The folder below `Sources/DCOSForgeCore`, else the one below `Sources`; empty elsewhere.
  var floor: String {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count > 2, parts[0] == "Sources" else { return "" }
    return parts[1] == "DCOSForgeCore" && parts.count > 3 ? parts[2] : parts[1]
  }

  func isUnder(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }

  /// Whether the text has the needle; far faster than `String.contains` in a debug build.
  func holds(_ needle: String) -> Bool { unsafe strstr(text, needle) != nil }

  /// Where the code reads like this, spaces included: the first token of each place.
  func matches(of code: String) -> [Int] {
    let pattern = SwiftLexer.tokens(of: code)
    guard let anchor = pattern.firstIndex(where: { $0.kind == .word }) else { return [] }
    return (words[pattern[anchor].text] ?? []).map { $0 - anchor }.filter { start in
      guard start >= 0, start + pattern.count <= tokens.count else { return false }
      return pattern.indices.allSatisfy {
        tokens[start + $0].matches(pattern[$0], spaced: $0 > 0)
      }
    }
  }
}

/// The files that the rules read.
struct Repository: Sendable {
  /// In the order of their paths.
  let files: [SourceFile]
  /// Every file and folder, also those that no rule reads.
  let paths: Set<String>

  init(_ texts: [String: String]) {
    files = texts.sorted { $0.key < $1.key }.map { SourceFile(path: $0.key, text: $0.value) }
    paths = Set(texts.keys)
  }

  private init(files: [SourceFile], paths: Set<String>) {
    self.files = files
    self.paths = paths
  }

  func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

  func swift(under folder: String) -> [SourceFile] {
    files.filter { $0.isSwift && $0.isUnder(folder) }
  }

  /// The repository that holds this file, read once.
  static let here: Result<Repository, any Error> = Result {
    let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let manager = FileManager.default
    var paths: Set<String> = []
    for entry in try manager.contentsOfDirectory(atPath: root) where !isSkipped(entry) {
      paths.insert(entry)
      guard let inside = try? manager.subpathsOfDirectory(atPath: root + "/" + entry) else {
        continue
      }
      paths.formUnion(inside.map { entry + "/" + $0 })
    }
    let folders = Set(paths.map { $0.split(separator: "/").dropLast().joined(separator: "/") })
    let files = try paths.subtracting(folders).sorted().filter(isRead).map {
      SourceFile(path: $0, text: try String(contentsOfFile: root + "/" + $0, encoding: .utf8))
    }
    return Repository(files: files, paths: paths)
  }

  /// Hidden entries at the top are products of a build or of the lab.
  private static func isSkipped(_ entry: String) -> Bool {
    entry.hasPrefix(".") && entry != ".ci"
  }

  private static func isRead(_ path: String) -> Bool {
    let folder = path.split(separator: "/").first.map(String.init) ?? ""
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    let isText = [".swift", ".c", ".h", ".sh", ".md", ".py", ".yaml", ".in"].contains {
      name.hasSuffix($0)
    }
    return switch folder {
    case "Sources", "bench", "genconf": isText
    case "Tests": isText && !path.contains("/Verdicts/") || path == "Tests/mutants"
    case "docs": name.hasSuffix(".md")
    case "lab": isText || !name.contains(".")
    default: path == name && isText || ["Makefile", ".ci/run"].contains(path)
    }
  }
}
