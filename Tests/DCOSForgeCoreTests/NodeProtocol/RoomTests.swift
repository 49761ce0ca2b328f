@testable import ForgeNodeProtocol
import ForgeSimulation
import FoundationEssentials
import Testing

/// Each task on a node has its script and the one folder that sends it, read from the sources.
@Suite struct RoomTests {
  private static let folder =
    "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    + "/Sources/DCOSForgeCore/NodeProtocol"

  /// These are a command line, not a script.
  private static let commandLines: Set<TaskKind> = [.shell, .checksum]

  /// The texts of the scripts in a folder of `Scripts`, by their names without `.sh`.
  private static func scripts(_ kind: String) throws -> [String: String] {
    let path = "\(folder)/Scripts/\(kind)"
    var texts: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      try #require(name.hasSuffix(".sh"), "\(name) is no script")
      texts[String(name.dropLast(3))] = try String(
        contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }
    return texts
  }

  /// The files directly in the folders of the tasks that name the embedded script.
  private static func files(naming script: String) throws -> [String] {
    let name = "PackageResources.\(script.replacing("-", with: "_"))_sh"
    return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { path in
      guard path.hasSuffix(".swift"), path.split(separator: "/").count == 2 else { return false }
      return try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8).contains(name)
    }
  }

  @Test func everyTaskHasAScriptOfItsName() throws {
    let kinds = Set(TaskKind.allCases).subtracting(Self.commandLines)
    #expect(try Set(Self.scripts("tasks").keys) == Set(kinds.map(\.rawValue)))
    #expect(Set(ScriptSyntaxTests.tasks.map(\.task.kind)) == kinds, "bash must read them all")
  }

  @Test func everyTaskIsSentByOneFolder() throws {
    for script in try Self.scripts("tasks").keys {
      let files = try Self.files(naming: script)
      #expect(files.count == 1, "\(script) is named in \(files)")
    }
  }

  @Test func aTaskSendsItsOwnScriptAndNoOther() throws {
    let scripts = try Self.scripts("tasks")
    for (name, task) in ScriptSyntaxTests.tasks {
      let sent = scripts.filter { task.script.contains($0.value) }.map(\.key)
      #expect(sent == [task.kind.rawValue], "\(name)")
    }
  }

  @Test func everyScriptOfTheLibraryIsSentBySomeTask() throws {
    let sent = ScriptSyntaxTests.tasks.map(\.task.script)
    for (name, text) in try Self.scripts("lib") {
      #expect(sent.contains { $0.contains(text) }, "\(name) is sent by no task")
    }
  }
}
