@testable import ForgeModel
@testable import ForgePlanning
import Foundation
import Testing

@testable import DCOSForgeCore

/// The locks on the command line.
@Suite struct LockCommandTests {
  private static let file = """
    version: 1
    cluster: north
    hypervisor: {uri: "test:///default"}
    image: {source: image}
    dcos: {genconf: g, installer: {source: installer}}

    """

  private func inFolder(_ body: (Executable, StateFolder) async throws -> Void) async throws {
    try await Executable.inFolder { tool in
      try tool.write(Self.file, to: "dcosforge.yaml")
      let root = tool.folder.appending(path: "s").path(percentEncoded: false)
      try await body(tool, try StateFolder(root: root, cluster: "north"))
    }
  }

  @Test(arguments: [["up"], ["wipe", "--all", "-y"], ["destroy", "-y"], ["adopt"]])
  func whatChangesTheClusterIsLockedOut(_ words: [String]) async throws {
    try await inFolder { tool, folder in
      let clock = SystemClock()
      let lock = try await ClusterLock(
        folder, holder: .current("up", clock: clock), until: clock.now, clock: clock)
      let result = try await tool.run(words + ["--state-dir", "s"])
      lock.release()
      #expect(result.status == .exited(9))
      #expect(result.standardError.contains("another run holds the cluster"))
      #expect(result.standardError.contains(", pid \(getpid()), up since 2"))
      #expect(result.standardError.contains("--lock-timeout"))
    }
  }

  /// Nobody can be asked, whatever comes on standard input; nothing to remove needs no question.
  @Test func withoutATerminalNothingIsRemovedUnlessYesIsSaid() async throws {
    try await inFolder { tool, _ in
      let uuid = ClusterIdentity.uuid("network", "north")
      try tool.write(
        "<node><network><name>north</name><uuid>\(uuid)</uuid><bridge name='br9'/>"
          + "<ip address='10.1.1.1' netmask='255.255.255.0'/></network></node>", to: "node.xml")
      let place = tool.folder.appending(path: "node.xml").path(percentEncoded: false)
      try tool.write(
        Self.file.replacingOccurrences(of: "test:///default", with: "test://\(place)"),
        to: "dcosforge.yaml")
      let asked = try await tool.run("destroy", "--state-dir", "s", input: "north\n")
      #expect(asked.status == .exited(8), "\(asked)")
      #expect(asked.standardError.contains("network north"))
      #expect(asked.standardError.contains("not confirmed, nothing was removed"))
      let result = try await tool.run("destroy", "--yes", "--state-dir", "s")
      #expect(result.status == .exited(0), "\(result)")
    }
  }

  @Test func whereNothingIsNothingIsAdopted() async throws {
    try await inFolder { tool, _ in
      let result = try await tool.run("adopt", "--state-dir", "s")
      #expect(result.status == .exited(8), "\(result)")
      #expect(result.standardError.contains("north: there is nothing to adopt"))
    }
  }

  @Test func bothLocksAreGivenBack() async throws {
    try await inFolder { tool, _ in
      for _ in 1...2 {
        let result = try await tool.run("destroy", "-y", "--state-dir", "s")
        #expect(result.status == .exited(0), "\(result.standardError)")
        #expect(result.standardOutput == "north: 0 owned objects left\n")
        #expect(result.standardError.isEmpty)
      }
    }
  }
}
