package import ForgeModel
import CKeys
import Glibc
package import SystemPackage

/// Files that only their owner may read, replaced as a whole or not at all.
package enum PrivateFile {
  /// Writes a file with mode 0600: temporary name, fsync, rename, fsync of the folder.
  ///
  /// Unless it is `replacing`, a file that is there stays as it is. Throws category `configuration`
  /// with the path and the system's words.
  package static func write(
    _ content: some Sequence<UInt8>, to path: String, replacing: Bool = true
  ) throws(ForgeError) {
    let target = FilePath(path)
    let folder = target.removingLastComponent()
    let temporary = folder.appending(
      ".\(target.lastComponent?.string ?? "key").\(UInt64.random(in: .min ... .max))")
    let bytes = Array(content)
    let code = unsafe ckeys_replace_file(
      path, temporary.string, folder.isEmpty ? "." : folder.string, bytes, bytes.count, replacing)
    guard code == 0 else {
      throw ForgeError(
        .configuration, "a private file cannot be written", on: path,
        observed: Errno(rawValue: code).description,
        advice: "check the folder's existence, owner and free space")
    }
  }

  /// The largest private file that is read.
  static let sizeLimit = 1 << 20

  /// What a file is opened for.
  package enum Access {
    /// Its bytes are read; nobody else may read them.
    case reading
    /// Lines are added at its end; it is made with mode 0600 when there is none.
    case appending
    /// It is read and written in place; it is made with mode 0600 when there is none.
    case updating

    fileprivate var flags: Int32 {
      switch self {
      case .reading: O_RDONLY
      case .appending: O_RDWR | O_CREAT | O_APPEND
      case .updating: O_RDWR | O_CREAT
      }
    }

    fileprivate var forbidden: UInt32 { if case .reading = self { 0o077 } else { 0o022 } }
  }

  /// Opens a regular file of this user or root, as OpenSSH wants it; nil when there is none.
  ///
  /// Never waits. A symbolic link is followed only for a file that the operator named. Throws
  /// category `configuration`.
  package static func open(
    _ path: String, for access: Access, followsLinks: Bool = false
  ) throws(ForgeError) -> (file: FileDescriptor, size: Int64)? {
    var descriptor: Int32 = -1
    var size: Int64 = 0
    let code = unsafe ckeys_open(
      path, access.flags, followsLinks, access.forbidden, &descriptor, &size)
    if code == ENOENT { return nil }
    guard code == 0 else {
      throw refusal(
        code, path, of: "a private file", mode: "600",
        others: access.forbidden == 0o077 ? "read" : "change")
    }
    return (FileDescriptor(rawValue: descriptor), size)
  }

  /// Makes a folder with mode 0700, and those above it, unless they are there.
  ///
  /// Throws category `configuration` when it cannot be made, or is none that can be trusted.
  package static func makeFolder(_ path: String) throws(ForgeError) {
    let code = unsafe ckeys_make_folder(path)
    guard code == 0 else {
      throw refusal(code, path, of: "a private folder", mode: "700", others: "change")
    }
  }

  private static func refusal(
    _ code: Int32, _ path: String, of what: String, mode: String, others: String
  ) -> ForgeError {
    let (observed, advice): (String, String) =
      switch code {
      case Int32(CKEYS_OTHER_KIND):
        ("it is a link or of another kind", "remove it, or name another place")
      case Int32(CKEYS_OTHER_OWNER):
        ("it belongs to somebody else", "remove it, or make yourself its owner with chown")
      case Int32(CKEYS_OPEN_TO_OTHERS): ("others may \(others) it", "chmod \(mode) \(path)")
      default:
        (
          Errno(rawValue: code).description,
          "check permissions and free space, or name another folder with --state-dir"
        )
      }
    return ForgeError(
      .configuration, "\(what) cannot be used", on: path, observed: observed, advice: advice)
  }

  /// Reads a whole file; nil when there is none.
  ///
  /// Throws category `configuration`, also when group or others may read the file.
  package static func read(
    _ path: String, followsLinks: Bool = false
  ) throws(ForgeError) -> [UInt8]? {
    guard let (file, size) = try open(path, for: .reading, followsLinks: followsLinks) else {
      return nil
    }
    defer { try? file.close() }
    guard size <= sizeLimit else {
      throw ForgeError(
        .configuration, "a private file cannot be used", on: path, observed: "it is too large")
    }
    return try bytes(of: file, path, limit: sizeLimit)
  }

  /// Reads the last bytes of a file, at most `limit`; nil when there is none.
  package static func readEnd(of path: String, limit: Int) throws(ForgeError) -> [UInt8]? {
    guard let (file, size) = try open(path, for: .reading) else { return nil }
    defer { try? file.close() }
    _ = try? file.seek(offset: max(0, size - Int64(limit)), from: .start)
    return try bytes(of: file, path, limit: limit)
  }

  private static func bytes(
    of file: FileDescriptor, _ path: String, limit: Int
  ) throws(ForgeError) -> [UInt8] {
    do {
      return try file.bytes(limit: limit)
    } catch {
      throw ForgeError(
        .configuration, "a private file cannot be read", on: path, observed: "\(error)")
    }
  }
}

extension FileDescriptor {
  /// Reads to the end, or until there are `limit` bytes or a few more.
  package func bytes(limit: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let chunk = try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
        count = try unsafe read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      if chunk.isEmpty { break }
      bytes += chunk
    }
    return bytes
  }
}

extension KeyPair {
  /// Reads the key of an operator, who wants to log in with it.
  ///
  /// Throws category `configuration` when there is none, or it is no unencrypted Ed25519 key in
  /// OpenSSH's form.
  package static func identity(at path: String) throws(ForgeError) -> KeyPair {
    guard let bytes = try PrivateFile.read(path, followsLinks: true) else {
      throw ForgeError(.configuration, "there is no such private key", on: path)
    }
    do throws(ForgeError) {
      return try KeyPair(privateKeyFile: String(decoding: bytes, as: UTF8.self), name: path)
    } catch {
      var error = error
      error.advice =
        "name an Ed25519 key without a passphrase; ssh-copy-id lets another one in with a key that "
        + "works"
      throw error
    }
  }

  /// Reads the pair kept in a file, or makes one and keeps it there; never replaces a file, also
  /// not one that another process makes at the same time.
  ///
  /// Throws category `configuration`.
  package static func stored(at path: String, comment: String) throws(ForgeError) -> KeyPair {
    if let kept = try kept(at: path) { return kept }
    let made = try KeyPair.generate(comment: comment)
    try PrivateFile.write(made.privateKeyFile.utf8, to: path, replacing: false)
    return try kept(at: path) ?? made
  }

  private static func kept(at path: String) throws(ForgeError) -> KeyPair? {
    guard let bytes = try PrivateFile.read(path) else { return nil }
    return try KeyPair(privateKeyFile: String(decoding: bytes, as: UTF8.self), name: path)
  }
}
