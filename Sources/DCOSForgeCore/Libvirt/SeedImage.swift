package import ForgeModel
import Foundation
internal import Subprocess
internal import SystemPackage

/// Makes NoCloud seed images: ISO 9660 with the volume label `cidata`, by xorriso.
///
/// The same files always give the same bytes.
package enum SeedImage {
  /// The image that holds the files in its root.
  ///
  /// The files pass through a folder of this machine that only its owner can enter, and that is
  /// gone when the call returns. Throws category `hypervisor` when xorriso is missing or fails.
  package static func build(_ files: [String: String]) async throws(ForgeError) -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.path + "/dcosforge-seed-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      try FileManager.default.createDirectory(
        atPath: folder + "/content", withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
      for (name, text) in files.sorted(by: { $0.key < $1.key }) {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/content/" + name))
      }
      try await runXorriso(in: folder)
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/seed.iso")))
    } catch let error as ForgeError {
      throw error
    } catch {
      throw ForgeError(
        .hypervisor, "cannot make a cloud-init seed image", on: folder, observed: "\(error)",
        advice: "see that the folder for temporary files is writable")
    }
  }

  private static func runXorriso(in folder: String) async throws {
    // Fixed dates, one owner and plain modes keep the bytes the same.
    let arguments = [
      "-no_rc", "-as", "mkisofs", "-quiet", "-volid", "cidata", "-joliet", "-rational-rock",
      "--set_all_file_dates", "2018042712000000", "-output", "seed.iso", "content",
    ]
    let result: ExecutionResult<Void, DiscardedOutput, StringOutput<UTF8>>
    do {
      result = try await run(
        .name("xorriso"), arguments: Arguments(arguments),
        environment: .inherit.updating(["SOURCE_DATE_EPOCH": "1524830400", "LC_ALL": "C"]),
        workingDirectory: FilePath(folder), output: .discarded, error: .string(limit: 65536))
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw ForgeError(
        .hypervisor, "xorriso is missing, which makes the nodes' seed images",
        advice: "install it: apt-get install xorriso (or dnf install xorriso)")
    }
    guard case .exited(0) = result.terminationStatus else {
      throw ForgeError(
        .hypervisor, "xorriso could not make a seed image", observed: result.standardError,
        disposition: .final)
    }
  }
}
