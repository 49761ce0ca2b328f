import ForgeRendering

/// The proof that hardware virtualisation works, asked through libvirt so that it holds for remote
/// hosts.
///
/// That libvirt lists KVM is not enough: a `/dev/kvm` without vmx or svm behind it exists (kernels
/// that virtualise in software) and stops ordinary guests for ever.
package enum KVMProof {
  /// Whether libvirt offers KVM and the host's CPU has vmx or svm.
  ///
  /// A host that does not answer one of the questions proves nothing.
  static func holds(_ connection: borrowing ConnectHandle) -> Bool {
    guard let offered = try? connection.domainCapabilities(type: "kvm"), offersKVM(offered),
      let capabilities = try? connection.capabilities(), let cpu = hostCPU(in: capabilities)
    else { return false }
    if virtualises(cpu: cpu) { return true }
    // AMD's models contain svm without naming it.
    return (try? connection.expandedCPU(cpu)).map(virtualises(cpu:)) ?? false
  }

  /// Whether domain capabilities are those of KVM.
  static func offersKVM(_ domainCapabilities: String) -> Bool {
    XMLTree(domainCapabilities, root: "domainCapabilities")?.first("domain")?.text == "kvm"
  }

  /// The host's CPU definition in the host's capabilities, or nil.
  static func hostCPU(in capabilities: String) -> String? {
    XMLTree(capabilities, root: "capabilities")?.first("host")?.first("cpu")?.rendered
  }

  /// Whether a CPU definition names vmx (Intel) or svm (AMD) as a feature it has.
  static func virtualises(cpu: String) -> Bool {
    let features = XMLTree(cpu, root: "cpu")?.elements("feature") ?? []
    return features.contains { feature in
      ["vmx", "svm"].contains(feature["name"])
        && !["disable", "forbid"].contains(feature["policy"])
    }
  }
}
