package import ForgePlanning
package import ForgeModel
internal import ForgeSupport
internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

/// Finds the contents that a run sends: local files as they are, remote ones downloaded once; each
/// compared with the checksum that the cluster file gives.
package struct Artifacts: Sendable {
  private let cache: String

  /// The longest that one download may take; curl itself gives up on a stalled one after a minute.
  private static let downloadSeconds = 4 * 3600

  /// Uses a folder for downloads and for checksums that were computed before.
  package init(cache: String) { self.cache = cache }

  /// What a checksum was computed of: any change of the file makes another record.
  private struct Stamp: Codable, Hashable {
    var path: String
    var size: Int64
    var modified: Double
    var sum: String
  }

  /// Brings one content to this machine and proves its checksum.
  ///
  /// `what` names it in errors, `key` the place in the cluster file. Throws category
  /// `configuration`.
  package func fetch(
    _ source: ArtifactSource, what: String, key: String
  ) async throws(ForgeError) -> LocalArtifact {
    let path = source.isRemote ? try await download(source, what: what) : localPath(source)
    let stamp = try stamp(path, what: what, key: key)
    if let wanted = source.sha256, wanted.description != stamp.sum {
      if source.isRemote { try? FileManager.default.removeItem(atPath: path) }
      throw ForgeError(
        .configuration, "\(what) has another checksum than the file says", on: source.location,
        observed: "wanted \(wanted), found \(stamp.sum)",
        advice: "check where it came from, or correct \(key).sha256", disposition: .final)
    }
    guard let sum = SHA256Sum(stamp.sum) else {
      throw ForgeError(.internalFault, "a checksum is no checksum", on: path)
    }
    return LocalArtifact(content: .file(path: path, size: stamp.size), sum: sum)
  }

  private func localPath(_ source: ArtifactSource) -> String {
    source.location.hasPrefix("file://")
      ? String(source.location.dropFirst("file://".count)) : source.location
  }

  // MARK: checksums

  private var recordPath: String { cache + "/checksums.json" }

  private func stamp(_ path: String, what: String, key: String) throws(ForgeError) -> Stamp {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
      let size = (attributes[.size] as? UInt64).map(Int64.init),
      let modified = attributes[.modificationDate] as? Date
    else {
      throw ForgeError(
        .configuration, "\(what) is not there", on: path,
        advice: "put it there, or name its path or URL in \(key)")
    }
    var stamp = Stamp(
      path: path, size: size, modified: modified.timeIntervalSince1970, sum: "")
    var known = (try? JSONDecoder().decode([Stamp].self, from: readCache())) ?? []
    if let hit = known.first(where: {
      $0.path == path && $0.size == size && $0.modified == stamp.modified
    }) {
      return hit
    }
    stamp.sum = try Self.digest(path, what: what)
    known.removeAll { $0.path == path }
    known.append(stamp)
    try? FileManager.default.createDirectory(
      atPath: cache, withIntermediateDirectories: true)
    try? JSONEncoder().encode(known).write(to: URL(filePath: recordPath), options: .atomic)
    return stamp
  }

  private func readCache() throws -> Data { try Data(contentsOf: URL(filePath: recordPath)) }

  private static func digest(_ path: String, what: String) throws(ForgeError) -> String {
    do {
      let file = try FileDescriptor.open(FilePath(path), .readOnly)
      return try file.closeAfter {
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
          let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
          if count == 0 { break }
          hash.update(buffer.span.extracting(first: count))
        }
        return SHA256Sum(hash).description
      }
    } catch {
      throw ForgeError(
        .configuration, "\(what) cannot be read", on: path, observed: "\(error)")
    }
  }

  // MARK: downloads

  private func download(_ source: ArtifactSource, what: String) async throws(ForgeError) -> String {
    let name = Blueprint.digest([source.location, source.sha256?.description ?? ""]).prefix(24)
    let path = "\(cache)/\(name)"
    if FileManager.default.fileExists(atPath: path) { return path }
    do {
      try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
      let result = try await Subprocess.run(
        .name("curl"),
        arguments: [
          "--fail", "--location", "--silent", "--show-error", "--retry", "3", "--continue-at", "-",
          "--speed-limit", "1000", "--speed-time", "60", "--max-time", "\(Self.downloadSeconds)",
          "--output", path + ".part", "--", source.location,
        ], output: .discarded, error: .string(limit: 1 << 16))
      guard result.terminationStatus.isSuccess else {
        throw ForgeError(
          .configuration, "\(what) cannot be downloaded", on: source.location,
          observed: result.standardError,
          advice: "check the URL, or give a local file", disposition: .retry)
      }
      try FileManager.default.moveItem(atPath: path + ".part", toPath: path)
      return path
    } catch let error as ForgeError {
      throw error
    } catch {
      throw ForgeError(
        .configuration, "\(what) cannot be downloaded", on: source.location,
        observed: "\(error)", advice: "curl must be installed: apt-get install curl")
    }
  }
}
