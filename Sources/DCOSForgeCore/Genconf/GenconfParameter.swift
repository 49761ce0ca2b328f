package import ForgeModel

/// A parameter of DC/OS's configuration: what it is, where its value comes from, and its rule.
///
/// Source: `gen/calc.py`, `gen/dcos-config.yaml`, `gen/build_deploy/bash.py` and `ssh/validate.py`
/// of the tags 1.11.0 to 2.2.1 of `dcos/dcos`.
package struct GenconfParameter: Sendable {
  /// What a value stands for.
  package enum Kind: String, Sendable {
    /// Any text.
    case text
    /// `true` or `false`.
    case boolean
    /// A whole number.
    case integer
    /// A list of texts.
    case list
    /// A mapping.
    case dictionary
    /// A number with one of Mesos's units.
    case duration
    /// A path on the node.
    case path
    /// A file beside the configuration.
    case file
    /// An address or a network.
    case address
  }

  /// The key in the configuration file.
  package let name: String
  /// What a value stands for.
  package let kind: Kind
  /// The releases that know it.
  package let span: GenconfSpan
  /// Where its value comes from.
  let origin: GenconfOrigin
  /// When DC/OS looks at it at all.
  let use: GenconfUse
  /// What a value must be.
  let rule: GenconfRule
  /// What it does.
  package let meaning: String
  /// What to do about it; empty where there is nothing to say.
  package let advice: String

  init(
    _ name: String, _ kind: Kind, _ origin: GenconfOrigin, _ use: GenconfUse,
    in span: GenconfSpan = .all, rule: GenconfRule = .none, _ meaning: String = "",
    _ advice: String = ""
  ) {
    self.name = name
    self.kind = kind
    self.span = span
    self.origin = origin
    self.use = use
    self.rule = rule
    self.meaning = meaning
    self.advice = advice
  }

  /// A parameter that DC/OS always looks at.
  init(
    _ name: String, _ kind: Kind, _ origin: GenconfOrigin, in span: GenconfSpan = .all,
    rule: GenconfRule = .none, _ meaning: String = "", _ advice: String = ""
  ) {
    self.init(name, kind, origin, .always, in: span, rule: rule, meaning, advice)
  }

  /// The rule in words; empty when every value passes.
  package var ruleText: String { rule.text }

  /// Whether a release computes the value and refuses one that is given.
  package func isFixed(in version: DCOSVersion) -> Bool {
    switch origin.chosen(for: version) {
    case .fixed, .fixedBy: true
    default: false
    }
  }

  /// Whether a release refuses to go on without a value whenever it looks at the parameter.
  package func isRequired(in version: DCOSVersion) -> Bool {
    if case .required = origin.chosen(for: version) { return true }
    return false
  }

  /// The value that a release takes when none is given; nil when there is none or it is computed.
  package func defaultValue(in version: DCOSVersion) -> String? {
    switch origin.chosen(for: version) {
    case .preset(let text), .fixed(let text): text
    case .fixedIf(_, _, _, .preset(let text)): text
    default: nil
    }
  }
}

/// Where a value comes from.
indirect enum GenconfOrigin: Sendable {
  /// From the file only.
  case required
  /// From the file, otherwise this.
  case preset(String)
  /// From the file, otherwise computed.
  case computed(GenconfFormula)
  /// Always this; giving one is an error.
  case fixed(String)
  /// Always computed; giving one is an error.
  case fixedBy(GenconfFormula)
  /// Computed when another parameter has a value, otherwise as the last one says.
  case fixedIf(String, is: String, GenconfFormula, GenconfOrigin)
  /// Different from release to release: the first span that holds it.
  case varying([(GenconfSpan, GenconfOrigin)])

  func chosen(for version: DCOSVersion) -> GenconfOrigin {
    guard case .varying(let choices) = self else { return self }
    return choices.first { $0.0.contains(version) }?.1 ?? .required
  }
}

/// When DC/OS looks at a parameter.
indirect enum GenconfUse: Sendable {
  /// Always.
  case always
  /// Only where another one is computed from it.
  case indirectly
  /// Never: only cloud templates use it.
  case never
  /// When all switches of one of the lists have the values.
  case when([[GenconfSwitch]])
  /// Under the SSH installer.
  case ssh
  /// Different from release to release: the first span that holds it.
  case varying([(GenconfSpan, GenconfUse)])

  func chosen(for version: DCOSVersion) -> GenconfUse {
    guard case .varying(let choices) = self else { return self }
    return choices.first { $0.0.contains(version) }?.1 ?? .indirectly
  }

  /// When one switch has a value.
  static func when(_ name: String, is value: String) -> GenconfUse {
    .when([[GenconfSwitch(name: name, value: value)]])
  }

  /// When two switches have values.
  static func when(_ name: String, is value: String, and other: String, is second: String)
    -> GenconfUse
  {
    .when([[GenconfSwitch(name: name, value: value), GenconfSwitch(name: other, value: second)]])
  }

  /// When a switch has one of several values.
  static func when(_ name: String, among values: [String]) -> GenconfUse {
    .when(values.map { [GenconfSwitch(name: name, value: $0)] })
  }
}

/// A parameter with the value that makes others count.
struct GenconfSwitch: Hashable, Sendable {
  var name: String
  var value: String
}

/// What a computed value is made of.
struct GenconfFormula: Sendable {
  /// The values that a computation gets.
  struct Inputs {
    var values: [String: String]
    var files: GenconfContents
    var version: DCOSVersion

    subscript(name: String) -> String { values[name] ?? "" }
  }

  let inputs: [String]
  let compute: @Sendable (Inputs) throws(GenconfFault) -> String

  init(
    _ inputs: [String],
    _ compute: @escaping @Sendable (Inputs) throws(GenconfFault) -> String
  ) {
    self.inputs = inputs
    self.compute = compute
  }

  /// A value that no rule depends on.
  static func derived(from inputs: String...) -> GenconfFormula {
    GenconfFormula(inputs) { (_: Inputs) throws(GenconfFault) in "" }
  }

  /// The same value.
  static func copy(of name: String) -> GenconfFormula {
    GenconfFormula([name]) { (inputs: Inputs) throws(GenconfFault) in inputs[name] }
  }

  /// Whether a value is given at all.
  static func isGiven(_ name: String) -> GenconfFormula {
    GenconfFormula([name]) { (inputs: Inputs) throws(GenconfFault) in
      inputs[name].isEmpty ? "false" : "true"
    }
  }
}
