package import ForgeModel
import ForgeConfiguration
internal import FoundationEssentials
import SystemPackage

/// The cluster file's bytes and where they come from.
package struct ClusterFileInput: Sendable {
  /// The name for diagnostics.
  package var name: String
  package var bytes: [UInt8]
  /// The absolute folder that relative paths in the file begin at.
  package var baseDirectory: String
  /// Whether there is no file and the founding installation's cluster is meant.
  package var isBuiltIn = false

  /// The variable that names the file when the command line does not.
  package static let variable = "DCOSFORGE_CONFIG"

  /// Loads the file that is named, or that the environment names, or `dcosforge.yaml`.
  ///
  /// Only the last may be missing. `-` is standard input. Throws category `configuration`.
  package static func load(path: String?, environment: [String: String]) throws(ForgeError)
    -> ClusterFileInput
  {
    let folder = FileManager.default.currentDirectoryPath
    let variable = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    let name = path ?? variable ?? ClusterFileReader.usualName
    if name == "-" {
      let bytes = try read(.standardInput, name: "standard input")
      return ClusterFileInput(name: "<stdin>", bytes: bytes, baseDirectory: folder)
    }
    let file = FilePath(folder).pushing(FilePath(name)).lexicallyNormalized()
    if path == nil, variable == nil, !FileManager.default.fileExists(atPath: file.string) {
      return ClusterFileInput(
        name: name, bytes: ClusterFileReader.emptyFile, baseDirectory: folder, isBuiltIn: true)
    }
    do {
      let descriptor = try FileDescriptor.open(file, .readOnly)
      defer { try? descriptor.close() }
      return ClusterFileInput(
        name: name, bytes: try read(descriptor, name: name),
        baseDirectory: file.removingLastComponent().string)
    } catch let error as ForgeError { throw error } catch {
      throw unreadable(name, error)
    }
  }

  /// Reads at most a byte more than the reader accepts, so that it can say that this is too much.
  private static func read(_ descriptor: FileDescriptor, name: String) throws(ForgeError) -> [UInt8]
  {
    let limit = YAMLReader.Limits().bytes + 1
    var bytes: [UInt8] = []
    do {
      while bytes.count < limit {
        let wanted = min(65536, limit - bytes.count)
        let chunk = try unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
          count = try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        guard !chunk.isEmpty else { break }
        bytes += chunk
      }
    } catch { throw unreadable(name, error) }
    return bytes
  }

  private static func unreadable(_ name: String, _ error: any Error) -> ForgeError {
    ForgeError(
      .configuration, "the cluster file cannot be read", on: name, observed: "\(error)",
      advice: "`dcosforge init` writes one; -c or \(variable) names another")
  }
}
