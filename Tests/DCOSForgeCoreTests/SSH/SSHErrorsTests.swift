@testable import ForgeSSH
@testable import ForgeModel
import Glibc
import Testing

@testable import DCOSForgeCore

@Suite struct SSHErrorsTests {
  private static let endpoint = NodeEndpoint(
    node: Samples.name("n1"), address: Samples.address("10.1.1.1"), port: 22, user: "root",
    hostKey: [])

  /// The fault is of this machine: the node may well answer.
  @Test(arguments: [EMFILE, ENFILE]) func aMissingDescriptorIsNoFaultOfTheNode(_ code: Int32) {
    let error = SSHErrors.cannotConnect(Self.endpoint, SSHFault(code: code, text: "Too many"))
    #expect(error.category == .internalFault && error.advice.contains("ulimit"))
    #expect(!error.advice.contains("firewall") && error.observed == "Too many")
  }

  @Test func aRefusedConnectionIs() {
    let error = SSHErrors.cannotConnect(Self.endpoint, SSHFault(code: ECONNREFUSED, text: "no"))
    #expect(error.category == .unreachable && error.advice.contains("firewall"))
  }
}
