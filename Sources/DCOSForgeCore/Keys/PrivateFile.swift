package import ForgeModel
import CKeys
import SystemPackage

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

  /// Reads a whole file; nil when there is none.
  ///
  /// Throws category `configuration`, also when group or others may read the file.
  package static func read(_ path: String) throws(ForgeError) -> [UInt8]? {
    func refuse(_ observed: String, _ advice: String) -> ForgeError {
      ForgeError(
        .configuration, "a private file cannot be used", on: path, observed: observed,
        advice: advice)
    }
    do {
      let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
      defer { try? file.close() }
      var mode: UInt32 = 0
      var size: Int64 = 0
      let code = unsafe ckeys_file_mode(file.rawValue, &mode, &size)
      guard code == 0 else {
        throw refuse(Errno(rawValue: code).description, "check the file's owner and mode")
      }
      guard mode & 0o077 == 0 else {
        throw refuse("others may read it", "chmod 600 \(path)")
      }
      guard size <= sizeLimit else { throw refuse("it is too large", "") }
      var bytes: [UInt8] = []
      while true {
        let chunk = try unsafe [UInt8](unsafeUninitializedCapacity: 16384) { buffer, count in
          count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        if chunk.isEmpty { return bytes }
        bytes += chunk
      }
    } catch Errno.noSuchFileOrDirectory {
      return nil
    } catch let error as ForgeError {
      throw error
    } catch {
      throw refuse("\(error)", "check the file's owner and mode")
    }
  }
}

extension KeyPair {
  /// Reads the key of an operator, who wants to log in with it.
  ///
  /// Throws category `configuration` when there is none, or it is no unencrypted Ed25519 key in
  /// OpenSSH's form.
  package static func identity(at path: String) throws(ForgeError) -> KeyPair {
    guard let bytes = try PrivateFile.read(path) else {
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
