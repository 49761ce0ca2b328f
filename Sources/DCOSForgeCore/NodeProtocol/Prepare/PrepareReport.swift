package import ForgeModel

/// What ``NodeTask/prepare(_:)`` found and put right.
package struct PrepareReport: Hashable, Sendable {
  /// The items in the order in which they were put right.
  package var items: [PrerequisiteRecord]

  /// Makes a report.
  package init(items: [PrerequisiteRecord]) {
    self.items = items
  }

  /// Reads the output.
  ///
  /// Throws category `step` when the script failed or was torn. Items that could not be put right
  /// are in ``items``; ``failure(on:)`` makes an error of them.
  package init(_ result: CommandResult, on node: NodeName) throws(ForgeError) {
    items = try NodeReport(result, of: "preparing the node", on: node.description)
      .records(PrerequisiteRecord.kind)
  }

  /// The output of a script that reports these items.
  package static func text(_ items: [PrerequisiteRecord]) -> String {
    items.map { NodeReport.line(PrerequisiteRecord.kind, $0) }.joined() + NodeReport.end
  }

  /// The error for the items that are not right after they were to be put right; nil when all are.
  ///
  /// What yum could not do may be a mirror's fault: then the step may be tried again.
  package func failure(on node: NodeName) -> ForgeError? {
    let bad = items.filter(\.isToDo)
    guard let first = bad.first else { return nil }
    if let leftovers = bad.first(where: { $0.item == "leftovers" }) {
      return ForgeError(
        .step, "the node holds traces of an installation of DC/OS", on: node.description,
        observed: leftovers.detail, advice: Self.advice(for: leftovers.item), disposition: .final)
    }
    let names = bad.map(\.item).joined(separator: ", ")
    return ForgeError(
      .step, "prerequisites are not right: \(names)", on: node.description,
      observed: bad.map { "\($0.item): \($0.detail)" }.joined(separator: "\n"),
      advice: Self.advice(for: first.item),
      disposition: bad.contains { $0.detail.contains("yum failed") } ? .retry : .afterFix)
  }

  /// What an operator can do about an item that is not right.
  static func advice(for item: String) -> String {
    switch item.hasPrefix("package:") ? "repositories" : item {
    case "leftovers":
      "DC/OS has no uninstall: `dcosforge wipe --node NAME` gives the node a new disk"
    case "cgroups":
      "start the kernel with systemd.unified_cgroup_hierarchy=0: in `image.kernel_arguments`, or "
        + "in the image's boot loader"
    case "selinux":
      "remove enforcing=1 from the kernel's command line, or use an image without it"
    case "repositories", "docker":
      "check that the node reaches its repositories; `packages.repositories` names others, and "
        + "`packages.replace` switches the image's own off"
    case "docker:service", "docker:settings":
      "`journalctl -u docker` on the node says more; Docker must run on overlay2"
    case "xfs": "make the image's file system again with mkfs.xfs -n ftype=1"
    case "port:53": "DC/OS serves names on port 53 of every node: stop what listens there"
    case "hostname": "give the node a name that resolves, in /etc/hosts or in DNS"
    default: "log in and look: the detail says what was seen"
    }
  }
}
