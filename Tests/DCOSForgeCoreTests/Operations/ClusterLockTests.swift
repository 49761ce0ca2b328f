@testable import ForgePorts
@testable import ForgeModel
import Foundation
import Testing

@testable import DCOSForgeCore

/// The kernel's lock on a state folder.
@Suite struct ClusterLockTests {
  private let clock = WakefulClock()
  private let holder = LockHolder(
    user: "alice", host: "desk", pid: 4711, command: "up", since: 1_772_442_764_125)

  private func inFolder(_ body: (StateFolder) async throws -> Void) async throws {
    let root = FileManager.default.temporaryDirectory.path + "/dcosforge-lock-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try await body(try StateFolder(root: root, cluster: "lab"))
  }

  private func lock(
    _ folder: StateFolder, waiting limit: Duration = .zero
  ) async throws(ForgeError) -> ClusterLock {
    try await ClusterLock(
      folder, holder: holder, until: clock.now.advanced(by: limit), clock: clock)
  }

  @Test func aSecondRunSeesWhoHoldsIt() async throws {
    try await inFolder { folder in
      let held = try await lock(folder)
      do {
        try await lock(folder).release()
        Issue.record("two runs have the lock")
      } catch {
        let error = try #require(error as? ForgeError)
        #expect(error.category == .locked && error.subject == folder.path)
        #expect(error.observed == "alice@desk, pid 4711, up since 2026-03-02T09:12:44.125Z")
      }
      held.release()
      try await lock(folder).release()
    }
  }

  @Test func aRunWaitsForTheLock() async throws {
    try await inFolder { folder in
      let held = try await lock(folder)
      async let second: Duration = {
        let start = clock.now
        try await lock(folder, waiting: .seconds(60)).release()
        return clock.now.since(start)
      }()
      try await clock.sleep(for: .milliseconds(300))
      held.release()
      #expect(try await second >= .milliseconds(200))
    }
  }

  /// Of two files that exist; one that is gone may share its origin with a later one, but nobody
  /// holds it.
  @Test func theOriginIsTheLocksOwn() async throws {
    try await inFolder { one in
      try await inFolder { other in
        var origins: [String] = []
        for folder in [one, other, one, other] {
          let lock = try await lock(folder)
          origins.append(lock.origin)
          lock.release()
        }
        #expect(origins[0] == origins[2] && origins[1] == origins[3])
        #expect(origins[0] != origins[1])
      }
    }
  }

  /// Nothing that a terminal would obey comes out of a file or a hypervisor that others write.
  @Test func aHolderIsPrintable() {
    var hostile = holder
    hostile.user = "\u{1B}[2Jroot\n"
    #expect(!hostile.description.contains { $0 == "\u{1B}" || $0.isNewline })
    let own = LockHolder.current("up", clock: clock)
    #expect(own.pid == getpid() && !own.user.isEmpty && !own.host.isEmpty)
  }
}
