import ForgeSupport
package import ForgeModel

/// Faults as an operator names them: `kind`, `kind=node`, `kind=node@time`, `kind@number`.
package struct FaultSyntax: Sendable {
  /// What a kind of fault is given besides its name.
  private enum Form: Sendable {
    case alone(Fault)
    case ofNode(@Sendable (NodeName) -> Fault)
    case ofNodeAt(@Sendable (NodeName, Duration) -> Fault)
    case at(@Sendable (Int) -> Fault)

    var pattern: String {
      switch self {
      case .alone: ""
      case .ofNode: "=NODE"
      case .ofNodeAt: "=NODE@TIME"
      case .at: "@N"
      }
    }
  }

  private static let forms: [(kind: String, form: Form)] = [
    ("powers-off", .ofNodeAt { .powersOff($0, at: $1) }),
    ("reboots", .ofNode { .reboot($0, during: .install) }),
    ("never-boots", .ofNode { .neverBoots($0) }),
    ("never-powers-off", .ofNode { .neverPowersOff($0) }),
    ("slow-boot", .ofNodeAt { .slowBoot($0, by: $1) }),
    ("ports-blocked", .ofNode { .portsBlocked($0) }),
    ("install-fails", .ofNode { .installFails($0) }),
    ("install-breaks", .ofNode { .installBreaks($0) }),
    ("prerequisite-fails", .ofNode { .prerequisiteFails($0, times: 1) }),
    ("never-registers", .ofNode { .neverRegisters($0) }),
    ("never-healthy", .ofNode { .neverHealthy($0) }),
    ("wrong-host-key", .ofNode { .wrongHostKey($0) }),
    ("clock-never-syncs", .ofNode { .clockNeverSyncs($0) }),
    ("cloud-init-fails", .ofNode { .cloudInitFails($0) }),
    ("hypervisor-drops", .at { .hypervisorCall($0, afterEffect: false) }),
    ("disk-full", .at { .diskFull(atVolume: $0) }),
    ("upload-cut", .at { .uploadCut($0) }),
    ("leader-flaps", .alone(.leaderFlaps(times: 2, after: .seconds(3)))),
    ("two-leaders", .alone(.twoLeaders(lasting: .seconds(20)))),
    ("exhibitor-disagrees", .alone(.exhibitorDisagrees(lasting: .seconds(60)))),
  ]

  /// The forms that are understood, such as `powers-off=NODE@TIME`.
  package static var patterns: [String] { forms.map { $0.kind + $0.form.pattern } }

  /// Reads a fault; throws category `configuration` for what is none, or names no node of the
  /// cluster.
  package static func fault(_ text: String, of spec: ClusterSpec) throws(ForgeError) -> Fault {
    let words = text.split(separator: "@", maxSplits: 1).map(String.init)
    let head = (words.first ?? "").split(separator: "=", maxSplits: 1).map(String.init)
    let tail = words.count > 1 ? words[1] : nil
    guard let kind = head.first, let form = forms.first(where: { $0.kind == kind })?.form else {
      throw malformed(text, "there is no such kind")
    }
    var node: NodeName?
    if head.count > 1 {
      node = spec.nodes.first { $0.name.description == head[1] }?.name
      if node == nil { throw malformed(text, "no node \(head[1]) in the cluster file") }
    }
    switch (form, node, tail) {
    case (.alone(let fault), nil, nil): return fault
    case (.ofNode(let make), let node?, nil): return make(node)
    case (.ofNodeAt(let make), let node?, let tail?):
      guard let time = Duration(tail) else { break }
      return make(node, time)
    case (.at(let make), nil, let tail?):
      guard let number = Int(tail), number > 0 else { break }
      return make(number)
    default: break
    }
    throw malformed(text, "the form is \(kind)\(form.pattern)")
  }

  private static func malformed(_ text: String, _ observed: String) -> ForgeError {
    ForgeError(
      .configuration, "is no fault that can be rehearsed", on: text, observed: observed,
      advice: "dcosforge rehearse --help lists them", disposition: .final)
  }
}
