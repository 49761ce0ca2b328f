@testable import ForgeModel
@testable import ForgeDCOS
import Foundation
import Testing

@testable import DCOSForgeCore

/// `logs` and its archive on the command line.
@Suite struct LogsCommandTests {
  private static let file = """
    version: 1
    cluster: north
    hypervisor: {uri: "test:///nowhere/at/all"}
    image: {source: image}
    dcos: {genconf: g, installer: {source: installer}}

    """

  private func inFolder(_ body: (Executable) async throws -> Void) async throws {
    try await Executable.inFolder { tool in
      try tool.write(Self.file, to: "dcosforge.yaml")
      try await body(tool)
    }
  }

  @Test(arguments: [
    (["--component", "exhibitr"], "did you mean exhibitor?"),
    (["--since", "10 parsecs"], "is no time"),
    (["lxzk09"], "is not in the cluster file"), (["-n", "0"], "-n must be at least 1"),
    (["--bundle", "x.tar.gz", "-f"], "excludes the other options"),
    (["lxb001", "--component", "exhibitor"], "no chosen node has that component"),
  ]) func mistakesAreReportedBeforeAnybodyIsAsked(_ words: [String], _ text: String) async throws {
    try await inFolder { tool in
      let result = try await tool.run(["logs", "--state-dir", "s"] + words)
      #expect(result.status == .exited(3))
      #expect(result.standardError.contains(text), "\(result.standardError)")
      #expect(result.standardOutput.isEmpty)
    }
  }

  @Test func anUnknownComponentNamesAll() async throws {
    try await inFolder { tool in
      let result = try await tool.run("logs", "--state-dir", "s", "--component", "nonsense")
      for name in LogSource.names + ["dcos-cosmos"] {
        #expect(result.standardError.contains(name))
      }
    }
  }

  @Test(.enabled { await NodeSandbox.isPossible() })
  func nodesThatCannotBeReadAreReported() async throws {
    try await inFolder { tool in
      let result = try await tool.runAlone("logs", "--state-dir", "s", "lxzk0[1-2]")
      #expect(result.status == .exited(5))
      #expect(result.standardError.contains("lxzk01") && result.standardError.contains("lxzk02"))
    }
  }

  private func archive(_ path: String, in tool: Executable) async throws -> String {
    let words = ["/usr/bin/tar", "-xzOf", tool.folder.appending(path: path).path()]
    return try await LocalProgram.run(words).standardOutput
  }

  @Test(.enabled { await NodeSandbox.isPossible() })
  func anArchiveIsMadeWhateverAnswers() async throws {
    try await inFolder { tool in
      try tool.write(
        Self.file + "# password: hunter2\n# http://h/i?sig=hunter3\n", to: "dcosforge.yaml")
      let result = try await tool.runAlone("logs", "--state-dir", "s", "--bundle", "e.tar.gz")
      #expect(result.succeeded, "\(result.standardError)")
      #expect(
        result.standardOutput.hasPrefix("e.tar.gz: 2 files, 9 places could not be read whole"))
      let text = try await archive("e.tar.gz", in: tool)
      #expect(text.contains("nodes/lxzk01/") && text.contains("hypervisor/"))
      #expect(text.contains("cluster: north") && !text.contains("hunter"))
    }
  }

  /// Before anybody is asked: the evidence itself has another message.
  @Test func anArchiveThatCannotBeWrittenIsRefused() async throws {
    try await inFolder { tool in
      let pipe = tool.folder.appending(path: "pipe").path(percentEncoded: false)
      try #require(unsafe mkfifo(pipe, 0o600) == 0)
      for (path, observed) in [
        ("/nonexistent/x", "No such file or directory"), ("pipe", "it is no regular file"),
      ] {
        let result = try await tool.run("logs", "--state-dir", "s", "--bundle", path)
        #expect(result.status == .exited(3))
        #expect(
          result.standardError.contains("error: \(path): cannot be written\n  \(observed)\n"))
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: tool.folder.path).sorted()
      #expect(names == ["dcosforge.yaml", "pipe", "s"])
    }
  }

  @Test(.enabled { await NodeSandbox.isPossible() })
  func aTemporaryFolderThatIsNoneIsReported() async throws {
    try await inFolder { tool in
      let words = ["/usr/bin/env", "TMPDIR=\(tool.folder.path)/dcosforge.yaml", Executable.path]
      let result = try await LocalProgram.run(
        LocalScript.root + ["/usr/bin/unshare", "--net"] + words
          + ["logs", "--state-dir", "s", "--bundle", "e.tar.gz"], folder: tool.folder.path)
      #expect(result.status == .exited(3))
      #expect(result.standardError.contains("\n  Not a directory\n"), "\(result.standardError)")
      #expect(!result.standardError.contains("NSCocoa"))
      let names = try FileManager.default.contentsOfDirectory(atPath: tool.folder.path).sorted()
      #expect(names == ["dcosforge.yaml", "s"])
    }
  }

  /// A run that fails on the cluster's side leaves evidence, and ends with its own exit code.
  @Test(.enabled { await NodeSandbox.isPossible() })
  func aFailedRunLeavesEvidence() async throws {
    try await inFolder { tool in
      try FileManager.default.createDirectory(
        at: tool.folder.appending(path: "g"), withIntermediateDirectories: true)
      try tool.write(
        "resolvers: [10.1.1.1]\noauth_enabled: 'false'\ntelemetry_enabled: 'false'\n",
        to: "g/config.yaml")
      try tool.write("#!/bin/sh\necho 10.1.1.49\n", to: "g/ip-detect")
      try tool.write(
        Self.file.replacingOccurrences(of: "nowhere/at/all", with: "default"), to: "here.yaml")
      let unfinished = try await tool.runAlone("up", "-c", "here.yaml", "--state-dir", "s")
      #expect(unfinished.status == .exited(3))
      #expect(!unfinished.standardError.contains("Evidence"))
      try tool.writeArtifacts()
      let result = try await tool.runAlone("up", "--state-dir", "s")
      #expect(result.status == .exited(4), "\(result.standardError)")
      let names = try FileManager.default.contentsOfDirectory(
        atPath: tool.folder.appending(path: "s/north/evidence").path())
      #expect(names.count == 1)
      let name = try #require(names.first)
      #expect(result.standardError.contains("Evidence: s/north/evidence/\(name)\n"))
      let text = try await archive("s/north/evidence/\(name)", in: tool)
      #expect(text.contains("Occasion: dcosforge up ended with exit code 4"))
    }
  }
}
