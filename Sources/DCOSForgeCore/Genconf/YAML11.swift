/// The meaning of scalars in YAML 1.1 as PyYAML's resolver and safe constructor have it.
///
/// Source: PyYAML 3.12 and 5.3.1, which agree here.
enum YAML11 {
  /// The short tag that a plain scalar has.
  static func implicitTag(of text: String) -> String {
    guard let first = text.utf8.first else { return "null" }
    switch text {
    case "~", "null", "Null", "NULL": return "null"
    case "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
      "on", "On", "ON", "off", "Off", "OFF":
      return "bool"
    case "<<": return "merge"
    case "=": return "value"
    default: break
    }
    guard (48...57).contains(first) || "+-.".utf8.contains(first) else { return "str" }
    let bytes = Array(text.utf8)
    if isFloat(bytes) { return "float" }
    if isInteger(bytes) { return "int" }
    return isTimestamp(bytes) ? "timestamp" : "str"
  }

  /// The value of a scalar under a tag; nil where PyYAML fails.
  static func construct(_ tag: String, _ text: String) -> PythonValue? {
    switch tag {
    case "str": return .string(text)
    case "null": return PythonValue.none
    case "bool":
      switch text.lowercased() {
      case "yes", "true", "on": return .bool(true)
      case "no", "false", "off": return .bool(false)
      default: return nil
      }
    case "int": return integer(text).map(PythonValue.integer)
    case "float": return float(text).map(PythonValue.float)
    case "timestamp": return isDate(Array(text.utf8)) ? .opaque("date") : nil
    default: return isBase64(text) ? .opaque("bytes") : nil
    }
  }

  // MARK: Patterns

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
  private static func isDigitOrLine(_ byte: UInt8) -> Bool { isDigit(byte) || byte == 0x5F }

  /// Drops what matches and says how much it was.
  private static func drop(
    _ rest: inout ArraySlice<UInt8>, while matches: (UInt8) -> Bool
  ) -> Int {
    let count = rest.prefix(while: matches).count
    rest = rest.dropFirst(count)
    return count
  }

  private static func drop(_ rest: inout ArraySlice<UInt8>, _ byte: Character) -> Bool {
    guard rest.first == byte.asciiValue else { return false }
    rest = rest.dropFirst()
    return true
  }

  private static func dropSign(_ rest: inout ArraySlice<UInt8>) -> Bool {
    drop(&rest, "+") || drop(&rest, "-")
  }

  /// Drops `:` and minutes as often as they follow.
  private static func dropSixties(_ rest: inout ArraySlice<UInt8>) -> Int {
    var count = 0
    while rest.first == UInt8(ascii: ":") {
      let digits = rest.dropFirst().prefix(while: isDigit)
      guard (1...2).contains(digits.count),
        digits.count == 1 || digits.first.map({ $0 < 54 }) == true
      else { break }
      rest = rest.dropFirst(1 + digits.count)
      count += 1
    }
    return count
  }

  private static func isFloat(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    let isSigned = dropSign(&rest)
    let word = String(decoding: rest, as: UTF8.self)
    if [".inf", ".Inf", ".INF"].contains(word) { return true }
    if !isSigned, [".nan", ".NaN", ".NAN"].contains(word) { return true }
    if let first = rest.first, isDigit(first) {
      _ = drop(&rest, while: isDigitOrLine)
      let hasSixties = dropSixties(&rest) > 0
      guard drop(&rest, ".") else { return false }
      _ = drop(&rest, while: isDigitOrLine)
      return rest.isEmpty || (!hasSixties && isExponent(rest))
    }
    guard !isSigned, drop(&rest, "."), drop(&rest, while: isDigitOrLine) > 0 else { return false }
    return rest.isEmpty || isExponent(rest)
  }

  private static func isExponent(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    guard drop(&rest, "e") || drop(&rest, "E"), dropSign(&rest) else { return false }
    return drop(&rest, while: isDigit) > 0 && rest.isEmpty
  }

  private static func isInteger(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    _ = dropSign(&rest)
    guard let first = rest.first, isDigit(first) else { return false }
    if rest.count == 1 { return true }
    if first == 48 {
      let digits = rest.dropFirst(2)
      switch rest[rest.startIndex + 1] {
      case UInt8(ascii: "b"):
        return !digits.isEmpty && digits.allSatisfy { $0 == 48 || $0 == 49 || $0 == 0x5F }
      case UInt8(ascii: "x"):
        return !digits.isEmpty
          && digits.allSatisfy { $0 == 0x5F || Character(Unicode.Scalar($0)).isHexDigit }
      default: return rest.dropFirst().allSatisfy { $0 == 0x5F || (48...55).contains($0) }
      }
    }
    _ = drop(&rest, while: isDigitOrLine)
    _ = dropSixties(&rest)
    return rest.isEmpty
  }

  // MARK: Timestamps

  private static func isTimestamp(_ bytes: [UInt8]) -> Bool {
    guard let parts = timestamp(bytes) else { return false }
    return parts.hour != nil || bytes.count == 10
  }

  private struct Timestamp {
    var year = 0
    var month = 0
    var day = 0
    var hour: Int?
    var minute = 0
    var second = 0
    var offset = 0
  }

  private static func number(_ rest: inout ArraySlice<UInt8>, _ digits: ClosedRange<Int>) -> Int? {
    let run = rest.prefix(digits.upperBound).prefix(while: isDigit)
    guard digits.contains(run.count) else { return nil }
    rest = rest.dropFirst(run.count)
    return run.reduce(0) { $0 * 10 + Int($1 - 48) }
  }

  /// The pattern by which PyYAML takes a timestamp apart.
  private static func timestamp(_ bytes: [UInt8]) -> Timestamp? {
    var rest = bytes[...]
    var result = Timestamp()
    guard let year = number(&rest, 4...4), drop(&rest, "-"), let month = number(&rest, 1...2),
      drop(&rest, "-"), let day = number(&rest, 1...2)
    else { return nil }
    (result.year, result.month, result.day) = (year, month, day)
    if rest.isEmpty { return result }
    guard drop(&rest, "T") || drop(&rest, "t") || drop(&rest, while: { $0 == 32 || $0 == 9 }) > 0,
      let hour = number(&rest, 1...2), drop(&rest, ":"), let minute = number(&rest, 2...2),
      drop(&rest, ":"), let second = number(&rest, 2...2)
    else { return nil }
    (result.hour, result.minute, result.second) = (hour, minute, second)
    if drop(&rest, ".") { _ = drop(&rest, while: isDigit) }
    if rest.isEmpty { return result }
    _ = drop(&rest, while: { $0 == 32 || $0 == 9 })
    if drop(&rest, "Z") { return rest.isEmpty ? result : nil }
    guard dropSign(&rest), let hours = number(&rest, 1...2) else { return nil }
    result.offset = hours
    if rest.isEmpty { return result }
    guard drop(&rest, ":"), number(&rest, 2...2) != nil, rest.isEmpty else { return nil }
    return result
  }

  /// Whether Python can make a date of it.
  private static func isDate(_ bytes: [UInt8]) -> Bool {
    guard let parts = timestamp(bytes), parts.year >= 1, (1...12).contains(parts.month) else {
      return false
    }
    let isLeap = parts.year % 4 == 0 && (parts.year % 100 != 0 || parts.year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][parts.month - 1]
    return (1...days).contains(parts.day) && (parts.hour ?? 0) < 24 && parts.minute < 60
      && parts.second < 60
  }

  // MARK: Numbers

  /// The longest number that is read in another notation than the decimal one: what that takes
  /// grows with the square of its length.
  private static let notationLimit = 1_000

  private static func integer(_ text: String) -> String? {
    var rest = text.replacing("_", with: "")[...]
    guard let first = rest.first else { return nil }
    let isNegative = first == "-"
    if first == "-" || first == "+" { rest = rest.dropFirst() }
    if rest == "0" { return "0" }
    if !rest.hasPrefix("0"), !rest.contains(":") {
      let digits = PythonText.string(PythonText.stripped(String(rest))).map {
        $0.hexDigitValue ?? 16
      }
      guard !digits.isEmpty, digits.allSatisfy({ $0 < 10 }) else { return nil }
      let value = digits.drop { $0 == 0 }.map(String.init).joined()
      return value.isEmpty ? "0" : (isNegative ? "-" : "") + value
    }
    guard rest.utf8.count <= notationLimit else { return nil }
    var number = BigNumber()
    if rest.hasPrefix("0b") {
      guard number.append(rest.dropFirst(2), radix: 2) else { return nil }
    } else if rest.hasPrefix("0x") {
      guard number.append(rest.dropFirst(2), radix: 16) else { return nil }
    } else if rest.hasPrefix("0") {
      guard number.append(rest.hasPrefix("0o") ? rest.dropFirst(2) : rest, radix: 8) else {
        return nil
      }
    } else {
      for part in rest.split(separator: ":", omittingEmptySubsequences: false) {
        var digit = BigNumber()
        guard digit.append(PythonText.string(PythonText.stripped(String(part)))[...], radix: 10)
        else { return nil }
        number.multiply(by: 60, adding: digit)
      }
    }
    return (isNegative && !number.isZero ? "-" : "") + number.description
  }

  private static func float(_ text: String) -> Double? {
    var rest = text.replacing("_", with: "").lowercased()[...]
    guard let first = rest.first else { return nil }
    let sign: Double = first == "-" ? -1 : 1
    if first == "-" || first == "+" { rest = rest.dropFirst() }
    if rest == ".inf" { return sign * .infinity }
    if rest == ".nan" { return .nan }
    var value = 0.0
    for part in rest.split(separator: ":", omittingEmptySubsequences: false) {
      guard let digit = Double(PythonText.string(PythonText.stripped(String(part)))) else {
        return nil
      }
      value = value * 60 + digit
    }
    return sign * value
  }

  /// Whether Python's lenient decoder finds whole groups.
  private static func isBase64(_ text: String) -> Bool {
    let digits = text.utf8.count { byte in
      Character(Unicode.Scalar(byte)).isLetter || isDigit(byte) || "+/".utf8.contains(byte)
    }
    let padding = text.utf8.count { $0 == UInt8(ascii: "=") }
    return digits % 4 == 0 || (digits % 4 > 1 && digits % 4 + padding >= 4)
  }
}

/// A whole number of any size, only for showing what another notation means in decimal.
private struct BigNumber: CustomStringConvertible {
  private static let base: UInt64 = 1_000_000_000
  /// Least significant first.
  private var groups: [UInt64] = []

  var isZero: Bool { groups.isEmpty }

  /// Reads digits; false when there are none or one is foreign.
  mutating func append(_ digits: Substring, radix: UInt64) -> Bool {
    for character in digits {
      guard let value = character.hexDigitValue, value < radix else { return false }
      multiply(by: radix, adding: UInt64(value))
    }
    return !digits.isEmpty
  }

  mutating func multiply(by factor: UInt64, adding other: BigNumber) {
    multiply(by: factor, adding: 0)
    var carry: UInt64 = 0
    for index in 0..<max(groups.count, other.groups.count) {
      if index == groups.count { groups.append(0) }
      let sum = groups[index] + (index < other.groups.count ? other.groups[index] : 0) + carry
      groups[index] = sum % Self.base
      carry = sum / Self.base
    }
    if carry > 0 { groups.append(carry) }
  }

  private mutating func multiply(by factor: UInt64, adding digit: UInt64) {
    var carry = digit
    for index in groups.indices {
      let product = groups[index] * factor + carry
      groups[index] = product % Self.base
      carry = product / Self.base
    }
    if carry > 0 { groups.append(carry) }
  }

  var description: String {
    guard let last = groups.last else { return "0" }
    return groups.dropLast().reversed().reduce(String(last)) { text, group in
      let digits = String(group)
      return text + String(repeating: "0", count: 9 - digits.count) + digits
    }
  }
}
