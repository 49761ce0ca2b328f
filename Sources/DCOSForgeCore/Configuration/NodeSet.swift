/// A set of node names in the short form that cluster tools share: `lxzk0[1-3]`, `n[08-11]`, `a,b[1,3]`.
///
/// Items are separated by commas; an item may hold several brackets, which are expanded from left to
/// right. A range counts up; leading zeros in its first number fix the width of all.
public struct NodeSet: Hashable, Sendable, CustomStringConvertible {
  /// The most names that one set may stand for.
  public static let maximumCount = 4096
  /// The longest text that is read as a set, in bytes.
  static let maximumLength = 4096

  /// Why a text is no node set.
  public struct Fault: Error, Hashable, Sendable {
    /// What is wrong with it.
    public var reason: String
  }

  /// The set as it was written.
  public let description: String
  /// The names in the order they were written; repeated names are kept.
  public let names: [NodeName]

  /// Reads a set.
  public init(_ text: some StringProtocol) throws(Fault) {
    guard text.utf8.count <= Self.maximumLength else {
      throw Fault(reason: "longer than \(Self.maximumLength) bytes")
    }
    description = String(text)
    var names: [NodeName] = []
    for item in try Self.split(text) {
      for name in try Self.expand(item) {
        guard let name = NodeName(name) else {
          throw Fault(
            reason: "\"\(name.excerpt)\" is no host name: lower-case letters, digits and hyphens")
        }
        names.append(name)
      }
      try Self.check(count: names.count)
    }
    self.names = names
  }

  private static func check(count: Int) throws(Fault) {
    guard count <= maximumCount else { throw Fault(reason: "more than \(maximumCount) names") }
  }

  /// Splits at the commas outside brackets.
  private static func split(_ text: some StringProtocol) throws(Fault) -> [String] {
    var items = [""]
    var isInside = false
    for character in text {
      switch character {
      case "[" where isInside: throw Fault(reason: "a bracket inside a bracket")
      case "]" where !isInside: throw Fault(reason: "a closing bracket without an opening one")
      case "[", "]": isInside.toggle()
      case "," where !isInside:
        items.append("")
        continue
      default: break
      }
      items[items.count - 1].append(character)
    }
    guard !isInside else { throw Fault(reason: "an opening bracket without a closing one") }
    guard !items.contains("") else { throw Fault(reason: "an empty name") }
    return items
  }

  private static func expand(_ item: String) throws(Fault) -> [String] {
    var results = [""]
    var rest = item[...]
    while let opening = rest.firstIndex(of: "["), let closing = rest.firstIndex(of: "]") {
      let numbers = try ranges(rest[rest.index(after: opening)..<closing])
      try check(count: results.count * numbers.count)
      let prefix = rest[..<opening]
      results = results.flatMap { head in numbers.map { head + prefix + $0 } }
      rest = rest[rest.index(after: closing)...]
    }
    return results.map { $0 + rest }
  }

  /// The numbers of a bracket: `1-3,7` gives 1, 2, 3, 7.
  private static func ranges(_ text: Substring) throws(Fault) -> [String] {
    var numbers: [String] = []
    for range in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(ends.count), let first = number(ends[0]),
        let last = number(ends[ends.count - 1])
      else { throw Fault(reason: "\"\(range.excerpt)\" is no number and no range such as 1-3") }
      guard first <= last else { throw Fault(reason: "the range \(range) counts down") }
      let isPadded = ends.contains { $0.hasPrefix("0") && $0.utf8.count > 1 }
      let width = isPadded ? ends[0].utf8.count : 0
      guard !isPadded || ends[ends.count - 1].utf8.count == width else {
        throw Fault(reason: "the ends of \(range) have different widths")
      }
      try check(count: numbers.count + last - first + 1)
      numbers += (first...last).map { number in
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
      }
    }
    return numbers
  }

  private static func number(_ text: Substring) -> Int? {
    let isNumber =
      (1...9).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    return isNumber ? Int(text) : nil
  }
}
