import ForgeConfiguration
import ForgeModel

/// Leads from what DC/OS reports to what the operator wrote.
///
/// DC/OS also reports parameters that it computes or misses, whose names stand in no file.
struct GenconfCauses {
  let version: DCOSVersion
  let document: PythonYAML.Document
  /// Everything that DC/OS computed.
  let values: [String: String]

  /// The parameter that an operator writes for this one: itself, or what it is computed from.
  func key(for name: String) -> String {
    guard !isWritten(name), let formula = formula(of: parameter(name)) else { return name }
    let inputs = formula.inputs.map(key(for:))
    // The input that fails stands last: those before it have rules of their own.
    return inputs.last(where: isWritten) ?? inputs.last(where: isSettable) ?? name
  }

  /// Where the cause stands; nil when the operator wrote nothing of it.
  func place(of name: String) -> SourcePosition? {
    document.place(of: key(for: name))
      ?? conditions(of: name).last { isWritten($0.name) }.flatMap { document.place(of: $0.name) }
  }

  /// The written switches that make DC/OS look at a parameter, such as `use_proxy: true`.
  func reason(for name: String) -> String {
    conditions(of: name).filter { isWritten($0.name) }.map { "\($0.name): \($0.value)" }
      .joined(separator: " and ")
  }

  /// What the operator can set so that DC/OS looks at a parameter; empty when nothing does it.
  func remedy(for name: String) -> String {
    let paths = paths(to: name).map { path in path.filter { values[$0.name] != $0.value } }
    guard
      let path = paths.first(where: { path in
        !path.isEmpty && path.allSatisfy { isSettable($0.name) }
      })
    else { return "" }
    return path.map { "\($0.name): \(Self.quoted($0.value))" }.joined(separator: " and ")
  }

  private func isWritten(_ name: String) -> Bool { document.keys[name] != nil }

  private func isSettable(_ name: String) -> Bool {
    parameter(name).map { !$0.isFixed(in: version) } ?? false
  }

  /// DC/OS wants truth values as text.
  private static func quoted(_ value: String) -> String {
    ["true", "false"].contains(value) ? "'\(value)'" : value
  }

  /// The row of this release: a later one may have another of the same name.
  private func parameter(_ name: String) -> GenconfParameter? {
    GenconfParameters.all.first { $0.name == name && $0.span.contains(version) }
  }

  private func formula(of parameter: GenconfParameter?) -> GenconfFormula? {
    switch parameter?.origin.chosen(for: version) {
    case .computed(let formula), .fixedBy(let formula): formula
    case .fixedIf(let other, let wanted, let formula, _) where values[other] == wanted: formula
    default: nil
    }
  }

  /// The switches of the way on which DC/OS came to a parameter.
  private func conditions(of name: String) -> [GenconfSwitch] {
    if case .fixedIf(let other, _, _, _)? = parameter(name)?.origin.chosen(for: version) {
      return [GenconfSwitch(name: other, value: values[other] ?? "")]
    }
    let paths = paths(to: name)
    return paths.first { path in path.allSatisfy { values[$0.name] == $0.value } } ?? []
  }

  /// The switches under which DC/OS looks at a parameter, or at one that is computed from it.
  private func paths(to name: String) -> [[GenconfSwitch]] {
    switch parameter(name)?.use.chosen(for: version) {
    case .when(let paths): paths
    case .indirectly:
      GenconfParameters.known(in: version).flatMap { user -> [[GenconfSwitch]] in
        guard user.name != name, formula(of: user)?.inputs.contains(name) == true,
          case .when(let paths) = user.use.chosen(for: version)
        else { return [] }
        return paths
      }
    default: []
    }
  }
}

extension PythonYAML.Document {
  /// Where a parameter stands: its value, or its key when the value is below or elsewhere.
  func place(of name: String) -> SourcePosition? {
    guard let key = keys[name], let value = values[name] else { return keys[name] }
    return value.line == key.line ? value : key
  }

  /// Where a text stands in a parameter's list, otherwise where the parameter does.
  func place(of item: String, in name: String) -> SourcePosition? {
    guard case .sequence(let items)? = nodes[name]?.content else { return place(of: name) }
    let found = items.first { node in
      if case .scalar(let text, _) = node.content { text == item } else { false }
    }
    return found?.position ?? place(of: name)
  }
}
