package import ForgeSupport
package import ForgeModel
import FoundationEssentials

/// An Ed25519 key pair for SSH: of the cluster's user, or of a node's host.
///
/// Written and read in the form `openssh-key-v1` without a passphrase (OpenSSH `PROTOCOL.key`),
/// which sshd, ssh and cloud-init take.
package struct KeyPair: Sendable {
  package let privateKey: SigningKey
  /// The comment that stands behind the public key.
  package let comment: String

  private init(privateKey: SigningKey, comment: String) {
    self.privateKey = privateKey
    self.comment = comment
  }

  /// Makes a new random pair.
  ///
  /// Throws category `internalFault` when the system has no random numbers.
  package static func generate(comment: String) throws(ForgeError) -> KeyPair {
    guard let key = SigningKey.random() else {
      throw ForgeError(.internalFault, "libcrypto makes no key", on: comment)
    }
    return KeyPair(privateKey: key, comment: comment)
  }

  /// Makes the pair that belongs to a 32-byte seed; nil when there are not 32 bytes.
  package init?(seed: [UInt8], comment: String) {
    guard let key = SigningKey(seed: seed) else { return nil }
    self.init(privateKey: key, comment: comment)
  }

  /// The public key: 32 bytes.
  package var publicKey: [UInt8] { privateKey.publicKey }

  /// The line of an `authorized_keys` or `.pub` file, without the final newline.
  package var publicLine: String {
    let line = HostKey.line(of: publicKey)
    return comment.isEmpty ? line : "\(line) \(comment)"
  }

  /// The fingerprint as OpenSSH prints it.
  package var fingerprint: String { HostKey.fingerprint(of: publicKey) }

  // MARK: The private key file

  private static let head = "-----BEGIN OPENSSH PRIVATE KEY-----"
  private static let tail = "-----END OPENSSH PRIVATE KEY-----"
  private static let magic = Array("openssh-key-v1\0".utf8)

  /// The private key as a file's content, final newline included.
  ///
  /// The same pair gives the same text: the check number, random in OpenSSH's own files, is taken
  /// from the public key, so that a seed image made twice is the same image.
  package var privateKeyFile: String {
    let publicKey = publicKey
    var inner: [UInt8] = []
    inner += publicKey[..<4] + publicKey[..<4]
    inner.appendWire(string: HostKey.algorithm.utf8)
    inner.appendWire(string: publicKey)
    inner.appendWire(string: privateKey.seed + publicKey)
    inner.appendWire(string: comment.utf8)
    for pad in 1...8 where inner.count % 8 != 0 { inner.append(UInt8(pad)) }
    var outer = Self.magic
    outer.appendWire(string: "none".utf8)
    outer.appendWire(string: "none".utf8)
    outer.appendWire(string: [])
    outer.appendWire(1)
    outer.appendWire(string: HostKey.blob(of: publicKey))
    outer.appendWire(string: inner)
    let text = Array(Data(outer).base64EncodedString().utf8)
    let lines = stride(from: 0, to: text.count, by: 70).map {
      String(decoding: text[$0..<min($0 + 70, text.count)], as: UTF8.self)
    }
    return ([Self.head] + lines + [Self.tail]).joined(separator: "\n") + "\n"
  }

  /// Reads the content of a private key file.
  ///
  /// Throws category `configuration` when it is no unencrypted Ed25519 key in OpenSSH's form.
  /// `name` is the file's name for the message.
  package init(privateKeyFile text: String, name: String = "") throws(ForgeError) {
    func refuse(_ observed: String, _ advice: String) -> ForgeError {
      ForgeError(
        .configuration, "the SSH private key cannot be used", on: name, observed: observed,
        advice: advice)
    }
    let makeOne = "make one with: ssh-keygen -t ed25519 -N '' -f FILE"
    let lines = text.split(whereSeparator: \.isNewline).map { line in
      String(line.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" && $0 != "\r" })
    }
    let full = text.split(whereSeparator: \.isNewline)
    guard let first = full.firstIndex(where: { $0.hasPrefix(Self.head) }),
      let last = full.firstIndex(where: { $0.hasPrefix(Self.tail) }), first < last
    else { throw refuse("it is not in OpenSSH's own format", makeOne) }
    guard let data = Data(base64Encoded: lines[(first + 1)..<last].joined()) else {
      throw refuse("its base64 text is damaged", makeOne)
    }
    switch Self.decode(Array(data)) {
    case .key(let key, let comment): self.init(privateKey: key, comment: comment)
    case .encrypted(let cipher):
      throw refuse(
        "it is protected by a passphrase (\(cipher))",
        "remove the passphrase: ssh-keygen -p -f FILE")
    case .otherAlgorithm(let algorithm):
      throw refuse("its algorithm is \(algorithm), not \(HostKey.algorithm)", makeOne)
    case .damaged: throw refuse("its content is damaged", makeOne)
    }
  }

  private enum Decoded {
    case key(SigningKey, comment: String)
    case encrypted(String)
    case otherAlgorithm(String)
    case damaged
  }

  private static func decode(_ bytes: [UInt8]) -> Decoded {
    var outer = WireReader(bytes)
    guard let start = outer.take(magic.count), start.elementsEqual(magic),
      let cipher = outer.text(), let derivation = outer.text(), outer.string() != nil,
      let count = outer.uint32(), let blob = outer.string(), let inner = outer.string(), count == 1
    else { return .damaged }
    guard cipher == "none", derivation == "none" else { return .encrypted(cipher) }
    var reader = WireReader(inner)
    guard let one = reader.uint32(), let two = reader.uint32(), one == two,
      let algorithm = reader.text()
    else { return .damaged }
    guard algorithm == HostKey.algorithm else { return .otherAlgorithm(algorithm) }
    guard let publicKey = reader.string(), let secret = reader.string(), secret.count == 64,
      let comment = reader.text(), reader.remaining < 256,
      let padding = reader.take(reader.remaining),
      padding.enumerated().allSatisfy({ $0.element == UInt8($0.offset + 1) }),
      let key = SigningKey(seed: secret.prefix(32)),
      key.publicKey.elementsEqual(publicKey),
      secret.suffix(32).elementsEqual(publicKey),
      blob.elementsEqual(HostKey.blob(of: Array(publicKey)))
    else { return .damaged }
    return .key(key, comment: comment)
  }
}
