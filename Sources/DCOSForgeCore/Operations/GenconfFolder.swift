internal import FoundationEssentials

/// The operator's folder with DC/OS's configuration and detect scripts.
public struct GenconfFolder: Sendable {
  /// The folder's path.
  public let path: String

  /// Names a folder; nothing is read yet.
  public init(path: String) { self.path = path }

  /// The names the configuration may have here; DC/OS itself reads only the second.
  static let configNames = ["cluster.yaml", "config.yaml"]

  /// What else is sent along when it is there (DC/OS `dcos_installer/constants.py`, `gen/calc.py`).
  static let optionalNames = [
    "ip-detect-public", "ip6-detect", "fault-domain-detect", "license.txt",
  ]

  /// The largest file that is taken from the folder, in bytes.
  static let sizeLimit = 16 << 20

  /// Reads the folder; throws category `configuration` naming everything that is missing.
  public func read() throws(ForgeError) -> GenconfFiles {
    let present = Self.configNames.filter { exists($0) }
    guard let config = present.first, present.count == 1, exists("ip-detect") else {
      let faults =
        (present.isEmpty ? ["neither cluster.yaml nor config.yaml is there"] : [])
        + (present.count > 1 ? ["both cluster.yaml and config.yaml are there"] : [])
        + (exists("ip-detect") ? [] : ["ip-detect is not there"])
      throw ForgeError(
        .configuration, "the genconf folder is not complete", on: path,
        observed: faults.joined(separator: "; "),
        advice: "dcos.genconf in the cluster file names the folder")
    }
    var others: [String: [UInt8]] = [:]
    for name in Self.optionalNames where exists(name) { others[name] = try bytes(name) }
    for name in try checkNames() { others["check_bins/\(name)"] = try bytes("check_bins/\(name)") }
    return GenconfFiles(
      config: try bytes(config), ipDetect: String(decoding: try bytes("ip-detect"), as: UTF8.self),
      others: others)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/" + name)
  }

  private func checkNames() throws(ForgeError) -> [String] {
    guard exists("check_bins") else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path + "/check_bins").sorted()
    } catch {
      throw ForgeError(
        .configuration, "cannot be read", on: path + "/check_bins", observed: "\(error)")
    }
  }

  private func bytes(_ name: String) throws(ForgeError) -> [UInt8] {
    do {
      let data = try Data(contentsOf: URL(filePath: path + "/" + name))
      guard data.count <= Self.sizeLimit else { throw CocoaError(.fileReadTooLarge) }
      return Array(data)
    } catch {
      throw ForgeError(
        .configuration, "cannot be read", on: path + "/" + name, observed: "\(error)",
        advice: "it must be a plain file of at most \(Self.sizeLimit >> 20) MiB")
    }
  }
}
