/// Text as Python 3.6 sees it, as far as DC/OS's configuration code depends on it.
///
/// Source: the language reference of Python 3.6, which the installer image holds.
enum PythonText {
  /// Whether `str.isspace` holds.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }

  /// Whether `string.whitespace` holds the character.
  static func isASCIISpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || (0x09...0x0D).contains(scalar.value)
  }

  /// The value of a decimal digit of any script.
  static func digit(_ scalar: Unicode.Scalar) -> Int? {
    if scalar.isASCII { return (48...57).contains(scalar.value) ? Int(scalar.value) - 48 : nil }
    guard scalar.properties.generalCategory == .decimalNumber else { return nil }
    return scalar.properties.numericValue.map { Int($0) }
  }

  /// Whether `\w` matches.
  static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return scalar == "_" || scalar.properties.isAlphabetic || digit(scalar) != nil
    }
    return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  /// The text without white space at its ends.
  static func stripped(_ text: String) -> String.UnicodeScalarView.SubSequence {
    var rest = text.unicodeScalars[...]
    while let first = rest.first, isSpace(first) { rest.removeFirst() }
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return rest
  }

  /// The words between white space.
  static func words(_ text: String) -> Int {
    text.unicodeScalars.split(whereSeparator: isSpace).count
  }

  /// What `int(text)` gives; nil where it raises ValueError.
  ///
  /// Numbers beyond 64 bits are clamped.
  static func integer(_ text: String) -> Int? {
    var rest = stripped(text)
    var isNegative = false
    if let sign = rest.first, sign == "+" || sign == "-" {
      isNegative = sign == "-"
      rest.removeFirst()
    }
    var value = 0
    var mayUnderscore = false
    guard !rest.isEmpty else { return nil }
    for scalar in rest {
      if scalar == "_" {
        guard mayUnderscore else { return nil }
        mayUnderscore = false
        continue
      }
      guard let digit = digit(scalar) else { return nil }
      mayUnderscore = true
      value = clampedAppend(digit, to: value)
    }
    guard mayUnderscore else { return nil }
    return isNegative ? -value : value
  }

  private static func clampedAppend(_ digit: Int, to value: Int) -> Int {
    let (product, overflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, carried) = product.addingReportingOverflow(digit)
    return overflow || carried ? Int.max : sum
  }

  /// Splits a value such as `24hrs` into what `([\d\.]+)(\w+)` matches at its start.
  static func numberAndUnit(_ text: String) -> (number: String, unit: String)? {
    let scalars = Array(text.unicodeScalars)
    let run = scalars.prefix { $0 == "." || digit($0) != nil }.count
    var end = run
    while end >= 1 {
      let unit = scalars[end...].prefix(while: isWord)
      if !unit.isEmpty {
        return (string(scalars[..<end]), string(unit))
      }
      end -= 1
    }
    return nil
  }

  /// The last separator's two sides, as `rpartition`; nil before when there is none.
  static func lastPartition(_ text: String, at separator: Unicode.Scalar) -> (String?, String) {
    let scalars = text.unicodeScalars
    guard let index = scalars.lastIndex(of: separator) else { return (nil, text) }
    return (String(scalars[..<index]), String(scalars[scalars.index(after: index)...]))
  }

  static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
