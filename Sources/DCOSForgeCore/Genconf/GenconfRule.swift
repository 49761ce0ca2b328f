import ForgeSupport
import ForgeModel

/// What the value of one parameter must be, in words and as a check.
///
/// A check sees the text that DC/OS made of the value. Source: the `validate_*` functions of
/// `gen/calc.py`, the cases of `switch` in `gen/dcos-config.yaml`.
struct GenconfRule: Sendable {
  /// The rule for people; empty when every value passes.
  let text: String
  /// What a check may look at beside the value.
  struct Setting {
    var version: DCOSVersion
    var contents: GenconfContents
  }

  /// Throws what DC/OS would do.
  let check: @Sendable (String, Setting) throws(GenconfFault) -> Void

  init(
    _ text: String,
    _ check: @escaping @Sendable (String, Setting) throws(GenconfFault) -> Void
  ) {
    self.text = text
    self.check = check
  }

  /// Everything passes.
  static let none = GenconfRule("") { (_, _) throws(GenconfFault) in }

  /// One of some texts.
  static func choice(_ values: String...) -> GenconfRule {
    GenconfRule("one of " + values.map { $0.isEmpty ? "nothing" : $0 }.joined(separator: ", ")) {
      (value, _) throws(GenconfFault) in
      guard values.contains(value) else {
        throw .rejected(
          "must be one of \(values.joined(separator: ", ")), but is \(value.excerpt)")
      }
    }
  }

  /// `true` or `false`, in lower case.
  static let boolean = choice("true", "false")

  /// A whole number in a range.
  static func integer(_ low: Int, _ high: Int? = nil) -> GenconfRule {
    GenconfRule(
      high.map { "a whole number from \(low) to \($0)" } ?? "a whole number from \(low) on"
    ) { (value, _) throws(GenconfFault) in try inRange(value, low, high) }
  }

  static func inRange(_ value: String, _ low: Int, _ high: Int?) throws(GenconfFault) {
    guard let number = PythonText.integer(value) else {
      throw .rejected("must be a whole number, but is \(value.excerpt)")
    }
    guard number >= low, high.map({ number <= $0 }) ?? true else {
      throw .rejected(
        "must be \(high.map { "from \(low) to \($0)" } ?? "at least \(low)"), but is \(number)")
    }
  }

  /// A whole number, whatever its size.
  static let anyInteger = GenconfRule("a whole number") { (value, _) throws(GenconfFault) in
    guard PythonText.integer(value) != nil else {
      throw .rejected("must be a whole number, but is \(value.excerpt)")
    }
  }

  /// A port for which DC/OS forgot the message, so that a number out of range ends in a traceback.
  static let grpcPort = GenconfRule("a whole number from 1 to 65535") {
    (value, _) throws(GenconfFault) in
    guard let number = PythonText.integer(value) else {
      throw .rejected("must be a whole number, but is \(value.excerpt)")
    }
    guard (1...65535).contains(number) else {
      throw .crash("the port \(number) is not from 1 to 65535")
    }
  }

  /// The size of Mesos's logs; a text that is no number ends in a traceback.
  static let logRetention = GenconfRule("a whole number from 1024 on") {
    (value, _) throws(GenconfFault) in
    guard let number = PythonText.integer(value) else {
      throw .crash("\(value.excerpt) is no whole number")
    }
    guard number >= 1024 else { throw .rejected("must be at least 1024, but is \(number)") }
  }

  /// The number of masters; a text that is no number ends in a traceback.
  static let masterCount = GenconfRule("1, 3, 5, 7 or 9") { (value, _) throws(GenconfFault) in
    guard let number = PythonText.integer(value) else {
      throw .crash("\(value.excerpt) is no whole number")
    }
    guard [1, 3, 5, 7, 9].contains(number) else {
      throw .rejected("there must be 1, 3, 5, 7 or 9 masters, not \(number)")
    }
  }

  /// A path from the root.
  static let absolutePath = GenconfRule("an absolute path") { (value, _) throws(GenconfFault) in
    guard value.hasPrefix("/") else {
      throw .rejected("must be an absolute path, but is \(value.excerpt)")
    }
  }

  /// A mapping.
  static let dictionary = GenconfRule("a mapping") { (value, _) throws(GenconfFault) in
    _ = try object(value)
  }

  /// A list of texts.
  static let textList = GenconfRule("a list of texts") { (value, _) throws(GenconfFault) in
    _ = try texts(value)
  }

  /// What bootstrap_url must be.
  static let bootstrapURL = GenconfRule("longer than one character, no slash at the end") {
    (value, _) throws(GenconfFault) in
    guard value.unicodeScalars.count > 1 else { throw .rejected("must be a URL") }
    guard !value.hasSuffix("/") else {
      throw .rejected("must not end in /", fix: "http://<bootstrap node>:<port>")
    }
  }

  /// What exhibitor_bootstrap_ca_url must be.
  static let authorityURL = GenconfRule("empty, or https:// without a slash at the end") {
    (value, _) throws(GenconfFault) in
    guard !value.isEmpty else { return }
    guard !value.hasSuffix("/") else { throw .rejected("must not end in /") }
    guard value.hasPrefix("https://"),
      value.split(separator: "://", omittingEmptySubsequences: false).count == 2
    else { throw .rejected("must be an https:// URL") }
  }

  /// What s3_prefix must be.
  static let s3Prefix = GenconfRule("no slash at the end") { (value, _) throws(GenconfFault) in
    guard !value.hasSuffix("/") else { throw .rejected("must not end in /") }
  }

  /// What exhibitor_zk_hosts must be.
  static let zooKeeperHosts = GenconfRule("does not start with zk://") {
    (value, _) throws(GenconfFault) in
    guard !value.hasPrefix("zk://") else {
      throw .rejected("must be host:port,host:port without zk://")
    }
  }

  /// What exhibitor_zk_path must be.
  static let zooKeeperPath = GenconfRule("starts with /") { (value, _) throws(GenconfFault) in
    guard value.hasPrefix("/") else { throw .rejected("must start with /") }
  }

  /// What dns_search must be.
  static let searchDomains = GenconfRule(
    "at most 6 domains between blanks, below 256 characters, no comma, no newline"
  ) { (value, _) throws(GenconfFault) in
    guard !value.unicodeScalars.contains("\n") else { throw .rejected("must be one line") }
    guard !value.unicodeScalars.contains(",") else {
      throw .rejected("domains are separated by blanks, not by commas")
    }
    guard value.unicodeScalars.count < 256 else { throw .rejected("must be below 256 characters") }
    guard PythonText.words(value) <= 6 else { throw .rejected("must have at most 6 domains") }
  }

  /// What mesos_recovery_timeout must be.
  static let recoveryTimeout = GenconfRule(
    "a number and one of ns, us, ms, secs, mins, hrs, days, weeks"
  ) { (value, _) throws(GenconfFault) in
    guard let parts = PythonText.numberAndUnit(value) else {
      throw .rejected("must be a number with a unit, but is \(value.excerpt)")
    }
    let dots = parts.number.count { $0 == "." }
    guard dots <= 1 else { throw .rejected("has more than one decimal point") }
    guard parts.number != "." else { throw .crash("\(value.excerpt) has no digits") }
    let number = PythonText.decimal(parts.number)
    guard number <= 18_446_744_073_709_551_616 else { throw .rejected("is too large") }
    guard ["ns", "us", "ms", "secs", "mins", "hrs", "days", "weeks"].contains(parts.unit) else {
      throw .rejected(
        "unknown unit \(parts.unit.excerpt): use ns, us, ms, secs, mins, hrs, days or weeks")
    }
  }

  /// What adminrouter_x_frame_options must be.
  static let frameOptions = GenconfRule("DENY, SAMEORIGIN or ALLOW-FROM with a URL") {
    (value, _) throws(GenconfFault) in
    var text = value.unicodeScalars[...]
    if text.last == "\n" { text.removeLast() }
    let upper = String(text).uppercased()
    let from = "ALLOW-FROM"
    let rest = text.dropFirst(from.count)
    let isFrom =
      upper.hasPrefix(from) && (rest.first == " " || rest.first == "\t") && rest.count > 1
      && !rest.contains("\n")
    guard upper == "DENY" || upper == "SAMEORIGIN" || isFrom else {
      throw .rejected("must be DENY, SAMEORIGIN or ALLOW-FROM with a URL")
    }
  }

  /// What dcos_dns_store_modes must be; a text that is no list in JSON ends in a traceback.
  static let storeModes = GenconfRule("a list of lww and set, each at most once, not empty") {
    (value, _) throws(GenconfFault) in
    let loaded: PythonValue
    do throws(PythonJSON.Fault) { loaded = try PythonJSON.load(value) } catch {
      throw .crash("\(value.excerpt) is no JSON")
    }
    guard case .list(let modes) = loaded else { throw .rejected("must be a list") }
    guard modes.allSatisfy({ $0 == .string("lww") || $0 == .string("set") }) else {
      throw .rejected("may hold lww and set only")
    }
    guard !modes.isEmpty else { throw .rejected("must not be empty") }
    guard Set(modes).count == modes.count else { throw .rejected("holds one mode twice") }
  }

  /// The SSH installer's key, which some releases look at.
  static let key = GenconfRule("an unencrypted key file closed to group and others") {
    (value, setting) throws(GenconfFault) in
    guard !GenconfSpan.uncheckedKey.contains(setting.version) else { return }
    let finding = setting.contents.find(value)
    guard finding != .impossible else { throw .crash("the file name has odd characters") }
    guard value == "genconf/ssh_key" || finding == .text else {
      throw .rejected("the file \(value.excerpt) does not exist")
    }
    guard setting.contents.hasUsableKey else {
      throw .rejected("the key must be unencrypted and closed to group and others")
    }
  }

  // MARK: Shared readers

  /// The value as JSON; text that is none is rejected as not being `what`.
  static func json(
    _ value: String, as what: String = "a list or a mapping"
  ) throws(GenconfFault) -> PythonValue {
    do throws(PythonJSON.Fault) { return try PythonJSON.load(value) } catch {
      switch error {
      case .malformed: throw .rejected("must be \(what), but is \(value.excerpt)")
      case .tooDeep: throw .crash("nested too deeply")
      }
    }
  }

  static func object(_ value: String) throws(GenconfFault) -> PythonValue {
    let loaded = try json(value, as: "a mapping")
    guard case .dictionary = loaded else {
      throw .rejected("must be a mapping, but is a \(loaded.typeName)")
    }
    return loaded
  }

  static func texts(_ value: String) throws(GenconfFault) -> [String] {
    guard case .list(let items) = try json(value, as: "a list") else {
      throw .rejected("must be a list")
    }
    var texts: [String] = []
    for item in items {
      guard case .string(let text) = item else {
        throw .rejected("items must be texts, but one is a \(item.typeName)")
      }
      texts.append(text)
    }
    return texts
  }
}

extension PythonText {
  /// What `float` gives for digits of any script with at most one point.
  static func decimal(_ text: String) -> Double {
    let plain = text.unicodeScalars.map { scalar in digit(scalar).map(String.init) ?? "." }.joined()
    return Double(plain.hasPrefix(".") ? "0" + plain : plain.hasSuffix(".") ? plain + "0" : plain)
      ?? .infinity
  }
}
