@testable import ForgeKeys
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// What a terminal gets, and what a file gets: nothing that steers a terminal reaches one unless it
/// is ours.
@Suite struct TerminalTests {
  private static let hostile = "a\u{1B}[5mb\u{9B}5mc\u{202E}d\u{7F}"
  private static let replaced = "a\u{FFFD}[5mb\u{FFFD}5mc\u{FFFD}d\u{FFFD}"

  @Test func ourColoursAreTheOnlyOnes() async throws {
    try await Executable.inFolder { program in
      let shown = try await program.runOnTerminal("explain '\(Self.hostile)'")
      #expect(shown.hasPrefix("\u{1B}[1;31merror:\u{1B}[0m \(Self.replaced): "), "\(shown)")
      #expect(shown.count { $0 == "\u{1B}" } == 2)
      // A message is for people also where it goes to a file.
      let noted = try await program.run("explain", Self.hostile)
      #expect(noted.standardError.hasPrefix("error: \(Self.replaced): "))
    }
  }

  /// JSON has escapes of its own, which say the same.
  @Test func recordsAreEscapedOnATerminalOnly() async throws {
    try await Executable.inFolder { program in
      let name = Self.hostile + ".yaml"
      try program.write("version: 2\n", to: name)
      let shown = try await program.runOnTerminal("validate -o json -c '\(name)'")
      #expect(shown.contains(#""a\u001b[5mb\u009b5mc\u202ed\u007f.yaml""#), "\(shown)")
      let printed = try await program.run("validate", "-o", "json", "-c", name)
      #expect(printed.standardOutput.contains(#""a\u001b[5mb"# + "\u{9B}5mc\u{202E}d\u{7F}.yaml\""))
      let report = try JSONDecoder().decode(Report.self, from: Data(shown.utf8))
      #expect(report.findings.map(\.file) == [name])
    }
  }

  private struct Report: Decodable {
    struct Finding: Decodable { var file: String }
    var findings: [Finding]
  }
}

extension SSHServerTests {
  /// `exec` of the executable over a real sshd.
  @Suite struct ExecCommandTests {
    /// A cluster whose master is the server.
    private func file(_ network: NetworkNamespace, _ server: SSHServer) -> String {
      let net = network.address.description.split(separator: ".").dropLast().joined(separator: ".")
      return """
        version: 1
        cluster: north
        network: {cidr: \(net).0/24, gateway: \(net).1}
        ssh: {port: \(server.port), user: \(SSHServer.account)}
        nodes:
        - {names: boot, role: bootstrap, address: \(net).9}
        - {names: m1, role: master, address: \(network.address)}

        """
    }

    @Test(.enabled { await NetworkNamespace.isPossible() })
    func bytesOfANodeBecomeTextOnATerminalOnly() async throws {
      let network = try await NetworkNamespace()
      let server = try await SSHServer(
        prefix: network.prefix, address: network.address.description, port: 22_023)
      try await Executable.inFolder { program in
        try program.write(file(network, server), to: "dcosforge.yaml")
        let root = program.folder.appending(path: "s").path
        let folder = try StateFolder(root: root, cluster: "north")
        try PrivateFile.write(server.user.privateKeyFile.utf8, to: folder.userKeyPath)
        try folder.adopt(server.host, of: Samples.name("m1"), generation: 1)
        let command =
          #"printf "a\033[5mb\2335m\tc\303\251\342\200\256d\303\n"; printf "e\033[5m\n" >&2"#
        let line = "exec --state-dir s --node m1 -- '\(command)'"
        let shown = try await program.runOnTerminal(line)
        #expect(shown.contains("m1: a\u{FFFD}[5mb\u{FFFD}5m\tcé\u{FFFD}d\u{FFFD}\n"), "\(shown)")
        #expect(shown.contains("m1: e\u{FFFD}[5m\n"), "\(shown)")
        let kept = try await program.runInShell(line + " >raw 2>errors")
        #expect(kept.succeeded, "\(kept)")
        let raw = try Data(contentsOf: program.folder.appending(path: "raw"))
        let expected =
          Array("m1: a\u{1B}[5mb".utf8) + [0x9B] + Array("5m\tcé\u{202E}d".utf8) + [0xC3, 0x0A]
        #expect(Array(raw) == expected)
        #expect(try program.read("errors").contains("m1: e\u{1B}[5m\n"))
      }
      try await network.remove()
    }
  }
}
