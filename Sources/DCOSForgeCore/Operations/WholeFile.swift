package import ForgeModel
import ForgeSupport
internal import FoundationEssentials
package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Musl
#endif

/// A local file that is written under a temporary name, and gets its own when it is whole.
///
/// A symbolic link stays: the file that it names is replaced, as by `cp`. What is there and no
/// regular file is refused. Without ``finish(mode:)`` nothing stays.
package final class WholeFile: Sendable {
  /// Where it is written to meanwhile.
  package let file: FileDescriptor
  private let path: String
  private let target: String
  private let temporary: String
  private let written = Locked<Int64>(0)
  private let isOpen = Locked(true)

  /// Opens the temporary file, with mode 0600 and in the same folder.
  ///
  /// Throws category `configuration`, as the other functions do.
  package init(at path: String) throws(ForgeError) {
    self.path = path
    target = try Self.place(path)
    let parts = target.split(separator: "/", omittingEmptySubsequences: false)
    temporary =
      (parts.dropLast() + [".\(parts.last ?? "").dcosforge-\(UUID().uuidString.prefix(8))"])
      .joined(separator: "/")
    do {
      file = try FileDescriptor.open(
        FilePath(temporary), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: .ownerReadWrite)
    } catch {
      throw Self.fault(path, "\(error)")
    }
  }

  deinit { discard() }

  /// Writes a piece; gives the number of bytes so far.
  @discardableResult
  package func write(_ piece: [UInt8]) throws(ForgeError) -> Int64 {
    do {
      try file.writeAll(piece)
    } catch {
      throw Self.fault(path, "\(error)")
    }
    return written.withLock { count in
      count += Int64(piece.count)
      return count
    }
  }

  /// Puts the file in place; gives the number of bytes that ``write(_:)`` took.
  ///
  /// It gets the permissions without those that this process gives to nobody.
  @discardableResult
  package func finish(mode: UInt16) throws(ForgeError) -> Int64 {
    do {
      guard fchmod(file.rawValue, mode_t(mode & 0o777) & ~Self.mask) == 0 else {
        throw Errno(rawValue: errno)
      }
      try close()
      guard unsafe rename(temporary, target) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      throw Self.fault(path, "\(error)")
    }
    return written.withLock { $0 }
  }

  /// Removes what came; does nothing after ``finish(mode:)``.
  package func discard() {
    try? close()
    unsafe unlink(temporary)
  }

  private func close() throws {
    let wasOpen = isOpen.withLock { isOpen in
      defer { isOpen = false }
      return isOpen
    }
    if wasOpen { try file.close() }
  }

  /// The path that is to be replaced: a link's end.
  private static func place(_ path: String) throws(ForgeError) -> String {
    var status = stat()
    // The kernel follows the link, and refuses one that another user put into a folder for all.
    guard unsafe stat(path, &status) == 0 else {
      let fault = Errno(rawValue: errno)
      guard fault == .noSuchFileOrDirectory else { throw Self.fault(path, "\(fault)") }
      guard unsafe lstat(path, &status) == 0 else { return path }
      throw Self.fault(path, "it is no regular file")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw Self.fault(path, "it is a folder") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Self.fault(path, "it is no regular file")
    }
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
    return URL(filePath: path).resolvingSymlinksInPath().path
  }

  /// The permissions that this process gives to nobody, read once: reading them sets them.
  private static let mask: mode_t = {
    let mask = umask(0o077)
    umask(mask)
    return mask
  }()

  private static func fault(_ path: String, _ observed: String) -> ForgeError {
    ForgeError(
      .configuration, "cannot be written", on: path, observed: observed,
      advice: "check the folder, its permissions and the free space")
  }
}
