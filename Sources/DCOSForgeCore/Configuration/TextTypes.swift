import ForgeModel
import FoundationEssentials

// The kinds of scalar whose value is the text itself.
extension ScalarType where Value == String {
  private static func text(
    _ name: String, pattern: String, where isGood: @escaping @Sendable (String) -> Bool
  ) -> ScalarType {
    ScalarType(name, pattern: pattern, write: { $0 }, read: { isGood($0) ? $0 : nil })
  }

  /// A text of certain ASCII characters.
  private static func word(
    _ name: String, first: String, rest: String, length: ClosedRange<Int>
  ) -> ScalarType {
    text(name, pattern: "^[\(first)][\(rest)]{\(length.lowerBound - 1),\(length.upperBound - 1)}$")
    {
      length.contains($0.utf8.count) && $0.utf8.first.map { within($0, first) } == true
        && $0.utf8.allSatisfy { within($0, rest) }
    }
  }

  /// Whether a byte is in a set written as in a regular expression: `a-z0-9_`.
  private static func within(_ byte: UInt8, _ set: String) -> Bool {
    let bytes = Array(set.utf8)
    var index = 0
    while index < bytes.count {
      if index + 2 < bytes.count, bytes[index + 1] == UInt8(ascii: "-") {
        if (bytes[index]...bytes[index + 2]).contains(byte) { return true }
        index += 3
      } else {
        if bytes[index] == byte { return true }
        index += 1
      }
    }
    return false
  }

  static var clusterName: ScalarType {
    text(
      "1 to 63 lower-case letters, digits, hyphens or underscores, "
        + "with a letter or digit at each end",
      pattern: "^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$"
    ) { name in
      // An underscore may stand where a hyphen may.
      NodeName(String(name.map { $0 == "_" ? "-" : $0 })) != nil
    }
  }

  /// libvirt's name of a network, or a host bridge.
  static var networkName: ScalarType {
    word(
      "a name of letters, digits, dots, hyphens and underscores",
      first: "A-Za-z0-9_", rest: "A-Za-z0-9_.-", length: 1...63)
  }

  /// A DNS domain, short enough for a name of 63 characters before it (RFC 1035: 253 in all).
  static var domainName: ScalarType {
    let label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    return text(
      "a DNS domain in lower case such as dc1.example.com", pattern: "^\(label)(\\.\(label))*$"
    ) {
      $0.utf8.count <= 189
        && $0.split(separator: ".", omittingEmptySubsequences: false)
          .allSatisfy { NodeName($0) != nil }
    }
  }

  /// A Unix account.
  static var account: ScalarType {
    word("a user name", first: "a-z_", rest: "a-z0-9_-", length: 1...32)
  }

  /// The name of an RPM package, or the id of a repository.
  static var packageName: ScalarType {
    word(
      "a name of letters, digits and ._+-",
      first: "A-Za-z0-9", rest: "A-Za-z0-9._+-", length: 1...100)
  }

  /// The version of an RPM package, with or without epoch and release.
  static var packageVersion: ScalarType {
    word("a version such as 18.09.9", first: "0-9", rest: "A-Za-z0-9._+~:-", length: 1...100)
  }

  /// A reference to a container image.
  static var containerImage: ScalarType {
    word(
      "a container image such as nginx:1.25",
      first: "A-Za-z0-9", rest: "A-Za-z0-9._:/@-", length: 1...255)
  }

  /// Any text on one line.
  static var line: ScalarType { text("a text", pattern: "^.+$") { !$0.isEmpty } }

  /// The URI of a libvirt connection.
  static var libvirtURI: ScalarType {
    text("a libvirt URI such as qemu:///system", pattern: "^[a-z][a-z0-9+.-]*://") { uri in
      guard let end = uri.firstRange(of: "://") else { return false }
      return !uri.contains(" ")
        && word("", first: "a-z", rest: "a-z0-9+.-", length: 1...40).accepts(uri[..<end.lowerBound])
    }
  }

  /// An absolute path on the hypervisor's host.
  static var hostPath: ScalarType {
    text("an absolute path on the hypervisor's host", pattern: "^/") { $0.hasPrefix("/") }
  }

  /// A path on this machine; a relative one begins at the cluster file's folder.
  static var path: ScalarType {
    text("a path (~ is not expanded: use ${env:HOME})", pattern: "^[^~]") { isPath($0) }
  }

  /// A path on this machine or a URL.
  static var pathOrURL: ScalarType {
    text(
      "a path (~ is not expanded: use ${env:HOME}) or a URL with http, https or file",
      pattern: "^[^~]"
    ) { text in
      text.contains("://")
        ? isURL(text, schemes: ["http", "https", "file"]) : isPath(text)
    }
  }

  /// What yum accepts as the place of a repository or key.
  static var repositoryURL: ScalarType {
    text("a URL with http, https, ftp or file", pattern: "^(https?|ftp|file)://.") {
      isURL($0, schemes: ["http", "https", "ftp", "file"])
    }
  }

  /// A line of an authorized_keys file.
  static var authorizedKey: ScalarType {
    text("a public key in authorized_keys form", pattern: "(ssh|ecdsa|sk)-[^ ]+ [A-Za-z0-9+/]+=*") {
      let fields = $0.split(separator: " ")
      return zip(fields, fields.dropFirst()).contains { type, key in
        ["ssh-", "ecdsa-", "sk-"].contains(where: type.hasPrefix)
          && Data(base64Encoded: String(key)).map { $0.count > 16 } == true
      }
    }
  }

  private static func isPath(_ text: String) -> Bool { !text.isEmpty && !text.hasPrefix("~") }

  private static func isURL(_ text: String, schemes: [String]) -> Bool {
    guard !text.contains(" "), let url = URL(string: text), let scheme = url.scheme,
      schemes.contains(scheme)
    else { return false }
    return scheme == "file" ? url.path.hasPrefix("/") : url.host?.isEmpty == false
  }

  private func accepts(_ text: some StringProtocol) -> Bool { (try? read(String(text))) != nil }
}
