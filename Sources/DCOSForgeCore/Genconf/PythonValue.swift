/// A value as Python holds it after reading YAML or JSON.
package indirect enum PythonValue: Hashable, Sendable {
  case none
  case bool(Bool)
  /// A whole number of any size: decimal digits with an optional minus.
  case integer(String)
  case float(Double)
  case string(String)
  case list([PythonValue])
  /// In order of first insertion.
  case dictionary([PythonPair])
  /// Something that DC/OS cannot pass on: a date, bytes, a set.
  case opaque(String)

  /// Python's name of the type.
  var typeName: String {
    switch self {
    case .none: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .list: "list"
    case .dictionary: "dict"
    case .opaque(let name): name
    }
  }

  /// What `str` makes of it, as far as keys go.
  var shown: String {
    switch self {
    case .none: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .string(let text), .opaque(let text): text
    default: PythonJSON.dump(self) ?? typeName
    }
  }

  /// Whether it can be the key of a dictionary.
  var isHashable: Bool {
    switch self {
    case .list, .dictionary: false
    case .opaque(let name): name != "set"
    default: true
    }
  }

  /// The value under a text key; nil for other types and missing keys.
  subscript(key: String) -> PythonValue? {
    guard case .dictionary(let pairs) = self else { return nil }
    return pairs.last { $0.key == .string(key) }?.value
  }

  /// Whether Python's `==` calls them equal: numbers compare by value, truth values are 0 and 1.
  func isEqual(to other: PythonValue) -> Bool {
    if let one = number, let two = other.number { return one == two }
    return self == other
  }

  private var number: Double? {
    switch self {
    case .bool(let flag): flag ? 1 : 0
    case .integer(let digits): Double(digits)
    case .float(let value): value
    default: nil
    }
  }
}

/// A key and its value.
package struct PythonPair: Hashable, Sendable {
  var key: PythonValue
  var value: PythonValue
}

/// Gathers pairs as a Python dictionary does: a known key keeps its place and gets the new value.
struct PythonDictionary {
  private(set) var pairs: [PythonPair] = []
  private var places: [PythonValue: Int] = [:]

  mutating func set(_ key: PythonValue, _ value: PythonValue) {
    if let place = places[key.normalized] {
      pairs[place].value = value
    } else {
      places[key.normalized] = pairs.count
      pairs.append(PythonPair(key: key, value: value))
    }
  }
}

extension PythonValue {
  /// One value for all that Python's dictionaries take for the same key: 1, 1.0 and True.
  fileprivate var normalized: PythonValue {
    switch self {
    case .bool(let flag): .integer(flag ? "1" : "0")
    case .float(let number):
      Int(exactly: number).map { .integer(String($0)) } ?? self
    default: self
    }
  }
}

/// Why Python gave up, in DC/OS's terms.
enum GenconfFault: Error, Hashable {
  /// DC/OS reports the message under the parameter; without a fix the rule's words are the advice.
  case rejected(String, fix: String = "")
  /// A traceback.
  case crash(String, fix: String = "")
  /// A value it depends on has been reported already.
  case skipped
}
