import FoundationEssentials

/// Recognises an RSA public key in PEM, by the outline of its DER and no more.
///
/// Source: RFC 7468 and RFC 8017, appendix A.1.1.
package enum PublicKeyPEM {
  private static let begin = "-----BEGIN "

  /// Whether a text holds a key that OpenSSL would read as one of RSA.
  static func isRSA(_ text: String) -> Bool {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard let first = lines.firstIndex(where: { $0.hasPrefix(begin) }) else { return false }
    let label = lines[first].dropFirst(begin.count).prefix { $0 != "-" }
    let end = "-----END \(label)-----"
    guard lines[first].dropFirst(begin.count + label.count).hasPrefix("-----"),
      let last = lines[first...].firstIndex(where: { $0.hasPrefix(end) }),
      let der = Data(base64Encoded: lines[(first + 1)..<last].joined())
    else { return false }
    switch label {
    case "PUBLIC KEY": return isSubjectKey(Array(der))
    case "RSA PUBLIC KEY": return isKey(Array(der)[...])
    default: return false
    }
  }

  /// Reads one element of a tag and gives its content; the input is what follows it.
  private static func element(_ tag: UInt8, _ input: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>?
  {
    var rest = input
    guard rest.popFirst() == tag, let first = rest.popFirst() else { return nil }
    var length = Int(first)
    if first >= 0x80 {
      guard (1...3).contains(first & 0x7F) else { return nil }
      length = 0
      for _ in 0..<(first & 0x7F) {
        guard let byte = rest.popFirst() else { return nil }
        length = length << 8 | Int(byte)
      }
    }
    guard rest.count >= length else { return nil }
    input = rest.dropFirst(length)
    return rest.prefix(length)
  }

  private static func isSubjectKey(_ der: [UInt8]) -> Bool {
    var input = der[...]
    let rsaEncryption: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
    guard var info = element(0x30, &input), var algorithm = element(0x30, &info),
      let identifier = element(0x06, &algorithm), identifier.elementsEqual(rsaEncryption),
      var bits = element(0x03, &info), bits.popFirst() == 0
    else { return false }
    return isKey(bits)
  }

  /// A sequence of modulus and exponent.
  private static func isKey(_ der: ArraySlice<UInt8>) -> Bool {
    var input = der
    guard var key = element(0x30, &input), let modulus = element(0x02, &key),
      let exponent = element(0x02, &key)
    else { return false }
    return !modulus.isEmpty && !exponent.isEmpty
  }
}
