@testable import ForgeModel
@testable import ForgeLibvirt
import Testing

@testable import DCOSForgeCore

@Suite struct KVMProofTests {
  @Test func onlyTheCapabilitiesOfKVMOfferIt() {
    func capabilities(_ type: String) -> String {
      """
      <domainCapabilities><path>/usr/bin/qemu-system-x86_64</path><domain>\(type)</domain>
      <machine>pc-q35-7.2</machine><arch>x86_64</arch></domainCapabilities>
      """
    }
    #expect(KVMProof.offersKVM(capabilities("kvm")))
    #expect(!KVMProof.offersKVM(capabilities("qemu")))
    #expect(!KVMProof.offersKVM(""))
    #expect(!KVMProof.offersKVM("<capabilities><domain>kvm</domain></capabilities>"))
  }

  private func cpu(_ features: String) -> String {
    "<cpu mode='custom'><model>Skylake-Client-IBRS</model><vendor>Intel</vendor>\(features)</cpu>"
  }

  @Test(arguments: [
    ("<feature name='vmx'/>", true), ("<feature name='svm'/>", true),
    ("<feature policy='require' name='vmx'/>", true),
    ("<feature policy='disable' name='vmx'/>", false),
    ("<feature policy='forbid' name='svm'/>", false),
    ("<feature name='vme'/><feature name='hypervisor'/>", false), ("", false),
  ])
  func theCPUsFeaturesDecide(_ features: String, _ virtualises: Bool) {
    #expect(KVMProof.virtualises(cpu: cpu(features)) == virtualises)
  }

  @Test func theHostsCPUIsTakenNotAGuests() throws {
    let capabilities = """
      <capabilities><host><uuid>x</uuid><cpu><arch>x86_64</arch><model>EPYC</model>
      <feature name='svm'/></cpu></host>\
      <guest><cpu><feature name='vmx'/></cpu></guest></capabilities>
      """
    let cpu = try #require(KVMProof.hostCPU(in: capabilities))
    #expect(cpu.contains("EPYC") && cpu.contains("svm") && !cpu.contains("vmx"))
    #expect(KVMProof.virtualises(cpu: cpu))
    #expect(KVMProof.hostCPU(in: "<capabilities><host/></capabilities>") == nil)
  }

  /// The test driver offers no KVM, whatever this machine has.
  @Test func noProofNoKVM() async throws {
    #expect(try await !TestWorld.hypervisor().host().offersKVM)
  }
}
