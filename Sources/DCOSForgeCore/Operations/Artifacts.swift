package import ForgePlanning
package import ForgeModel
import ForgeKeys
internal import ForgeSupport
internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Musl
#endif

/// Finds the contents that a run sends: local files as they are, remote ones downloaded once; each
/// compared with the checksum that the cluster file gives.
package struct Artifacts: Sendable {
  private let cache: String

  /// The longest that one download may take; curl itself gives up on a stalled one after a minute.
  private static let downloadSeconds = 4 * 3600

  /// Uses a folder for downloads and for checksums that were computed before.
  package init(cache: String) { self.cache = cache }

  /// What a checksum was computed of: any change of the file makes another record.
  ///
  /// A program can set back the time of the last modification, but not that of the last change.
  private struct Stamp: Codable, Hashable {
    var path: String
    var device: UInt64
    var inode: UInt64
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64
    /// Nanoseconds since 1970.
    var changed: Int64
    var sum = ""

    init(_ path: String, _ status: stat) {
      self.path = path
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
      size = Int64(status.st_size)
      modified = Self.nanoseconds(status.st_mtim)
      changed = Self.nanoseconds(status.st_ctim)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
      Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
  }

  /// Brings one content to this machine, looks at its first bytes and proves its checksum.
  ///
  /// Throws category `configuration`.
  package func fetch(
    _ source: ArtifactSource, as artifact: Artifact
  ) async throws(ForgeError) -> LocalArtifact {
    let path =
      source.isRemote ? try await download(source, what: artifact.name) : localPath(source)
    do throws(ForgeError) {
      return try prove(source, at: path, artifact)
    } catch {
      // The next run downloads it again.
      if source.isRemote { try? FileManager.default.removeItem(atPath: path) }
      throw error
    }
  }

  private func prove(
    _ source: ArtifactSource, at path: String, _ artifact: Artifact
  ) throws(ForgeError) -> LocalArtifact {
    let (sum, size) = try checksum(path, source, artifact)
    if let wanted = source.sha256, wanted != sum {
      throw ForgeError(
        .configuration, "\(artifact.name) has another checksum than the file says",
        on: source.place, observed: "wanted \(wanted), found \(sum)",
        advice: "check where it came from, or correct \(artifact.key).sha256",
        disposition: .final)
    }
    return LocalArtifact(content: .file(path: path, size: size, sum: sum), sum: sum)
  }

  private func localPath(_ source: ArtifactSource) -> String {
    source.location.hasPrefix("file://")
      ? String(source.location.dropFirst("file://".count)) : source.location
  }

  // MARK: checksums

  private var recordPath: String { cache + "/checksums.json" }

  private func checksum(
    _ path: String, _ source: ArtifactSource, _ artifact: Artifact
  ) throws(ForgeError) -> (sum: SHA256Sum, size: Int64) {
    let what = artifact.name
    let file: FileDescriptor
    var status = stat()
    do {
      // Without `nonBlocking` a FIFO would let the run wait.
      file = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.nonBlocking, .closeOnExec])
    } catch {
      throw ForgeError(
        .configuration, "\(what) is not there", on: path, observed: "\(error)",
        advice: "put it there, or name its path or URL in \(artifact.key)")
    }
    defer { try? file.close() }
    guard unsafe fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ForgeError(.configuration, "\(what) is no regular file", on: path)
    }
    let form = try Self.form(file, path, what: what)
    guard artifact.accepts(form) else {
      throw ForgeError(
        .configuration, "\(what) is \(form.rawValue)", on: source.place,
        observed: "wanted \(artifact.wanted)",
        advice: form.advice(for: artifact, isRemote: source.isRemote))
    }
    var stamp = Stamp(path, status)
    var known = (try? JSONDecoder().decode([Stamp].self, from: readCache())) ?? []
    for record in known {
      stamp.sum = record.sum
      if stamp == record, let sum = SHA256Sum(record.sum) { return (sum, stamp.size) }
    }
    let sum = try Self.digest(file, path, what: what)
    stamp.sum = sum.description
    known.removeAll { $0.path == path }
    known.append(stamp)
    // Only saves time: without it the checksum is computed again.
    if let json = try? JSONEncoder().encode(known), (try? PrivateFile.makeFolder(cache)) != nil {
      try? PrivateFile.write(json, to: recordPath)
    }
    return (sum, stamp.size)
  }

  private func readCache() throws -> Data { Data(try PrivateFile.read(recordPath) ?? []) }

  private static func form(
    _ file: FileDescriptor, _ path: String, what: String
  ) throws(ForgeError) -> FileForm {
    do {
      var head = [UInt8](repeating: 0, count: FileForm.headLength)
      let count = try unsafe head.withUnsafeMutableBytes {
        try unsafe file.read(fromAbsoluteOffset: 0, into: $0)
      }
      return FileForm(head: Array(head.prefix(count)))
    } catch {
      throw unreadable(path, what: what, error)
    }
  }

  private static func unreadable(
    _ path: String, what: String, _ error: any Error
  ) -> ForgeError {
    ForgeError(.configuration, "\(what) cannot be read", on: path, observed: "\(error)")
  }

  private static func digest(
    _ file: FileDescriptor, _ path: String, what: String
  ) throws(ForgeError) -> SHA256Sum {
    do {
      var hash = SHA256()
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      while true {
        let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
        if count == 0 { break }
        hash.update(buffer.span.extracting(first: count))
      }
      return SHA256Sum(hash)
    } catch {
      throw unreadable(path, what: what, error)
    }
  }

  // MARK: downloads

  /// Each download begins at the first byte, under a name of its own: a killed run's `curl` may
  /// still write, and nothing proves that a part belongs to the file that the server has now.
  private func download(_ source: ArtifactSource, what: String) async throws(ForgeError) -> String {
    let name = Blueprint.digest([source.location, source.sha256?.description ?? ""]).prefix(24)
    let path = "\(cache)/\(name)"
    let files = FileManager.default
    removeLeftParts()
    if files.fileExists(atPath: path) { return path }
    try PrivateFile.makeFolder(cache)
    let part = "\(path).\(UUID()).part"
    guard let (file, _) = try PrivateFile.open(part, for: .updating) else {
      throw Self.unkept(what, part, "it cannot be made")
    }
    defer {
      try? files.removeItem(atPath: part)
      try? file.close()
    }
    _ = flock(file.rawValue, LOCK_EX | LOCK_NB)
    do {
      let result = try await Subprocess.run(
        .name("curl"), arguments: Arguments(Self.curlArguments(source, to: part)),
        input: .string(Self.curlConfiguration(source)), output: .discarded,
        error: .string(limit: 1 << 16))
      guard result.terminationStatus.isSuccess else {
        throw ForgeError(
          .configuration, "\(what) cannot be downloaded", on: source.place,
          observed: result.standardError,
          advice: "check the URL, or give a local file", disposition: .retry)
      }
      // Another run may have been faster.
      guard fsync(file.rawValue) == 0,
        unsafe files.fileExists(atPath: path) || rename(part, path) == 0
      else { throw Errno(rawValue: errno) }
      return path
    } catch let error as ForgeError {
      throw error
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw ForgeError(
        .configuration, "\(what) cannot be downloaded", on: source.place,
        observed: "curl is missing", advice: "apt-get install curl")
    } catch {
      throw Self.unkept(what, part, "\(error)")
    }
  }

  private static func unkept(_ what: String, _ path: String, _ observed: String) -> ForgeError {
    ForgeError(
      .configuration, "the download of \(what) cannot be kept", on: path, observed: observed,
      advice: "check the folder's owner and free space")
  }

  /// Removes the parts of runs that ended: a run holds a lock on its own.
  private func removeLeftParts() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []
    for name in names where name.hasSuffix(".part") {
      let part = FilePath("\(cache)/\(name)")
      guard
        let file = try? FileDescriptor.open(
          part, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
      else { continue }
      defer { try? file.close() }
      // An empty one may belong to a run that is about to lock it.
      guard (try? file.seek(offset: 0, from: .end)) ?? 0 > 0,
        flock(file.rawValue, LOCK_EX | LOCK_NB) == 0
      else { continue }
      try? FileManager.default.removeItem(atPath: part.string)
    }
  }

  /// One URL is one file (no globs), and a redirect does not leave https.
  static func curlArguments(_ source: ArtifactSource, to path: String) -> [String] {
    [
      "--disable", "--fail", "--location", "--silent", "--show-error", "--globoff",
      "--proto", "=http,https",
      "--proto-redir", source.location.hasPrefix("https://") ? "=https" : "=http,https",
      "--retry", "3", "--speed-limit", "1000", "--speed-time", "60",
      "--max-time", "\(downloadSeconds)", "--output", path, "--config", "-",
    ]
  }

  /// The URL travels as standard input: it may hold a password, and arguments are public.
  static func curlConfiguration(_ source: ArtifactSource) -> String {
    let quoted = source.location.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "url = \"\(quoted.replacing("\n", with: ""))\"\n"
  }
}
