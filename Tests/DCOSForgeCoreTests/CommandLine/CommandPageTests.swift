@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// `docs/commands.md`, the texts of `--help` and the names of the source files follow the commands.
@Suite struct CommandPageTests {
  private static let root =
    "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

  /// A command as the argument parser dumps it.
  private struct Command: Decodable {
    var commandName: String
    var aliases: [String]?
    var abstract: String?
    var discussion: String?
    var subcommands: [Command]?
    var arguments: [Argument]?
  }

  private struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String

      var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }

    var kind: String
    var shouldDisplay: Bool
    var isOptional: Bool
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var allValues: [String]?
    var abstract: String?
    var discussion: String?
  }

  private struct Dump: Decodable {
    var command: Command
  }

  /// Every command with the words that call it, in the order of the help.
  private static func commands() async throws -> [(words: [String], command: Command)] {
    var commands: [(words: [String], command: Command)] = []
    func add(_ command: Command, _ words: [String]) {
      commands.append((words, command))
      for child in command.subcommands ?? [] where child.commandName != "help" {
        add(child, words + [child.commandName])
      }
    }
    try await Executable.inFolder { tool in
      let dump = try await tool.run("--experimental-dump-help")
      #expect(dump.succeeded)
      add(try JSONDecoder().decode(Dump.self, from: Data(dump.standardOutput.utf8)).command, [])
    }
    try #require(commands.count > 20)
    return commands
  }

  // MARK: the page

  @Test func thePageIsUpToDate() async throws {
    let page = Self.root + "/docs/commands.md"
    let text = try String(contentsOfFile: page, encoding: .utf8)
    let mark = try #require(text.firstRange(of: "writes them -->\n"))
    let sections = try await Self.commands().dropFirst().map(Self.section)
    let wanted = text[..<mark.upperBound] + "\n" + sections.joined(separator: "\n")
    guard text != wanted else { return }
    if ProcessInfo.processInfo.environment["DCOSFORGE_RECORD"] == "1" {
      try wanted.write(toFile: page, atomically: true, encoding: .utf8)
    }
    Issue.record("docs/commands.md differs from the commands; DCOSFORGE_RECORD=1 writes it again")
  }

  private static func section(_ words: [String], _ command: Command) -> String {
    var lines = ["## \(words.joined(separator: " "))", "", command.abstract ?? ""]
    if let aliases = command.aliases, !aliases.isEmpty {
      lines += ["", "Other name: \(aliases.map { "`\($0)`" }.joined(separator: ", "))."]
    }
    let (text, examples) = parts(of: command)
    if !text.isEmpty { lines += ["", text] }
    if !examples.isEmpty { lines += ["", "```sh"] + examples + ["```"] }
    let rows = (command.arguments ?? [])
      .filter { $0.shouldDisplay && !["help", "version"].contains($0.names?.last?.name) }.map(row)
    if !rows.isEmpty {
      lines += ["", "| argument | meaning | default |", "|---|---|---|"] + rows
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The discussion without its examples, and those.
  private static func parts(of command: Command) -> (text: String, examples: [String]) {
    let parts = (command.discussion ?? "").components(separatedBy: "Examples:\n")
    let examples = parts.count > 1 ? parts[1].split(separator: "\n") : []
    return (
      parts[0].trimmingCharacters(in: .newlines),
      examples.map { $0.trimmingCharacters(in: .whitespaces) }
    )
  }

  private static func row(_ argument: Argument) -> String {
    let value = argument.valueName.map { "<\($0)>" } ?? ""
    let form =
      switch argument.kind {
      case "positional": "`\(value)`"
      case "flag": (argument.names ?? []).map { "`\($0.text)`" }.joined(separator: ", ")
      default: (argument.names ?? []).map { "`\($0.text) \(value)`" }.joined(separator: ", ")
      }
    var meaning = argument.abstract ?? ""
    if let values = argument.allValues {
      meaning += " One of \(values.map { "`\($0)`" }.joined(separator: ", "))."
    }
    let missing = argument.isOptional ? "–" : "needed"
    var initial = argument.defaultValue.map { "`\($0)`" } ?? missing
    if let discussion = argument.discussion {
      let parts = discussion.components(separatedBy: "Default: ")
      if !parts[0].isEmpty { meaning += " " + parts[0].trimmingCharacters(in: .whitespaces) }
      if parts.count > 1 { initial = parts[1].trimmingCharacters(in: ["."]) }
    }
    return "| \(form) | \(meaning) | \(initial) |"
  }

  // MARK: the help

  /// The parser checks a command's declaration only when that command is called.
  @Test func everyHelpIsTheOneThatIsKept() async throws {
    var kept: Set<String> = []
    for (words, _) in try await Self.commands() {
      let name = (["dcosforge"] + words).joined(separator: "-") + ".txt"
      try await Executable.inFolder { tool in
        let help = try await tool.run(words + ["--help"], environment: ["COLUMNS": "100"])
        #expect(help.succeeded, "\(words): \(help.standardError)")
        try Goldens.expect(help.standardOutput, is: "help/" + name)
      }
      kept.insert(name)
    }
    let folder = Self.root + "/Tests/DCOSForgeCoreTests/Goldens/help"
    #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder)) == kept)
  }

  @Test func everyCommandHasExamplesWithItsOwnOptions() async throws {
    for (words, command) in try await Self.commands() where command.subcommands?.isEmpty != false {
      let examples = Self.parts(of: command).examples
      #expect(!examples.isEmpty, "\(words) has no example")
      let options = Set((command.arguments ?? []).flatMap { $0.names ?? [] }.map(\.text))
      for example in examples {
        let own = example.components(separatedBy: " -- ")[0].split(separator: " ")
        #expect(own.dropFirst().starts(with: words.map { Substring($0) }), "\(example)")
        let used = own.filter { $0.hasPrefix("-") && $0 != "-" }
          .map { String($0.prefix { $0 != "=" }) }
        #expect(Set(used).subtracting(options) == [], "\(example)")
      }
    }
  }

  // MARK: names and codes

  @Test func everyCommandHasAFileCalledAfterIt() async throws {
    let folder = Self.root + "/Sources/DCOSForge/Commands"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      .map { $0.replacingOccurrences(of: "Command.swift", with: "").lowercased() }
    let names = try await Self.commands().dropFirst().map { words, _ in
      words.joined().replacingOccurrences(of: "-", with: "")
    }
    #expect(files.sorted() == names.sorted())
  }

  @Test func everyExitCodeIsInTheReadme() throws {
    let text = try String(contentsOfFile: Self.root + "/README.md", encoding: .utf8)
    let table = try #require(text.components(separatedBy: "## Exit codes\n").last)
      .components(separatedBy: "\n## ")[0]
    let codes = table.split(separator: "\n").compactMap { $0.split(separator: "|").first }
      .flatMap { $0.split(separator: ",") }
      .compactMap { Int32($0.trimmingCharacters(in: .whitespaces)) }
    #expect(codes == ExitStatus.allCases.map(\.rawValue))
  }
}
