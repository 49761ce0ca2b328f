import ForgeSupport
package import ForgePorts
import ForgePlanning
package import ForgeModel
import ForgeEvents
import ForgeKeys
internal import FoundationEssentials
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Musl
#endif

/// The kernel's lock on a cluster's state: held by at most one run on this machine, freed by death.
package struct ClusterLock: ~Copyable {
  /// What says this lock from every other: the same for two runs only when the one that has the
  /// lock knows the other to be dead.
  ///
  /// A digest of the file as this kernel, since it was booted, knows it. Nothing in it is shared by
  /// machines that were cloned, as their machine ids, paths and files are.
  package let origin: String
  private let file: FileDescriptor

  /// Takes the lock; waits for another run until the deadline, then throws category `locked`,
  /// naming it.
  package init(
    _ folder: StateFolder, holder: LockHolder, until deadline: Moment, clock: any ForgeClock
  ) async throws(ForgeError) {
    let path = folder.path + "/lock"
    guard let (file, _) = try PrivateFile.open(path, for: .updating) else {
      throw ForgeError(.configuration, "the lock cannot be made", on: path)
    }
    while flock(file.rawValue, LOCK_EX | LOCK_NB) != 0 {
      guard clock.now < deadline, (try? await clock.sleep(for: .milliseconds(200))) != nil else {
        let other = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        try? file.close()
        throw .locked(by: other.split(whereSeparator: \.isNewline).joined(), on: folder.path)
      }
    }
    self.file = file
    origin = Self.origin(of: file)
    do {
      _ = ftruncate(file.rawValue, 0)
      try file.writeAll(toAbsoluteOffset: 0, "\(holder)\n".utf8)
    } catch {
      // The lock holds without its note; only the other run's message is poorer.
    }
  }

  private static func origin(of file: FileDescriptor) -> String {
    var facts = stat()
    guard
      let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8),
      unsafe fstat(file.rawValue, &facts) == 0
    else {
      return UUID().uuidString.lowercased()  // like no other: what others left is watched then
    }
    return ClusterIdentity.uuid("lock", boot, "\(facts.st_dev)", "\(facts.st_ino)")
  }

  /// Gives the lock back.
  package consuming func release() {}

  deinit {
    // Said, not only closed: a program that is being started at this moment has a copy of the
    // descriptor.
    _ = flock(file.rawValue, LOCK_UN)
    try? file.close()
  }
}

extension LockHolder: CustomStringConvertible {
  /// This process, running a command; under sudo, the user is who called it.
  package static func current(_ command: String, clock: any ForgeClock) -> LockHolder {
    let process = ProcessInfo.processInfo
    return LockHolder(
      user: (process.environment["SUDO_USER"] ?? process.userName).printable,
      host: process.hostName.printable, pid: process.processIdentifier, command: command,
      since: clock.wallMilliseconds)
  }

  /// Such as `alice@desk, pid 4711, up since 2026-03-02T09:12:44.120Z`.
  package var description: String {
    "\(user)@\(host), pid \(pid), \(command) since \(EventRecord.iso(since))".printable
  }
}

extension ForgeError {
  /// The error of a run that finds the cluster held by another.
  static func locked(by holder: String, on subject: String) -> ForgeError {
    ForgeError(
      .locked, "another run holds the cluster", on: subject, observed: holder,
      advice: "wait for it, or end it; --lock-timeout waits here")
  }
}
