package import ForgeModel
package import ForgeKeys
package import ForgeEvents
internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

/// Puts evidence into one compressed archive, by this machine's `tar`.
package enum EvidenceArchive {
  /// Writes the archive with mode 0600; it has its name only once it is whole, and replaces an
  /// older one.
  ///
  /// Throws category `configuration` when tar or gzip is missing or the file cannot be written.
  package static func write(
    _ bundle: EvidenceBundle, to path: String
  ) async throws(ForgeError) {
    let archive = try WholeFile(at: path)
    let folder = FileManager.default.temporaryDirectory.path + "/dcosforge-evidence-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      try lay(bundle, in: folder)
      let result = try await Subprocess.run(
        .name("tar"), arguments: ["-C", folder, "-czf", "-", bundle.name],
        output: .fileDescriptor(archive.file, closeAfterSpawningProcess: false),
        error: .string(limit: 1 << 16))
      guard result.terminationStatus.isSuccess else {
        throw fault(path, result.standardError)
      }
      try archive.finish(mode: 0o600)
    } catch let error as ForgeError {
      throw error
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw fault(path, "tar is missing")
    } catch {
      throw fault(path, "\(error)")
    }
  }

  /// Lays the files below a folder that only its owner can enter.
  private static func lay(_ bundle: EvidenceBundle, in folder: String) throws {
    let all = bundle.files.map { ($0.path, $0.text) } + [("MANIFEST.txt", bundle.manifest)]
    for (path, text) in all {
      let place = FilePath("\(folder)/\(bundle.name)/\(path)")
      do {
        try PrivateFile.makeFolder(place.removingLastComponent().string)
      } catch {
        throw fault(folder, error.observed)
      }
      let file = try FileDescriptor.open(
        place, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: .ownerReadWrite)
      _ = try file.closeAfter { try file.writeAll(text.utf8) }
    }
  }

  private static func fault(_ path: String, _ observed: String) -> ForgeError {
    ForgeError(
      .configuration, "the evidence cannot be written", on: path, observed: observed,
      advice: "check the folder and its free space; tar and gzip must be installed")
  }
}

extension StateFolder {
  /// How many archives of failed runs are kept.
  static let keptEvidence = 5

  /// Bytes of the journal's end in which the last run is looked for.
  private static let lastRunLimit = 16 << 20

  /// The folder for the evidence of failed runs.
  package var evidencePath: String { path + "/evidence" }

  /// Writes the evidence of a failed run, removes all but the newest, and says the new one's path.
  package func keep(_ bundle: EvidenceBundle) async throws(ForgeError) -> String {
    let files = FileManager.default
    try PrivateFile.makeFolder(evidencePath)
    let path = "\(evidencePath)/\(bundle.name).tar.gz"
    try await EvidenceArchive.write(bundle, to: path)
    let names = (try? files.contentsOfDirectory(atPath: evidencePath)) ?? []
    // Names hold the time; what a killed run left half-written goes too.
    let archives = names.filter { $0.hasPrefix("dcosforge-") && $0.hasSuffix(".tar.gz") }.sorted()
    let torn = names.filter { $0.hasPrefix(".dcosforge-") }
    for name in archives.dropLast(Self.keptEvidence) + torn {
      try? files.removeItem(atPath: "\(evidencePath)/\(name)")
    }
    return path
  }

  /// The journal's records of the last run, a line each.
  package func lastRun() -> Result<String, ForgeError> {
    do throws(ForgeError) {
      guard let bytes = try PrivateFile.readEnd(of: journalPath, limit: Self.lastRunLimit) else {
        return .failure(ForgeError(.configuration, "no run was recorded yet", on: journalPath))
      }
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      let start = lines.lastIndex { $0.contains("\"event\":\"run-started\"") } ?? lines.startIndex
      return .success(lines[start...].joined(separator: "\n") + "\n")
    } catch {
      return .failure(error)
    }
  }

  /// The private keys of the cluster, which must not get out.
  package func secrets(user: KeyPair, _ keys: ClusterKeys) -> [String] {
    [user.privateKeyFile]
      + keys.hosts.sorted { $0.key < $1.key }.map(\.value.key.privateText)
  }
}
