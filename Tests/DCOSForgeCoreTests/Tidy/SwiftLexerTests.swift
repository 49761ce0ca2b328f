import Testing

@Suite struct SwiftLexerTests {
  private func texts(_ code: String) -> [String] { SwiftLexer.tokens(of: code).map(\.text) }

  @Test func commentsAreNoTokens() {
    #expect(texts("a // b\n/* c /* d */ e */ f") == ["a", "f"])
    #expect(SwiftLexer.tokens(of: "/*\n\n*/\na").map(\.line) == [4])
  }

  @Test func stringsAreOneToken() {
    #expect(texts(#"f("a // \" b")"#) == ["f", "(", #"a // \" b"#, ")"])
    #expect(texts("\"\"\"\n  a \"b\"\n  \"\"\"\nc") == ["\n  a \"b\"\n  ", "c"])
    #expect(texts("#\"a\\(b)\" \"\"# c") == ["a\\(b)\" \"", "c"])
    #expect(SwiftLexer.tokens(of: "\"\"\"\n\n\"\"\"\na").map(\.line) == [1, 4])
  }

  @Test func interpolationsAreCode() {
    #expect(texts(#""a\(b("c\(d)"))e" f"#) == ["ae", "b", "(", "c", "d", ")", "f"])
    #expect(texts(##"#"a\#(b)c\(d)"# e"##) == [#"ac\(d)"#, "b", "e"])
  }

  @Test func namesLoseTheirBackticks() {
    #expect(texts("case `default`, a_1, $0") == ["case", "default", ",", "a_1", ",", "$0"])
  }

  @Test func codeIsFoundWithItsSpaces() {
    let file = SourceFile(
      path: "A.swift", text: "try !a\ntry! b\nTask { }\nTask{ }\n// try!\n\"try!\"")
    #expect(file.matches(of: "try!").map { file.tokens[$0].line } == [2])
    #expect(file.matches(of: "Task {").map { file.tokens[$0].line } == [3])
    #expect(file.matches(of: ".init").isEmpty)
  }

  @Test func declarationsAreFoundWithTheirBodies() {
    let code = """
      struct A: Codable {
        static let table = [1, 2]
        var stored = 1
        var computed: Int {
          let local = 2
          return local
        }
        init(_ body: () -> Void = {}) {
          body()
        }
        func generic<T>(_ a: T)
          where T: Hashable
        {
          A.init {}
        }
        enum B { case a, b(Int), c }
      }
      protocol P {
        var x: Int { get }
        func f(_ a: [Int]) -> Int
        func g()
      }
      extension A { subscript(a: Int) -> Int { a } }
      """
    let file = SourceFile(path: "A.swift", text: code)
    let found = file.declarations.map { "\($0.keyword.rawValue) \($0.name) \($0.lastLine ?? 0)" }
    #expect(
      found == [
        "struct A 17", "let table 0", "var stored 0", "var computed 7", "let local 0",
        "init init 10",
        "func generic 15", "enum B 16", "case a 0", "case b 0", "case c 0", "protocol P 22",
        "var x 19", "func f 0", "func g 0", "extension A 23", "subscript subscript 23",
      ])
    #expect(
      file.declarations.map(\.owner).prefix(5) == [.file, .type(0), .type(0), .type(0), .code])
    #expect(file.declarations[0].head(in: file.tokens).contains("Codable"))
  }
}
