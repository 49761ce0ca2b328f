@testable import ForgePorts
@testable import ForgeSSH
@testable import ForgeNodeProtocol
@testable import ForgeModel
import Testing

@testable import DCOSForgeCore

@Suite struct RemoteCommandTests {
  /// Arguments that break careless quoting.
  static let hostile: [String] = [
    "", " ", "plain", "two words", "'", "''", "it's", #"a"b"#, #"\"#, #"\\'"#, "$HOME", "$(id)",
    "`id`",
    "${IFS}", "a;b", "a&b", "a|b", "a>b", "#c", "~", "~root", "*", "?", "[a-z]", "{a,b}", "!!",
    "-n",
    "--", "-rf", "a\nb", "\n", "\n\n", "a\n", "a\r\nb", "\t", "\u{1}\u{7F}", "\u{1E}", "grüße",
    "日本語",
    "e\u{301}", "🦭", "%s", "\\n", "\\x41", "=", "a=b", "$'x'", "'\"'\"'",
    String(repeating: "x'", count: 25_000), String(repeating: "ab\n", count: 33_000),
  ]

  @Test(arguments: ["/bin/dash", "/bin/bash"])
  func aLocalShellTakesArgumentsLiterally(_ shell: String) async throws {
    for word in Self.hostile {
      let line = "printf '<%s>' \(try ShellCommand.quoted(word))"
      let result = try await LocalProgram.run([shell, "-c", line])
      #expect(result.standardOutput == "<\(word)>")
    }
  }

  @Test func aNULIsRefused() {
    #expect(throws: ForgeError.self) { try ShellCommand.quoted("a\0b") }
    #expect(throws: ForgeError.self) {
      try RemoteCommand.scriptRunner("a\0b", .loginShell, nonce: "n")
    }
  }

  @Test func aLineThatNoArgumentHoldsIsRefused() {
    #expect(throws: ForgeError.self) {
      try RemoteCommand.framed(String(repeating: "x", count: 130_000), nonce: "n")
    }
  }

  @Test(arguments: [
    (Int32(0), CommandResult.Status.exited(0)), (1, .exited(1)), (127, .exited(127)),
    (128, .exited(128)), (129, .signalled("HUP")), (137, .signalled("KILL")),
    (143, .signalled("TERM")), (200, .exited(200)), (255, .exited(255)),
  ])
  func readsTheShellsStatus(_ number: Int32, _ status: CommandResult.Status) {
    #expect(RemoteCommand.status(number) == status)
  }
}

extension SSHServerTests {
  @Test func theNodesShellTakesArgumentsLiterally() async throws {
    let server = try await SSHServer()
    let connection = try await server.open()
    let words = RemoteCommandTests.hostile
    let lines = try words.map { try ShellCommand.line(["printf", "<%s>", $0]) }
    let expected = words.map { "<\($0)>" }.joined()
    let script = lines.joined(separator: ";")
    let login = try await connection.run(.shell(script), timeout: .seconds(60))
    #expect(login == CommandResult(status: .exited(0), standardOutput: expected))
    let dashes = try lines.map { try ShellCommand.line(["dash", "-c", $0]) }
    let dash = try await connection.run(
      .shell(dashes.joined(separator: ";")), timeout: .seconds(60))
    #expect(dash == CommandResult(status: .exited(0), standardOutput: expected))
    let short = try ShellCommand.line(["printf", "<%s>"] + words.filter { $0.utf8.count < 1000 })
    let argument = try await connection.execute(short, timeout: .seconds(60))
    #expect(
      argument.standardOutput
        == words.filter { $0.utf8.count < 1000 }.map { "<\($0)>" }.joined())
  }
}
