import ForgeSupport
package import ForgeModel

/// A set of node names in the short form that cluster tools share: `lxzk0[1-3]`, `n[08-11]`,
/// `a,b[1,3]`.
///
/// Items are separated by commas; an item may hold several brackets, which are expanded from left
/// to right. A range counts up; leading zeros in its first number fix the width of all.
package struct NodeSet: Hashable, Sendable, CustomStringConvertible {
  /// The most names that one set may stand for.
  package static let maximumCount = 4096
  /// The longest text that is read as a set, in bytes.
  static let maximumLength = 4096

  /// Why a text is no node set.
  package struct Fault: Error, Hashable, Sendable {
    /// What is wrong with it.
    package var reason: String
  }

  /// A stretch of an item: text as it is, or the numbers of a bracket.
  private enum Piece: Hashable {
    case text(Substring)
    case numbers([Numbers])

    var count: Int {
      switch self {
      case .text: 1
      case .numbers(let numbers): numbers.reduce(0) { $0 + $1.range.count }
      }
    }

    /// The texts it stands for.
    var texts: [String] {
      switch self {
      case .text(let text): [String(text)]
      case .numbers(let numbers): numbers.flatMap(\.texts)
      }
    }

    /// The longest of these; all are made of the same characters.
    var longest: String {
      switch self {
      case .text(let text): String(text)
      case .numbers(let numbers):
        numbers.map { $0.text(of: $0.range.upperBound) }.max { $0.utf8.count < $1.utf8.count } ?? ""
      }
    }
  }

  /// A number or a range, written with at least `width` digits.
  private struct Numbers: Hashable {
    var range: ClosedRange<Int>
    var width: Int

    var texts: [String] { range.map(text(of:)) }

    func text(of number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
  }

  /// The set as it was written.
  package let description: String
  /// How many names it stands for.
  package let count: Int
  private let items: [[Piece]]

  /// The names in the order they were written; repeated names are kept.
  package var names: [NodeName] {
    items.flatMap { pieces in
      pieces.reduce([""]) { heads, piece in
        let tails = piece.texts
        return heads.flatMap { head in tails.map { head + $0 } }
      }
    }.compactMap { NodeName($0) }
  }

  /// Reads a set; what it costs depends on the text, not on how many names it stands for.
  package init(_ text: some StringProtocol) throws(Fault) {
    guard text.utf8.count <= Self.maximumLength else {
      throw Fault(reason: "longer than \(Self.maximumLength) bytes")
    }
    description = String(text)
    var items: [[Piece]] = []
    var total = 0
    for item in try Self.split(description) {
      let pieces = try Self.pieces(of: item)
      let longest = pieces.map(\.longest).joined()
      guard NodeName(longest) != nil else {
        throw Fault(
          reason: longest.contains(".")
            ? "\"\(longest.excerpt)\" has a domain: network.domain has it once, for all names"
            : "\"\(longest.excerpt)\" is no host name: lower-case letters, digits and hyphens")
      }
      var count = 1
      for piece in pieces { count = min(count * piece.count, Self.maximumCount + 1) }
      total += count
      guard total <= Self.maximumCount else {
        throw Fault(reason: "more than \(Self.maximumCount) names")
      }
      items.append(pieces)
    }
    self.items = items
    self.count = total
  }

  /// Splits at the commas outside brackets.
  private static func split(_ text: String) throws(Fault) -> [Substring] {
    var items: [Substring] = []
    var start = text.startIndex
    var isInside = false
    for index in text.indices {
      switch text[index] {
      case "[" where isInside: throw Fault(reason: "a bracket inside a bracket")
      case "]" where !isInside: throw Fault(reason: "a closing bracket without an opening one")
      case "[", "]": isInside.toggle()
      case "," where !isInside:
        items.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
    }
    items.append(text[start...])
    guard !isInside else { throw Fault(reason: "an opening bracket without a closing one") }
    guard !items.contains("") else { throw Fault(reason: "an empty name") }
    return items
  }

  private static func pieces(of item: Substring) throws(Fault) -> [Piece] {
    var pieces: [Piece] = []
    var rest = item
    while let opening = rest.firstIndex(of: "["), let closing = rest.firstIndex(of: "]") {
      pieces.append(.text(rest[..<opening]))
      pieces.append(.numbers(try numbers(in: rest[rest.index(after: opening)..<closing])))
      rest = rest[rest.index(after: closing)...]
    }
    return pieces + [.text(rest)]
  }

  /// The numbers of a bracket: `1-3,7`.
  private static func numbers(in text: Substring) throws(Fault) -> [Numbers] {
    var all: [Numbers] = []
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
      all.append(Numbers(range: first...last, width: width))
    }
    return all
  }

  private static func number(_ text: Substring) -> Int? {
    let isNumber =
      (1...9).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    return isNumber ? Int(text) : nil
  }
}

extension ClusterSpec {
  /// The nodes of some sets in file order, with or without the nodes' domain; throws category
  /// `configuration` for what is no set, or names a node that is not in the file.
  package func nodes(inSets texts: [String]) throws(ForgeError) -> [NodeSpec] {
    var wanted: Set<NodeName> = []
    for text in texts {
      let set: NodeSet
      do throws(NodeSet.Fault) {
        let suffix = "." + domain
        set = try NodeSet(text.hasSuffix(suffix) ? text.dropLast(suffix.count) : text[...])
      } catch {
        throw ForgeError(
          .configuration, "is no node name or node set", on: text, observed: error.reason,
          advice: "write a name, or a set such as lxb00[1-3]")
      }
      for name in set.names {
        guard nodes.contains(where: { $0.name == name }) else {
          throw ForgeError(
            .configuration, "is not in the cluster file", on: name.description,
            advice: "its nodes are " + nodes.map(\.name.description).joined(separator: ", "))
        }
        wanted.insert(name)
      }
    }
    return nodes.filter { wanted.contains($0.name) }
  }
}
