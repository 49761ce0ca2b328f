@testable import ForgeModel
import DCOSForgeCore
import Testing

@Suite struct IPv4Tests {
  @Test(arguments: ["10.1.1.049", "10.1.1", "10.1.1.256", "10.1.1.1.", " 10.1.1.1", "1.2.3.٤", ""])
  func refusesWhatIsNoStrictDottedQuad(_ text: String) {
    #expect(IPv4Address(text) == nil)
  }

  @Test func readsAndPrints() throws {
    let address = try #require(IPv4Address("10.1.1.49"))
    #expect(address.rawValue == 0x0A01_0131)
    #expect(address.description == "10.1.1.49")
    #expect(MACAddress(for: address).description == "02:dc:0a:01:01:31")
  }

  @Test func networkArithmetic() throws {
    let network = try #require(IPv4Network("10.1.1.0/24"))
    #expect(network.broadcast.description == "10.1.1.255")
    #expect(network.mask.description == "255.255.255.0")
    #expect(IPv4Network("10.1.1.1/24") == nil)
    #expect(network.overlaps(try #require(IPv4Network("10.0.0.0/8"))))
    #expect(!network.overlaps(try #require(IPv4Network("10.1.2.0/24"))))
  }
}

@Suite struct QuantityTests {
  @Test func sizes() {
    #expect(ByteCount("8GiB") == .gibibytes(8))
    #expect(ByteCount("1536 MiB")?.description == "1536MiB")
    for text in ["8", "8GB", "-1GiB", "GiB", "9999999999999TiB", "1.5GiB"] {
      #expect(ByteCount(text) == nil, "\(text)")
    }
  }

  @Test func versions() throws {
    #expect(try #require(DCOSVersion("1.11.2")) < DCOSVersion(1, 11, 13))
    #expect(DCOSVersion("1.11") == nil)
    #expect(DCOSVersion("1.11.-2") == nil)
  }
}
