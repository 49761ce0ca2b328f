import ForgeSupport

/// The files beside the configuration, as the installer finds them under its working directory.
package struct GenconfContents: Sendable {
  /// The contents by path relative to the installer's working directory, such as
  /// `genconf/ip-detect`.
  package var contents: [String: [UInt8]]
  /// Whether the folder of own check programs holds a folder.
  package var checkFolderHasFolder: Bool
  /// Whether the SSH installer's key is there, unencrypted and closed to others.
  package var hasUsableKey: Bool

  /// Makes the set of files.
  package init(
    contents: [String: [UInt8]], checkFolderHasFolder: Bool = false, hasUsableKey: Bool = true
  ) {
    self.contents = contents
    self.checkFolderHasFolder = checkFolderHasFolder
    self.hasUsableKey = hasUsableKey
  }

  /// What opening a path gives.
  enum Finding: Hashable {
    case missing
    case folder
    case text
    case undecodable
    /// A name that Python's file functions stop at.
    case impossible
  }

  /// What a path leads to; relative ones start beside `genconf`, which the container has at `/`.
  func find(_ path: String) -> Finding {
    guard path.unicodeScalars.allSatisfy({ $0.isASCII && $0 != "\0" }) else { return .impossible }
    guard !path.isEmpty else { return .missing }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    let name = parts.joined(separator: "/")
    if let bytes = contents[name] {
      guard !path.hasSuffix("/") else { return .missing }
      return isUTF8(bytes) ? .text : .undecodable
    }
    let isFolder =
      name.isEmpty || name == "genconf" || contents.keys.contains { $0.hasPrefix(name + "/") }
    return isFolder ? .folder : .missing
  }

  private func isUTF8(_ bytes: [UInt8]) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil
  }

  /// What to do about a file that is not there; DC/OS needs the script of the usual name anyway.
  static func fix(of path: String) -> String {
    path == usualScript ? "add the file" : "add the file or remove the key"
  }

  /// Where DC/OS looks for the script without `ip_detect_filename`.
  static let usualScript = "genconf/ip-detect"

  /// Reads a file that is there already, or ends as Python does.
  func requireText(_ path: String) throws(GenconfFault) {
    switch find(path) {
    case .text: return
    case .missing: throw .crash("the file \(path.excerpt) does not exist", fix: Self.fix(of: path))
    case .folder: throw .crash("\(path.excerpt) is a folder")
    case .undecodable: throw .crash("the file \(path.excerpt) is not UTF-8")
    case .impossible: throw .crash("the file name \(path.excerpt) has characters outside ASCII")
    }
  }
}
