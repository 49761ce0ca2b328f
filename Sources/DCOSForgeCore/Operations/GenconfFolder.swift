package import ForgePlanning
package import ForgeModel
package import ForgeGenconf
import ForgeKeys
internal import FoundationEssentials
internal import SystemPackage

/// The operator's folder with DC/OS's configuration and detect scripts.
package struct GenconfFolder: Sendable {
  /// The folder's path.
  package let path: String

  /// Names a folder; nothing is read yet.
  package init(path: String) { self.path = path }

  /// The names the configuration may have here; DC/OS itself reads only the second.
  static let configNames = ["cluster.yaml", "config.yaml"]

  /// What else is sent along when it is there (DC/OS `dcos_installer/constants.py`, `gen/calc.py`).
  static let optionalNames = [
    "ip-detect-public", "ip6-detect", "fault-domain-detect", "license.txt",
  ]

  /// The largest file that is taken from the folder, in bytes.
  static let sizeLimit = 16 << 20

  /// What lies in the folder.
  package struct Contents: Sendable {
    /// The path of DC/OS's configuration.
    package var configPath: String
    /// DC/OS's configuration.
    package var config: [UInt8]
    /// The files that matter beside it, by their name in `genconf/`.
    package var files: [String: [UInt8]]
    /// Whether `check_bins` holds a folder, which DC/OS cannot pack.
    package var checkFolderHasFolder: Bool

    /// As DC/OS's installer finds them.
    package var asInstallerSees: GenconfContents {
      let pairs = files.map { ("genconf/" + $0.key, $0.value) } + [("genconf/config.yaml", config)]
      return GenconfContents(
        contents: Dictionary(uniqueKeysWithValues: pairs),
        checkFolderHasFolder: checkFolderHasFolder)
    }
  }

  /// Reads the folder for `up`; throws category `configuration` naming everything that is missing.
  package func read() throws(ForgeError) -> GenconfFiles {
    let hasDetect = exists("ip-detect")
    let configs = configFaults
    guard configs.isEmpty, hasDetect else {
      throw incomplete(configs + (hasDetect ? [] : ["ip-detect is not there"]))
    }
    var contents = try self.contents()
    let ipDetect = contents.files.removeValue(forKey: "ip-detect") ?? []
    return GenconfFiles(
      config: contents.config, ipDetect: String(decoding: ipDetect, as: UTF8.self),
      others: contents.files)
  }

  /// Reads the folder for an evaluation, in which a missing `ip-detect` is DC/OS's to report.
  ///
  /// Throws category `configuration` when there is no configuration, or more than one.
  package func contents() throws(ForgeError) -> Contents {
    let faults = configFaults
    guard faults.isEmpty, let name = Self.configNames.first(where: exists) else {
      throw incomplete(faults)
    }
    let config = try bytes(name)
    var files: [String: [UInt8]] = [:]
    for name in ["ip-detect"] + Self.optionalNames + named(in: config) where exists(name) {
      files[name] = try bytes(name)
    }
    var hasFolder = false
    for name in try names(under: "check_bins") {
      if isFolder("check_bins/\(name)") { hasFolder = true; continue }
      files["check_bins/\(name)"] = try bytes("check_bins/\(name)")
    }
    return Contents(
      configPath: path + "/" + name, config: config, files: files, checkFolderHasFolder: hasFolder)
  }

  private var configFaults: [String] {
    switch Self.configNames.filter(exists).count {
    case 0: ["neither cluster.yaml nor config.yaml is there"]
    case 1: []
    default: ["both cluster.yaml and config.yaml are there"]
    }
  }

  private func incomplete(_ faults: [String]) -> ForgeError {
    ForgeError(
      .configuration, "the genconf folder is not complete", on: path,
      observed: faults.joined(separator: "; "),
      advice: "dcos.genconf in the cluster file names the folder")
  }

  /// Further files of the folder whose name a parameter such as `ip6_detect_filename` may give.
  private func named(in config: [UInt8]) -> [String] {
    let text = String(decoding: config, as: UTF8.self)
    let names = (try? names(under: "")) ?? []
    return names.filter {
      !Self.configNames.contains($0) && !isFolder($0) && text.contains("genconf/\($0)")
    }
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/" + name)
  }

  private func isFolder(_ name: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
      && isFolder
  }

  /// The names in a folder, sorted; none when it is not there.
  private func names(under folder: String) throws(ForgeError) -> [String] {
    guard folder.isEmpty || exists(folder) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder).sorted()
    } catch {
      throw ForgeError(
        .configuration, "cannot be read", on: path + "/" + folder, observed: "\(error)")
    }
  }

  private func bytes(_ name: String) throws(ForgeError) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(
        FilePath(path + "/" + name), .readOnly, options: [.closeOnExec, .nonBlocking])
      defer { try? file.close() }
      let bytes = try file.bytes(limit: Self.sizeLimit + 1)
      guard bytes.count <= Self.sizeLimit else { throw Errno.fileTooLarge }
      return bytes
    } catch {
      throw ForgeError(
        .configuration, "cannot be read", on: path + "/" + name, observed: "\(error)",
        advice: "it must be a plain file of at most \(Self.sizeLimit >> 20) MiB")
    }
  }
}

extension GenconfFiles {
  /// Makes a set of files; the parameters are those of the configuration.
  package init(config: [UInt8], ipDetect: String, others: [String: [UInt8]] = [:]) {
    self.init(
      config: config, parameters: WrittenParameter.all(in: config), ipDetect: ipDetect,
      others: others)
  }

  /// The files with another configuration.
  package func with(config: [UInt8]) -> GenconfFiles {
    GenconfFiles(config: config, ipDetect: ipDetect, others: others)
  }
}
