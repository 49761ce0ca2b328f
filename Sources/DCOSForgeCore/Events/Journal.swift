import ForgeSupport
package import ForgeModel
import ForgeKeys
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Musl
#endif

/// The append-only record of runs: one ``EventRecord`` a line, each on the disk before the next
/// thing happens.
///
/// It explains a run afterwards; what is true is asked from the world.
package final class Journal: Sendable {
  private let file: FileDescriptor
  private let path: String
  private let failure = Locked<ForgeError?>(nil)

  /// Opens a journal for appending, made with mode 0600 when there is none.
  ///
  /// A line that a crash tore is closed first, so that the next record stands on a line of its own.
  package convenience init(path: String) throws(ForgeError) {
    guard let (file, size) = try PrivateFile.open(path, for: .appending) else {
      throw ForgeError(
        .configuration, "the journal cannot be made", on: path,
        advice: "name another folder with --state-dir")
    }
    self.init(file, path: path)
    do {
      if size > 0 {
        var last: [UInt8] = [0]
        _ = try unsafe last.withUnsafeMutableBytes { bytes in
          try unsafe file.read(fromAbsoluteOffset: size - 1, into: bytes)
        }
        if last[0] != UInt8(ascii: "\n") { try file.writeAll([UInt8(ascii: "\n")]) }
      }
    } catch {
      throw ForgeError(
        .configuration, "the journal cannot be opened", on: path, observed: "\(error)",
        advice: "check the folder's permissions, or name another with --state-dir")
    }
  }

  init(_ file: FileDescriptor, path: String) {
    self.file = file
    self.path = path
  }

  deinit { try? file.close() }

  /// Appends an event and waits until it is on the disk.
  ///
  /// Progress is not recorded: it comes by the second and says nothing afterwards.
  package func append(_ event: Event) {
    if case .stepProgress = event.kind { return }
    let line = EventRecord(event).json + "\n"
    failure.withLock { failure in
      guard failure == nil else { return }
      do {
        try file.writeAll(line.utf8)
        if fsync(file.rawValue) != 0 { throw Errno(rawValue: lastErrorNumber()) }
      } catch {
        failure = ForgeError(
          .internalFault, "the journal cannot be written", on: path, observed: "\(error)",
          advice: "free space on that file system")
      }
    }
  }

  /// Why records could not be written, if so; the run itself goes on without them.
  package var fault: ForgeError? { failure.withLock(\.self) }
}

/// `errno`, read before any suspension.
private func lastErrorNumber() -> Int32 { errno }
