/// A declaration, found by its keyword.
struct Declaration {
  enum Keyword: String {
    case `func`, `init`, `deinit`, `subscript`, `var`, `let`, `case`
    case `struct`, `class`, `enum`, `actor`, `protocol`, `extension`, `typealias`, `associatedtype`

    var isType: Bool {
      switch self {
      case .struct, .class, .enum, .actor, .protocol, .extension: true
      default: false
      }
    }
  }

  /// Where a declaration stands.
  enum Owner: Equatable { case file, type(Int), code }

  var keyword: Keyword
  /// The keyword itself, when there is no name.
  var name: String
  var line: Int
  var token: Int
  var owner: Owner
  /// The line of the closing brace; nil without a body.
  var lastLine: Int?
  /// The tokens of the body with its braces; empty without a body.
  var body: Range<Int> = 0..<0

  var nameToken: Int { keyword == .case ? token : token + 1 }

  /// The words between the keyword and the body, as the types that it conforms to.
  func head(in tokens: [Token]) -> Set<String> {
    Set(tokens[token..<max(token, body.lowerBound)].filter { $0.kind == .word }.map(\.text))
  }
}

/// Finds the declarations in tokens by the shape of the code.
struct DeclarationFinder {
  private static let starters: Set<String> = [
    "func", "var", "let", "init", "deinit", "subscript", "case", "struct", "class", "enum", "actor",
    "protocol", "extension", "typealias", "associatedtype", "static", "package", "public",
    "private", "fileprivate", "internal", "mutating", "nonisolated", "@", "#", "}",
  ]

  private let tokens: [Token]
  private var found: [Declaration] = []
  /// The declaration whose body a brace opens, by the token of the brace.
  private var bodies: [Int: Int] = [:]
  /// The declarations around a token; nil for a brace that is no body of one.
  private var around: [Int?] = []

  static func declarations(in tokens: [Token]) -> [Declaration] {
    var finder = DeclarationFinder(tokens: tokens)
    finder.run()
    return finder.found
  }

  private init(tokens: [Token]) { self.tokens = tokens }

  private mutating func run() {
    for index in tokens.indices {
      let token = tokens[index]
      if token.kind == .symbol {
        if token.text == "{" { around.append(bodies[index]) }
        if token.text == "}", let ended = around.popLast() ?? nil {
          found[ended].lastLine = token.line
          found[ended].body = found[ended].body.lowerBound..<(index + 1)
        }
      } else if token.kind == .word, let keyword = Declaration.Keyword(rawValue: token.text) {
        declare(keyword, at: index)
      }
    }
  }

  private func text(_ index: Int) -> String {
    tokens.indices.contains(index) && tokens[index].kind != .string ? tokens[index].text : ""
  }

  private var owner: Declaration.Owner {
    guard let innermost = around.last else { return .file }
    guard let innermost, found[innermost].keyword.isType else { return .code }
    return .type(innermost)
  }

  private mutating func declare(_ keyword: Declaration.Keyword, at index: Int) {
    guard text(index - 1) != ".", let next = tokens.indices.contains(index + 1) ? index + 1 : nil
    else { return }
    let follower = tokens[next]
    switch keyword {
    case .`init`, .subscript:
      guard ["(", "<", "?"].contains(follower.text), follower.kind == .symbol else { return }
    case .deinit: guard follower.text == "{" else { return }
    case .case:
      guard case .type(let type) = owner, found[type].keyword == .enum else { return }
      return cases(from: next)
    case .var, .let: guard follower.kind == .word, follower.text != "_" else { return }
    case .func: guard follower.kind != .string else { return }
    default:
      guard follower.kind == .word, follower.text.first?.isUppercase == true,
        follower.line == tokens[index].line
      else { return }
    }
    let named = keyword != .`init` && keyword != .subscript && keyword != .deinit
    let opener = opener(of: keyword, from: next)
    if let opener { bodies[opener] = found.count }
    found.append(
      Declaration(
        keyword: keyword, name: named ? follower.text : keyword.rawValue, line: tokens[index].line,
        token: index, owner: owner, body: (opener ?? 0)..<(opener ?? 0)))
  }

  /// The brace that opens the body; nil when there is none.
  private func opener(of keyword: Declaration.Keyword, from start: Int) -> Int? {
    guard keyword != .let, keyword != .typealias, keyword != .associatedtype else { return nil }
    var depth = 0
    var index = start
    while index < tokens.count {
      let token = tokens[index]
      let startsLine = index > start && token.line > tokens[index - 1].line
      if token.kind == .symbol {
        if token.text == "(" || token.text == "[" { depth += 1 }
        if token.text == ")" || token.text == "]" { depth -= 1 }
        if depth < 0 { return nil }
      }
      if depth == 0, token.kind != .string {
        if token.text == "{" { return index }
        if token.text == "}" { return nil }
        if startsLine, Self.starters.contains(token.text) { return nil }
        if keyword == .var, startsLine || token.text == "=" || token.text == ";" { return nil }
      }
      index += 1
    }
    return nil
  }

  /// The names after `case` in an enum: `a, b(Int), c = "x"`.
  private mutating func cases(from start: Int) {
    var index = start
    while index < tokens.count, tokens[index].kind == .word {
      found.append(
        Declaration(
          keyword: .case, name: tokens[index].text, line: tokens[index].line, token: index,
          owner: owner))
      index += 1
      if text(index) == "(" { index = afterParenthesis(index) }
      if text(index) == "=" { index += text(index + 1) == "-" ? 3 : 2 }
      guard text(index) == "," else { return }
      index += 1
    }
  }

  private func afterParenthesis(_ start: Int) -> Int {
    var depth = 0
    for index in start..<tokens.count where tokens[index].kind == .symbol {
      if tokens[index].text == "(" { depth += 1 }
      if tokens[index].text == ")" { depth -= 1 }
      if depth == 0 { return index + 1 }
    }
    return tokens.count
  }
}
