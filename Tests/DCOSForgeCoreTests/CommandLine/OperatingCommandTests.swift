@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// The commands of an operator, as far as they go without a cluster.
@Suite struct OperatingCommandTests {
  /// Puts a program into the folder `bin`.
  private func program(_ tool: Executable, _ name: String, _ body: String) throws {
    let folder = tool.folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try tool.write("#!/bin/sh\n\(body)\n", to: "bin/\(name)")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: folder.appending(path: name).path)
  }

  /// The environment: our programs and a state folder whose path is odd and not absolute.
  private func environment(_ tool: Executable) -> [String: String] {
    [
      "PATH": tool.folder.appending(path: "bin").path, "DCOSFORGE_STATE_DIR": "sta te",
      "HOME": tool.folder.path,
    ]
  }

  @Test func sshPrintsItsConfiguration() async throws {
    try await Executable.inFolder { tool in
      try tool.write("version: 1\ncluster: mine\n", to: "mine.yaml")
      let config = try await tool.run(
        ["ssh", "-c", "mine.yaml", "--config", "lxzk0[1-2]"], environment: environment(tool))
      #expect(config.succeeded, "\(config.standardError)")
      let lines = config.standardOutput.split(separator: "\n")
      #expect(lines.first?.contains("The nodes of mine") == true)
      #expect(
        lines.filter { $0.hasPrefix("Host ") } == [
          "Host lxzk01 lxzk01.mine.internal 10.1.1.49",
          "Host lxzk02 lxzk02.mine.internal 10.1.1.50",
        ])
      #expect(config.standardOutput.contains("/sta te/mine/known_hosts\""))
      let key = try #require(lines.first { $0.contains("IdentityFile") })
      #expect(key.hasPrefix("  IdentityFile \"/"), "\(key)")
      let all = try await tool.run(["ssh", "--config"], environment: environment(tool))
      #expect(all.standardOutput.split(separator: "\n").count { $0.hasPrefix("Host ") } == 7)
    }
  }

  @Test func sshHandsOverToOpenSSH() async throws {
    try await Executable.inFolder { tool in
      try program(tool, "ssh", #"for word; do printf '<%s>\n' "$word"; done; exit 42"#)
      let run = try await tool.run(
        ["ssh", "lxb002", "--", "printf", "%s", "it's"], environment: environment(tool))
      #expect(run.status == .exited(42))
      let lines = run.standardOutput.split(separator: "\n")
      #expect(lines.suffix(3) == ["<lxb002>", "<-->", #"<'printf' '%s' 'it'\''s'>"#])
      #expect(lines.contains("<HostName=10.1.1.14>"))
      let line = try await tool.run(
        ["ssh", "lxb002", "--", "df -h | sort"], environment: environment(tool))
      #expect(line.standardOutput.hasSuffix("<df -h | sort>\n"))
    }
  }

  /// What a command changes for itself is not handed on; a folder of that name is no program.
  ///
  /// The last digits of the ignored signals hold SIGPIPE; the C library ignores two above them.
  @Test func aProgramThatTakesOverHasTheUsualSignalsAndLimits() async throws {
    try await Executable.inFolder { tool in
      try program(
        tool, "ssh", #"/bin/sed -n 's/^SigIgn:.*\(....\)$/\1/p' /proc/self/status; ulimit -Sn"#)
      try FileManager.default.createDirectory(
        at: tool.folder.appending(path: "folder/ssh"), withIntermediateDirectories: true)
      let path = "PATH=folder:bin"
      let taken = try await LocalProgram.run(
        [
          "/bin/sh", "-c", "ulimit -Sn 256; \(path) exec \"$0\" ssh --state-dir s lxb002",
          Executable.path,
        ], folder: tool.folder.path)
      #expect(taken == CommandResult(status: .exited(0), standardOutput: "0000\n256\n"))
    }
  }

  /// Each node has a connection.
  @Test func theLimitOfOpenFilesIsRaised() async throws {
    try await Executable.inFolder { tool in
      try program(tool, "curl", "ulimit -Sn >>limits; printf 000; exit 7")
      let run = try await LocalProgram.run(
        ["/bin/sh", "-c", "ulimit -Sn 256; PATH=$PWD/bin exec \"$0\" endpoints", Executable.path],
        folder: tool.folder.path)
      #expect(run.status == .exited(5))
      let hard = try await LocalProgram.run(["/bin/sh", "-c", "ulimit -Hn"]).standardOutput
      let most = min(Int(hard.dropLast()) ?? .max, 65_536)
      #expect(try tool.read("limits").split(separator: "\n").first == "\(most)")
    }
  }

  @Test(arguments: [
    (["ssh"], "Name a node"), (["ssh", "--config", "--", "x"], "--config runs no command"),
    (["ssh", "lxzk09"], "not in the cluster file"),
    (["ssh", "lxzk0[1-2]"], "opens a shell on one node"),
    (["ssh", "--config", "file.yaml"], "-c names the cluster file"),
    (["exec", "--", "true"], "no node is named"),
    (["exec", "--all", "--parallel", "0", "--", "x"], "must be at least 1"),
    (["cp", "a", "b"], "one side must be NODE:PATH"),
    (["cp", "lxzk01:a", "lxzk02:b"], "one side must be NODE:PATH"),
    (["cp", "lxzk0[1-2]:a", "b"], "a file comes from one node"),
    (["cp", "lxzk09:a", "b"], "not in the cluster file"),
    (["cp", "none", "lxzk01:b"], "no such file"),
    (["adopt", "--identity", "none"], "no such private key"),
    (["adopt", "-i", "file.yaml"], "others may read it"),
    (["cp", ".", "lxzk01:b"], "rsync"),
    (["status", "--watch=soon"], "'soon' is invalid"),
    (["status", "--watch", "soon"], "'soon' is invalid"),
    (["repair", "--auto", "--report"], "already been set"),
  ])
  func whatIsWrongIsSaidBeforeAnythingIsDone(_ words: [String], _ said: String) async throws {
    try await Executable.inFolder { tool in
      try tool.write("version: 1\n", to: "file.yaml")
      let run = try await tool.run(words, environment: environment(tool))
      #expect(run.status == .exited(3), "\(run)")
      #expect(run.standardError.contains(said), "\(run.standardError)")
    }
  }

  /// A curl that finds only the second master's dashboard.
  private static let curl = #"""
    for url; do :; done
    case $url in
      http://10.1.1.50/capabilities) printf '%s' "$CAPABILITIES" ;;
      http://10.1.1.50/) printf '200' ;;
      *) printf '000'; exit 7 ;;
    esac
    """#

  @Test func endpointsAreListedAndOpened() async throws {
    try await Executable.inFolder { tool in
      let unasked = try await tool.run(["endpoints", "--no-check"], environment: environment(tool))
      #expect(unasked.succeeded && unasked.standardOutput.split(separator: "\n").count == 13)
      let none = try await tool.run(["endpoints"], environment: environment(tool))
      #expect(none.status == .exited(3) && none.standardError.contains("curl cannot be run"))
      try program(tool, "curl", Self.curl)
      let listed = try await tool.run(["endpoints"], environment: environment(tool))
      #expect(listed.succeeded)
      let lines = listed.standardOutput.split(separator: "\n")
      #expect(lines.filter { $0.hasSuffix("  yes") }.count == 1)
      #expect(lines.filter { $0.hasSuffix("  no: connection refused") }.count == 11)
      let unopened = try await tool.run(["endpoints", "--open"], environment: environment(tool))
      #expect(unopened.status == .exited(3))
      #expect(unopened.standardError.contains("http://10.1.1.50/"))
      try program(tool, "xdg-open", #"printf 'opened %s\n' "$@""#)
      let opened = try await tool.run(["endpoints", "--open"], environment: environment(tool))
      #expect(opened.standardOutput == "opened http://10.1.1.50/\n")
      try program(tool, "curl", "printf '502'")
      let dead = try await tool.run(["endpoints"], environment: environment(tool))
      #expect(dead.status == .exited(5) && dead.standardOutput.contains("no: HTTP 502"))
      let closed = try await tool.run(["endpoints", "--open"], environment: environment(tool))
      #expect(closed.status == .exited(5) && closed.standardError.contains("no dashboard answers"))
      let json = try await tool.run(["endpoints", "-o", "json"], environment: environment(tool))
      #expect(json.standardOutput.contains("\"schema\" : 1"))
    }
  }

  @Test func dcosIsSetUp() async throws {
    try await Executable.inFolder { tool in
      try program(tool, "curl", Self.curl)
      var environment = environment(tool)
      let missing = try await tool.run(["dcos-cli"], environment: environment)
      #expect(missing.status == .exited(3))
      #expect(missing.standardError.contains("github.com/dcos/dcos-cli"))
      try program(tool, "dcos", #"printf '<%s>' "$@"; exit 9"#)
      environment["CAPABILITIES"] = "200"
      let open = try await tool.run(["dcos-cli"], environment: environment)
      #expect(open.status == .exited(9))
      #expect(open.standardOutput == "<cluster><setup><http://10.1.1.50>")
      environment["CAPABILITIES"] = "401"
      let login = try await tool.run(
        ["dcos-cli", "--", "--username=a b"], environment: environment)
      #expect(
        login.standardOutput == "<cluster><setup><https://10.1.1.50><--insecure><--username=a b>")
      #expect(login.standardError.contains("wants a login"))
    }
  }
}
