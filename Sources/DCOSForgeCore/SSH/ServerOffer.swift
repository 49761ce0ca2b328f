import ForgeKeys
import ForgeModel

/// What a server said before encryption began: its banner and the algorithms of its KEXINIT
/// (RFC 4253 sections 4.2 and 7.1).
package struct ServerOffer: Equatable {
  /// What the first bytes of a peer turned out to be.
  enum Reading: Equatable {
    case offer(ServerOffer)
    /// A banner, but no whole KEXINIT.
    case banner(String)
    /// Not SSH; printable text of its beginning.
    case other(String)
  }

  var banner: String
  var keyExchanges: [String]
  var hostKeys: [String]
  var ciphers: [String]
  var macs: [String]

  /// Lines before the banner are allowed; a line longer than this is no banner.
  private static let lineLimit = 255

  static func read(_ bytes: [UInt8]) -> Reading {
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 0x0A) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      guard line.starts(with: "SSH-".utf8), line.count <= lineLimit else { continue }
      let banner = printable(line)
      return kexInit(rest, banner: banner).map { .offer($0) } ?? .banner(banner)
    }
    return .other(printable(bytes.prefix(160)))
  }

  private static func kexInit(_ bytes: ArraySlice<UInt8>, banner: String) -> ServerOffer? {
    let messageKEXINIT: UInt8 = 20
    var packet = WireReader(bytes)
    guard let length = packet.uint32(), (2...40_000).contains(length),
      let padding = packet.take(1)?.first, let payload = packet.take(Int(length) - 1),
      payload.count > Int(padding)
    else { return nil }
    var reader = WireReader(payload.dropLast(Int(padding)))
    guard reader.take(1)?.first == messageKEXINIT, reader.take(16) != nil,
      let kex = reader.nameList(), let hostKeys = reader.nameList(),
      let ciphers = reader.nameList(), reader.nameList() != nil, let macs = reader.nameList()
    else { return nil }
    return ServerOffer(
      banner: banner, keyExchanges: kex, hostKeys: hostKeys, ciphers: ciphers, macs: macs)
  }

  private static func printable(_ bytes: some Sequence<UInt8>) -> String {
    let text = bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: " ") }
    return String(decoding: text, as: UTF8.self).split(separator: " ").joined(separator: " ")
  }

  /// The first algorithm choice in which server and we have nothing in common, in words.
  var mismatch: (observed: String, advice: String)? {
    func none(_ offered: [String], _ ours: [String]) -> Bool {
      !ours.contains(where: offered.contains)
    }
    if none(hostKeys, [HostKey.algorithm]) {
      let onlyRSA = hostKeys.allSatisfy { $0.contains("rsa") }
      return (
        "it shows \(onlyRSA ? "only RSA host keys" : "no Ed25519 host key") "
          + "(\(list(hostKeys))); \(banner)",
        "put the planned Ed25519 host key into /etc/ssh/ssh_host_ed25519_key and name it as "
          + "HostKey in sshd_config"
      )
    }
    if none(keyExchanges, Self.ourKeyExchanges) {
      return (
        "its key exchanges are only \(list(keyExchanges)); \(banner)",
        "allow \(Self.ourKeyExchanges[0]) in KexAlgorithms of its sshd_config"
      )
    }
    if none(ciphers, Self.ourCiphers) {
      return (
        "its ciphers are only \(list(ciphers)); \(banner)",
        "allow \(Self.ourCiphers[0]) in Ciphers of its sshd_config"
      )
    }
    if none(macs, Self.ourMACs) {
      return (
        "its message authentication codes are only \(list(macs)); \(banner)",
        "allow \(Self.ourMACs[0]) in MACs of its sshd_config"
      )
    }
    return nil
  }

  private func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.joined(separator: ", ")
  }

  // What the shim asks libssh2 for.
  static let ourKeyExchanges = [
    "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
  ]
  static let ourCiphers = ["aes128-ctr", "aes192-ctr", "aes256-ctr"]
  static let ourMACs = ["hmac-sha2-256", "hmac-sha2-512"]
}
