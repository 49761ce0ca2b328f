import ForgeSupport
internal import FoundationEssentials

/// The forms of a public Ed25519 key.
package enum HostKey {
  /// The name of the algorithm on the wire and in files.
  package static let algorithm = "ssh-ed25519"
  /// Where sshd has the private key on a node, and cloud-init puts it.
  package static let privatePath = "/etc/ssh/ssh_host_ed25519_key"
  /// What stands before the 32 bytes on the wire: both parts with their lengths (RFC 8709).
  private static let head = [0, 0, 0, 11] + Array(algorithm.utf8) + [0, 0, 0, 32]

  package static func blob(of publicKey: [UInt8]) -> [UInt8] { head + publicKey }

  static func base64(of publicKey: [UInt8]) -> String {
    Data(blob(of: publicKey)).base64EncodedString()
  }

  /// The line of a `.pub` file without a comment.
  package static func line(of publicKey: [UInt8]) -> String {
    "\(algorithm) \(base64(of: publicKey))"
  }

  /// The 32 bytes of the key in the line of a `.pub` file; nil when there is no such key.
  package static func publicKey(inLine line: String) -> [UInt8]? {
    let words = line.split(separator: " ")
    guard words.count > 1, words[0] == algorithm, let blob = Data(base64Encoded: String(words[1])),
      blob.count == head.count + 32, blob.starts(with: head)
    else { return nil }
    return Array(blob.suffix(32))
  }

  /// The fingerprint of a 32-byte public key as `ssh-keygen -l` prints it.
  package static func fingerprint(of publicKey: [UInt8]) -> String {
    let text = Data(SHA256.digest(of: blob(of: publicKey))).base64EncodedString()
    return "SHA256:" + text.prefix { $0 != "=" }
  }

  /// A line of a `known_hosts` file, without the final newline.
  package static func knownHostsLine(address: String, port: Int, publicKey: [UInt8]) -> String {
    let host = port == 22 ? address : "[\(address)]:\(port)"
    return "\(host) \(line(of: publicKey))"
  }
}
