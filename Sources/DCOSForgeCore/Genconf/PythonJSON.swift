/// JSON as Python's `json` module reads and writes it: any size of number, `NaN`, repeated names.
package struct PythonJSON {
  /// Why a text is no JSON.
  enum Fault: Error {
    /// `ValueError`: DC/OS turns it into a message.
    case malformed
    /// The recursion limit.
    case tooDeep
  }

  /// Python stops at its recursion limit of 1000, of which the caller has used a few.
  static let maximumDepth = 980

  private let bytes: [UInt8]
  private var index = 0

  private init(_ text: String) { bytes = Array(text.utf8) }

  /// What `json.loads` gives.
  static func load(_ text: String) throws(Fault) -> PythonValue {
    var parser = PythonJSON(text)
    parser.skipSpace()
    let value = try parser.value(depth: 1)
    parser.skipSpace()
    guard parser.index == parser.bytes.count else { throw .malformed }
    return value
  }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      index += 1
    }
  }

  private mutating func skip(_ text: StaticString) -> Bool {
    let word = Array("\(text)".utf8)
    guard bytes[index...].starts(with: word) else { return false }
    index += word.count
    return true
  }

  private mutating func value(depth: Int) throws(Fault) -> PythonValue {
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "n") where skip("null"): return .none
    case UInt8(ascii: "t") where skip("true"): return .bool(true)
    case UInt8(ascii: "f") where skip("false"): return .bool(false)
    case UInt8(ascii: "N") where skip("NaN"): return .float(.nan)
    case UInt8(ascii: "I") where skip("Infinity"): return .float(.infinity)
    case UInt8(ascii: "-") where skip("-Infinity"): return .float(-.infinity)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(Fault) -> PythonValue {
    guard depth <= Self.maximumDepth else { throw .tooDeep }
    var pairs = PythonDictionary()
    index += 1
    skipSpace()
    if skip("}") { return .dictionary(pairs.pairs) }
    while true {
      guard next == UInt8(ascii: "\"") else { throw .malformed }
      let key = try string()
      skipSpace()
      guard skip(":") else { throw .malformed }
      skipSpace()
      pairs.set(.string(key), try value(depth: depth + 1))
      skipSpace()
      if skip("}") { return .dictionary(pairs.pairs) }
      guard skip(",") else { throw .malformed }
      skipSpace()
    }
  }

  private mutating func array(depth: Int) throws(Fault) -> PythonValue {
    guard depth <= Self.maximumDepth else { throw .tooDeep }
    var items: [PythonValue] = []
    index += 1
    skipSpace()
    if skip("]") { return .list(items) }
    while true {
      items.append(try value(depth: depth + 1))
      skipSpace()
      if skip("]") { return .list(items) }
      guard skip(",") else { throw .malformed }
      skipSpace()
    }
  }

  private mutating func digits() -> Int {
    let start = index
    while let byte = next, (48...57).contains(byte) { index += 1 }
    return index - start
  }

  private mutating func number() throws(Fault) -> PythonValue {
    let start = index
    _ = skip("-")
    if !skip("0") {
      guard digits() > 0 else { throw .malformed }
    }
    let whole = index
    if next == UInt8(ascii: ".") {
      index += 1
      if digits() == 0 { index = whole }
    }
    let fraction = index
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      index += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
      if digits() == 0 { index = fraction }
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    guard index > whole else { return .integer(text == "-0" ? "0" : text) }
    return .float(Double(text) ?? .nan)
  }

  private mutating func string() throws(Fault) -> String {
    index += 1
    var text: [UInt8] = []
    while let byte = next {
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += Array(String(try escape()).utf8)
      case 0..<0x20: throw .malformed
      default: text.append(byte)
      }
    }
    throw .malformed
  }

  private mutating func escape() throws(Fault) -> Character {
    guard let byte = next else { throw .malformed }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return Character(Unicode.Scalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw .malformed
    }
  }

  private mutating func unicodeEscape() throws(Fault) -> Character {
    let high = try fourHexDigits()
    let mark = index
    if (0xD800...0xDBFF).contains(high), skip("\\u"), let low = try? fourHexDigits(),
      (0xDC00...0xDFFF).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    {
      return Character(scalar)
    }
    index = mark
    // Swift's text cannot hold half a pair; no rule says it from the replacement character.
    return Character(Unicode.Scalar(high) ?? "\u{FFFD}")
  }

  private mutating func fourHexDigits() throws(Fault) -> UInt32 {
    guard index + 4 <= bytes.count else { throw .malformed }
    let text = String(decoding: bytes[index..<index + 4], as: UTF8.self)
    guard text.utf8.count == 4, text.allSatisfy({ $0.isASCII && $0.isHexDigit }),
      let value = UInt32(text, radix: 16)
    else { throw .malformed }
    index += 4
    return value
  }
}

extension PythonJSON {
  /// What `json.dumps` gives; nil where it raises TypeError.
  static func dump(_ value: PythonValue) -> String? {
    switch value {
    case .none: return "null"
    case .bool(let flag): return flag ? "true" : "false"
    case .integer(let digits): return digits
    case .float(let number): return text(of: number)
    case .string(let text): return quoted(text)
    case .list(let items):
      let texts = items.compactMap(dump)
      return texts.count == items.count ? "[\(texts.joined(separator: ", "))]" : nil
    case .dictionary(let pairs):
      let texts = pairs.compactMap { pair -> String? in
        guard let key = key(pair.key), let value = dump(pair.value) else { return nil }
        return quoted(key) + ": " + value
      }
      return texts.count == pairs.count ? "{\(texts.joined(separator: ", "))}" : nil
    case .opaque: return nil
    }
  }

  private static func key(_ value: PythonValue) -> String? {
    switch value {
    case .string(let text): text
    case .none, .bool, .integer, .float: dump(value)
    case .list, .dictionary, .opaque: nil
    }
  }

  private static func text(of number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    return number.description
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case " "..."~": result.unicodeScalars.append(scalar)
      default:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return result + "\""
  }
}
