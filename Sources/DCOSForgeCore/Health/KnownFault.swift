import ForgeSupport
package import ForgeModel
package import ForgeDCOS

/// Something that goes wrong in practice: how it is recognised, why it happens, what to do.
package struct KnownFault: Sendable {
  /// How a fault is recognised: one of the texts, in a certain place.
  package struct Sign: Sendable {
    /// Where a text stands.
    package enum Place: Hashable, Sendable {
      /// In the evidence of a check that is not well.
      case health(HealthComponent)
      /// In the journal of a component's units.
      case journal(HealthComponent)
      /// In an error of any command: what failed, and what was seen.
      case error
    }

    /// Where it stands.
    package var place: Place
    /// The texts; one of them is enough.
    ///
    /// A text with `…` in it must have both halves, in that order.
    package var texts: [String]

    init(_ place: Place, _ texts: String...) {
      self.place = place
      self.texts = texts
    }

    /// Whether one of the texts is there.
    func matches(_ text: String) -> Bool {
      texts.contains { pattern in
        var rest = text[...]
        for half in pattern.split(separator: "…") {
          guard let range = rest.firstRange(of: half) else { return false }
          rest = rest[range.upperBound...]
        }
        return true
      }
    }

    /// The sign in words.
    package var description: String {
      let words = texts.map { "\"\($0)\"" }.joined(separator: " or ")
      return switch place {
      case .health(let component): "the check \(component.rawValue) says \(words)"
      case .journal(let component): "the journal of \(component.rawValue) says \(words)"
      case .error: "an error says \(words)"
      }
    }
  }

  /// The stable name.
  package var id: String
  /// One line.
  package var title: String
  /// How it is recognised; any of these.
  package var signs: [Sign]
  /// Why it happens.
  package var cause: String
  /// What to do.
  package var fix: String
  /// A command that says more or puts it right, with NODE for the node.
  package var command: String
  /// Where the fact comes from.
  package var source: String

  init(
    _ id: String, _ title: String, signs: [Sign], cause: String, fix: String, command: String = "",
    source: String
  ) {
    self.id = id
    self.title = title
    self.signs = signs
    self.cause = cause
    self.fix = fix
    self.command = command
    self.source = source
  }
}

/// Everything that is known to go wrong.
package enum KnownFaults {
  /// The entries: machines and the way in first, then nodes, then DC/OS, then building a cluster.
  ///
  /// The order decides when several fit: the more particular stands first.
  package static let all: [KnownFault] = machines + nodes + services + building

  /// The entry of that name.
  package static func named(_ id: String) -> KnownFault? { all.first { $0.id == id } }

  /// The known id that is spelt most like this.
  package static func nearest(to id: String) -> String? {
    ForgeSupport.nearest(to: id, among: all.map(\.id))
  }

  /// The entry that the evidence of a check speaks of.
  package static func of(_ component: HealthComponent, evidence: String) -> KnownFault? {
    first(.health(component), evidence)
  }

  /// The entry that a line of the journal of a component's units speaks of.
  package static func of(_ component: HealthComponent, journal line: String) -> KnownFault? {
    first(.journal(component), line)
  }

  /// The entry that an error speaks of.
  package static func of(_ error: ForgeError) -> KnownFault? {
    let findings = error.findings.map { "\($0.check) \($0.detail)" }
    return first(.error, ([error.summary, error.observed] + findings).joined(separator: "\n"))
  }

  private static func first(_ place: KnownFault.Sign.Place, _ text: String) -> KnownFault? {
    all.first { fault in fault.signs.contains { $0.place == place && $0.matches(text) } }
  }
}
