@testable import ForgeModel
@testable import ForgeConfiguration
import Foundation
import Testing

@testable import DCOSForge
@testable import DCOSForgeCore

@Suite struct ConfigurationCommandTests {
  @Test func initWritesTheStarterOnce() async throws {
    try await Executable.inFolder { tool in
      #expect(try await tool.run("init").succeeded)
      #expect(try tool.read("dcosforge.yaml") == ClusterFileText.starter)
      try tool.write("mine", to: "dcosforge.yaml")
      let second = try await tool.run("init")
      #expect(second.status == .exited(ExitStatus.refused.rawValue))
      #expect(second.standardError.contains("dcosforge.yaml: the file is there already"))
      #expect(try tool.read("dcosforge.yaml") == "mine")
      #expect(try await tool.run("init", "--force").succeeded)
      #expect(try tool.read("dcosforge.yaml") == ClusterFileText.starter)
      #expect(try await tool.run("init", "-c", "-").standardOutput == ClusterFileText.starter)
      let missing = try await tool.run("init", "-c", "no/such/folder")
      #expect(missing.status == .exited(3))
      #expect(missing.standardError.contains("\n  No such file or directory\n"))
    }
  }

  @Test func initReplacesNothingButFiles() async throws {
    try await Executable.inFolder { tool in
      let link = tool.folder.appending(path: "link").path(percentEncoded: false)
      let pipe = tool.folder.appending(path: "pipe").path(percentEncoded: false)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real")
      try #require(unsafe mkfifo(pipe, 0o600) == 0)
      for (place, observed) in [
        (".", "it is a folder"), ("pipe", "it is no regular file"),
        ("link", "it is no regular file"),
      ] {
        let run = try await tool.run("init", "--force", "-c", place)
        #expect(run.status == .exited(3))
        #expect(run.standardError.contains("\n  \(observed)\n"), "\(run.standardError)")
      }
      try tool.write("mine", to: "real")
      #expect(try await tool.run("init", "--force", "-c", "link").succeeded)
      #expect(try tool.read("real") == ClusterFileText.starter)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real")
    }
  }

  @Test func validateSaysWhatIsWrongAndWhere() async throws {
    try await Executable.inFolder { tool in
      try tool.write("version: 1\nclustr: x\n", to: "bad.yaml")
      let bad = try await tool.run("validate", "-c", "bad.yaml")
      #expect(bad.status == .exited(3))
      #expect(bad.standardOutput.isEmpty)
      #expect(
        bad.standardError.hasPrefix("bad.yaml:2:1: error: the cluster file has no key \"clustr\""))
      #expect(!bad.standardError.contains("\u{1B}"))
      let json = try await tool.run("validate", "-c", "bad.yaml", "-o", "json")
      #expect(json.status == .exited(3))
      #expect(json.standardError.isEmpty)
      #expect(json.standardOutput.contains("\"id\" : \"unknown-key\""))
      #expect(json.standardOutput.contains("\"verdict\" : null"))
    }
  }

  @Test func theFileIsFoundInItsOrder() async throws {
    try await Executable.inFolder { tool in
      let builtIn = try await tool.run("validate", "-v")
      #expect(builtIn.succeeded)
      #expect(builtIn.standardOutput.contains("built-in cluster: valid, dcos_gsi with 7 nodes"))
      #expect(builtIn.standardOutput.contains("lxzk03"))
      for name in ["usual", "variable", "option"] {
        try tool.write("version: 1\ncluster: \(name)\n", to: "\(name).yaml")
      }
      try tool.write("version: 1\ncluster: usual\n", to: "dcosforge.yaml")
      #expect(try await tool.run("validate").standardOutput.contains("usual with"))
      let environment = ["DCOSFORGE_CONFIG": "variable.yaml"]
      #expect(
        try await tool.run("validate", environment: environment).standardOutput.contains(
          "variable with"))
      #expect(
        try await tool.run("validate", "-c", "option.yaml", environment: environment).standardOutput
          .contains("option with"))
      #expect(
        try await tool.run("validate", "-c", "-", input: "version: 1\ncluster: piped")
          .standardOutput
          .contains("piped with"))
      for missing in [["DCOSFORGE_CONFIG": "none"], ["DCOSFORGE_CONFIG": "."]] {
        let outcome = try await tool.run("validate", environment: missing)
        #expect(outcome.status == .exited(3))
        #expect(outcome.standardError.contains("the cluster file cannot be read"))
      }
    }
  }

  @Test func anEndlessFileIsRefused() async throws {
    try await Executable.inFolder { tool in
      let outcome = try await tool.run("validate", "-c", "/dev/zero")
      #expect(outcome.status == .exited(3))
      #expect(outcome.standardError.contains("[yaml-limit]"))
    }
  }

  @Test func showAndSchemaPrint() async throws {
    try await Executable.inFolder { tool in
      let input = "version: 1\ncluster: ${env:NAME}"
      let shown = try await tool.run(
        "config", "show", "-c", "-", input: input, environment: ["NAME": "north"])
      #expect(shown.succeeded)
      #expect(shown.standardOutput.hasPrefix("version: 1\ncluster: north\nhypervisor:\n"))
      #expect(try await tool.run("config", "show", "-c", "-", input: input).status == .exited(3))
      #expect(try await tool.run("config", "schema").standardOutput.contains("2020-12"))
    }
  }

  @Test func exitCodesOfTheCommandLineItself() async throws {
    try await Executable.inFolder { tool in
      #expect(try await tool.run("--version").standardOutput == ToolVersion.number + "\n")
      let help = try await tool.run("--help")
      #expect(help.succeeded)
      #expect(help.standardOutput.contains("USAGE: dcosforge"))
      for arguments in [["--nonsense"], ["validate", "-o", "xml"], ["nonsense"]] {
        let outcome = try await tool.run(arguments)
        #expect(outcome.status == .exited(3), "\(arguments)")
        #expect(outcome.standardOutput.isEmpty)
        #expect(!outcome.standardError.isEmpty)
      }
    }
  }
}
