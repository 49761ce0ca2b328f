import ForgeKeys
import ForgeSupport
internal import Foundation

/// Texts that are secrets of this very cluster.
struct KnownSecrets: Sendable {
  /// The secrets by their first eight bytes.
  private let secrets: [UInt64: [[UInt8]]]
  /// Whether a secret may begin with eight bytes of such a hash: cheaper than the dictionary.
  private let begins: [Bool]
  /// The shortest one that is looked for, in bytes.
  private static let shortest = 20

  /// Takes private keys in OpenSSH's form: every line of the file, and the key itself in
  /// hexadecimal and, at whatever place it stands in a larger text, in base64.
  init(_ privateKeys: [String]) {
    var secrets: [UInt64: Set<[UInt8]>] = [:]
    for file in privateKeys {
      let lines = file.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
      for form in lines.map(String.init) + Self.forms(ofKeyIn: file) {
        let bytes = Array(form.utf8)
        guard bytes.count >= Self.shortest, bytes.allSatisfy(Self.word.contains) else { continue }
        let start = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        secrets[start, default: []].insert(bytes)
      }
    }
    // One may begin another: the longest is looked for first.
    self.secrets = secrets.mapValues { $0.sorted { $0.count > $1.count } }
    var begins = [Bool](repeating: false, count: 4096)
    for start in secrets.keys { begins[Self.hash(start)] = true }
    self.begins = begins
  }

  /// A number below 4096.
  private static func hash(_ window: UInt64) -> Int {
    Int(truncatingIfNeeded: (window &* 0x9E37_79B9_7F4A_7C15) &>> 52)
  }

  private static func forms(ofKeyIn file: String) -> [String] {
    guard let pair = try? KeyPair(privateKeyFile: file) else { return [] }
    let seed = pair.privateKey.seed
    let hexadecimal = seed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    // In base64 a byte's form depends on its place; what its neighbours decide is left out.
    let inBase64 = (0..<3).map { shift in
      let text = Data([UInt8](repeating: 0, count: shift) + seed).base64EncodedString()
      return String(text.dropFirst(shift == 0 ? 0 : shift + 1).prefix(40))
    }
    return [hexadecimal, hexadecimal.uppercased()] + inBase64
  }

  /// The characters of which they are made.
  private static let word = ByteSet(ByteSet.letters + ByteSet.digits + "+/=")

  /// Adds a part of a text to what is shown, without them.
  func append(_ part: Range<Int>, of bytes: [UInt8], to shown: inout [UInt8]) {
    guard !secrets.isEmpty else {
      shown += bytes[part]
      return
    }
    let word = Self.word
    var copied = part.lowerBound
    var start = part.lowerBound
    for index in part.lowerBound...part.upperBound
    where index == part.upperBound || !word.contains(bytes[index]) {
      if index - start >= Self.shortest {
        while let hit = secret(in: bytes, start..<index) {
          shown += bytes[copied..<hit.lowerBound]
          shown += Redaction.mark.utf8
          copied = hit.upperBound
          start = hit.upperBound
        }
      }
      start = index + 1
    }
    shown += bytes[copied..<part.upperBound]
  }

  private func secret(in bytes: [UInt8], _ word: Range<Int>) -> Range<Int>? {
    var window: UInt64 = 0
    for index in word {
      window = window << 8 | UInt64(bytes[index])
      guard index - word.lowerBound >= 7, begins[Self.hash(window)], let found = secrets[window]
      else { continue }
      for secret in found where bytes[(index - 7)..<word.upperBound].starts(with: secret) {
        return (index - 7)..<(index - 7 + secret.count)
      }
    }
    return nil
  }
}
