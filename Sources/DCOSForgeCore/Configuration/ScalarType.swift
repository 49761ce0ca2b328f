import ForgeSupport
import ForgeModel
import FoundationEssentials

/// How one kind of scalar in the cluster file is read, written and described.
struct ScalarType<Value: Sendable>: Sendable {
  /// What it is called after "must be": `an IPv4 address such as 10.1.1.8`.
  let name: String
  let schema: JSONValue
  /// Reads the text, references to the environment already replaced; the error completes the
  /// message.
  let read: @Sendable (String) throws(ScalarFault) -> Value
  let write: @Sendable (Value) -> JSONValue

  /// Whether only an unquoted scalar is of this kind: numbers and truth values.
  var isPlainOnly: Bool {
    schema.members.contains { $0.name == "type" && $0.value != .string("string") }
  }
}

/// Why a text is not of a kind.
struct ScalarFault: Error {
  /// The reason, where there is more to say than the kind's name.
  var reason = ""
}

extension ScalarType {
  /// A kind of text.
  init(
    _ name: String, pattern: String, write: @escaping @Sendable (Value) -> String,
    read: @escaping @Sendable (String) -> Value?
  ) {
    self.name = name
    self.schema = .object(["type": "string", "pattern": .string(pattern)])
    self.write = { .string(write($0)) }
    self.read = { text throws(ScalarFault) in
      guard let value = read(text) else { throw ScalarFault() }
      return value
    }
  }

  /// A kind of text whose value prints itself.
  init(_ name: String, pattern: String, read: @escaping @Sendable (String) -> Value?)
  where Value: CustomStringConvertible {
    self.init(name, pattern: pattern, write: \.description, read: read)
  }
}

extension ScalarType where Value == Int {
  /// A whole decimal number.
  static func integer(_ range: ClosedRange<Int>) -> ScalarType {
    ScalarType(
      name: "a whole number from \(range.lowerBound) to \(range.upperBound)",
      schema: .object([
        "type": "integer", "minimum": .integer(range.lowerBound),
        "maximum": .integer(range.upperBound),
      ]),
      read: { text throws(ScalarFault) in
        let isDecimal =
          (1...18).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
          && (text.utf8.count == 1 || !text.hasPrefix("0"))
        guard isDecimal, let number = Int(text), range.contains(number) else { throw ScalarFault() }
        return number
      }, write: { .integer($0) })
  }
}

extension ScalarType where Value == Bool {
  /// `true` or `false`.
  static var boolean: ScalarType {
    ScalarType(
      name: "true or false", schema: .object(["type": "boolean"]),
      read: { text throws(ScalarFault) in
        guard let value = Bool(text) else { throw ScalarFault() }
        return value
      }, write: { .boolean($0) })
  }
}

extension ScalarType where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
  /// One of the cases of an enumeration.
  static var choice: ScalarType {
    let names = Value.allCases.map(\.rawValue)
    let last = names.last ?? ""
    return ScalarType(
      name: names.dropLast().joined(separator: ", ") + " or " + last,
      schema: .object(["type": "string", "enum": .array(names.map { .string($0) })]),
      read: { text throws(ScalarFault) in
        guard let value = Value(rawValue: text) else {
          throw ScalarFault(
            reason: nearest(to: text, among: names).map { "did you mean \($0)?" } ?? "")
        }
        return value
      }, write: { .string($0.rawValue) })
  }
}

extension ScalarType where Value == ByteCount {
  /// A size with a binary unit.
  static func size(_ range: ClosedRange<ByteCount>) -> ScalarType {
    ScalarType(
      "a size from \(range.lowerBound) to \(range.upperBound) such as 8GiB or 1536MiB",
      pattern: "^[0-9]+ *(KiB|MiB|GiB|TiB)$"
    ) { text in
      ByteCount(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// Main memory of a machine.
  static var memory: ScalarType { .size(.mebibytes(256) ... .gibibytes(16 << 10)) }
  /// A system disk.
  static var disk: ScalarType { .size(.gibibytes(1) ... .gibibytes(256 << 10)) }
}

extension ScalarType where Value == Duration {
  /// A limit of a wait.
  static var duration: ScalarType {
    ScalarType(
      "a time from 1s to 168h such as 90s, 10m or 1h30m",
      pattern: "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$", write: \.fileForm
    ) { text in
      Duration(text).flatMap { (.seconds(1) ... .seconds(168 * 3600)).contains($0) ? $0 : nil }
    }
  }
}

extension ScalarType where Value == IPv4Address {
  static var address: ScalarType {
    ScalarType(
      "an IPv4 address such as 10.1.1.8", pattern: "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$"
    ) { IPv4Address($0) }
  }
}

extension ScalarType where Value == IPv4Network {
  static var network: ScalarType {
    ScalarType(
      "an IPv4 network from /8 to /30 without host bits such as 10.1.1.0/24",
      pattern: "^[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}$"
    ) { text in
      IPv4Network(text).flatMap { (8...30).contains($0.prefixLength) ? $0 : nil }
    }
  }
}

extension ScalarType where Value == MACAddress {
  /// A hardware address.
  static var mac: ScalarType {
    ScalarType(
      "a hardware address such as 52:54:00:12:34:56",
      pattern: "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"
    ) { MACAddress($0) }
  }
}

extension ScalarType where Value == SHA256Sum {
  static var sha256: ScalarType {
    ScalarType("64 hexadecimal digits", pattern: "^[0-9A-Fa-f]{64}$") { SHA256Sum($0) }
  }
}

extension ScalarType where Value == DCOSVersion {
  /// A release of DC/OS.
  static var release: ScalarType {
    ScalarType("a release such as 1.11.2", pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+$") {
      DCOSVersion($0)
    }
  }
}

extension ScalarType where Value == NodeSet {
  static var nodeSet: ScalarType {
    ScalarType(
      name: "a node name or a set such as lxzk0[1-3]",
      schema: .object(["type": "string", "minLength": .integer(1)]),
      read: { text throws(ScalarFault) in
        do throws(NodeSet.Fault) { return try NodeSet(text) } catch {
          throw ScalarFault(reason: error.reason)
        }
      }, write: { .string($0.description) })
  }
}

extension ScalarType where Value == TimeSpec.Server {
  /// A source of time.
  static var timeServer: ScalarType {
    ScalarType(
      "bootstrap, a host name or an address", pattern: "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$",
      write: { server in
        switch server {
        case .bootstrap: "bootstrap"
        case .host(let name): name
        }
      },
      read: { text in
        if text == "bootstrap" { return .bootstrap }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy({ NodeName($0.lowercased()) != nil }) ? .host(text) : nil
      })
  }
}
