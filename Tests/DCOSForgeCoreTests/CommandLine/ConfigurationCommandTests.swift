import Testing

@testable import DCOSForge
@testable import DCOSForgeCore

@Suite struct ConfigurationCommandTests {
  @Test func initWritesTheStarterOnce() throws {
    try Executable.inFolder { tool in
      #expect(try tool.run("init").status == 0)
      #expect(try tool.read("dcosforge.yaml") == ClusterFileText.starter)
      try tool.write("mine", to: "dcosforge.yaml")
      let second = try tool.run("init")
      #expect(second.status == ExitStatus.refused.rawValue)
      #expect(second.stderr.contains("dcosforge.yaml: the file is there already"))
      #expect(try tool.read("dcosforge.yaml") == "mine")
      #expect(try tool.run("init", "--force").status == 0)
      #expect(try tool.read("dcosforge.yaml") == ClusterFileText.starter)
      #expect(try tool.run("init", "-c", "-").stdout == ClusterFileText.starter)
      #expect(try tool.run("init", "-c", "no/such/folder").status == 3)
    }
  }

  @Test func validateSaysWhatIsWrongAndWhere() throws {
    try Executable.inFolder { tool in
      try tool.write("version: 1\nclustr: x\n", to: "bad.yaml")
      let bad = try tool.run("validate", "-c", "bad.yaml")
      #expect(bad.status == 3)
      #expect(bad.stdout.isEmpty)
      #expect(bad.stderr.hasPrefix("bad.yaml:2:1: error: the cluster file has no key \"clustr\""))
      #expect(!bad.stderr.contains("\u{1B}"))
      let json = try tool.run("validate", "-c", "bad.yaml", "-o", "json")
      #expect(json.status == 3)
      #expect(json.stderr.isEmpty)
      #expect(json.stdout.contains("\"id\" : \"unknown-key\""))
      #expect(json.stdout.contains("\"isValid\" : false"))
    }
  }

  @Test func theFileIsFoundInItsOrder() throws {
    try Executable.inFolder { tool in
      let builtIn = try tool.run("validate", "-v")
      #expect(builtIn.status == 0)
      #expect(builtIn.stdout.contains("built-in cluster: valid, dcos_gsi with 7 nodes"))
      #expect(builtIn.stdout.contains("lxzk03"))
      for name in ["usual", "variable", "option"] {
        try tool.write("version: 1\ncluster: \(name)\n", to: "\(name).yaml")
      }
      try tool.write("version: 1\ncluster: usual\n", to: "dcosforge.yaml")
      #expect(try tool.run("validate").stdout.contains("usual with"))
      let environment = ["DCOSFORGE_CONFIG": "variable.yaml"]
      #expect(try tool.run("validate", environment: environment).stdout.contains("variable with"))
      #expect(
        try tool.run("validate", "-c", "option.yaml", environment: environment).stdout
          .contains("option with"))
      #expect(
        try tool.run("validate", "-c", "-", input: "version: 1\ncluster: piped").stdout
          .contains("piped with"))
      for missing in [["DCOSFORGE_CONFIG": "none"], ["DCOSFORGE_CONFIG": "."]] {
        let outcome = try tool.run("validate", environment: missing)
        #expect(outcome.status == 3)
        #expect(outcome.stderr.contains("the cluster file cannot be read"))
      }
    }
  }

  @Test func anEndlessFileIsRefused() throws {
    try Executable.inFolder { tool in
      let outcome = try tool.run("validate", "-c", "/dev/zero")
      #expect(outcome.status == 3)
      #expect(outcome.stderr.contains("[yaml-limit]"))
    }
  }

  @Test func showAndSchemaPrint() throws {
    try Executable.inFolder { tool in
      let input = "version: 1\ncluster: ${env:NAME}"
      let shown = try tool.run(
        "config", "show", "-c", "-", input: input, environment: ["NAME": "north"])
      #expect(shown.status == 0)
      #expect(shown.stdout.hasPrefix("version: 1\ncluster: north\nhypervisor:\n"))
      #expect(try tool.run("config", "show", "-c", "-", input: input).status == 3)
      #expect(try tool.run("config", "schema").stdout.contains("2020-12"))
    }
  }

  @Test func exitCodesOfTheCommandLineItself() throws {
    try Executable.inFolder { tool in
      let help = try tool.run("--help")
      #expect(help.status == 0)
      #expect(help.stdout.contains("USAGE: dcosforge"))
      for arguments in [["--nonsense"], ["validate", "-o", "xml"], ["nonsense"]] {
        let outcome = try tool.run(arguments)
        #expect(outcome.status == 3, "\(arguments)")
        #expect(outcome.stdout.isEmpty)
        #expect(!outcome.stderr.isEmpty)
      }
    }
  }
}
