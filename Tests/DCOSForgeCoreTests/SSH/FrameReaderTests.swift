@testable import ForgeKeys
@testable import ForgeSSH
import Testing

@testable import DCOSForgeCore

@Suite struct FrameReaderTests {
  private let nonce = "0123456789abcdef"

  private func frame(_ body: String, noise: String = "") -> [UInt8] {
    Array("\(noise)\u{1E}\(nonce) 4711\n\(body)\u{1E}\(nonce) 7\nlate".utf8)
  }

  @Test(arguments: [
    "", "x", "two\nlines\n", "\u{1E}", "\u{1E}0123456789abcdeF 3\n", "\u{1E}\u{1E}",
  ])
  func findsTheMarksHoweverTheStreamIsCut(_ body: String) {
    let bytes = frame(body, noise: "Welcome\n\u{1E}")
    for size in 1...bytes.count {
      var reader = FrameReader(nonce: nonce)
      var got: [UInt8] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        got += reader.feed(Array(bytes[start..<min(start + size, bytes.count)]))
      }
      #expect(got == Array(body.utf8))
      #expect(reader.processID == 4711)
      #expect(reader.status == 7)
      #expect(reader.hasEnded)
      #expect(reader.noise == Array("Welcome\n\u{1E}".utf8))
    }
  }

  @Test func aMarkWithoutANumberIsContent() {
    var reader = FrameReader(nonce: nonce)
    let body = "\u{1E}\(nonce) 123456789012345\n"
    #expect(reader.feed(frame(body)) == Array(body.utf8))
    #expect(reader.status == 7)
  }

  @Test func noEndWithoutTheLastMark() {
    let bytes = frame("body")
    for count in 0..<(bytes.count - "late".utf8.count) {
      var reader = FrameReader(nonce: nonce)
      _ = reader.feed(Array(bytes.prefix(count)))
      #expect(!reader.hasEnded)
      #expect(reader.status == nil)
    }
  }

  @Test func noiseIsBounded() {
    var reader = FrameReader(nonce: nonce)
    for _ in 0..<100 { _ = reader.feed([UInt8](repeating: 65, count: 1000)) }
    #expect(reader.noise.count == 2048)
  }
}

@Suite struct ServerOfferTests {
  private func greeting(
    hostKeys: [String] = ["ssh-ed25519"], ciphers: [String] = ["aes128-ctr"],
    kex: [String] = ["curve25519-sha256"], macs: [String] = ["hmac-sha2-256"],
    before: String = ""
  ) -> [UInt8] {
    var payload: [UInt8] = [20] + [UInt8](repeating: 0, count: 16)
    for list in [kex, hostKeys, ciphers, ciphers, macs, macs, ["none"], ["none"], [], []] {
      payload.appendWire(string: list.joined(separator: ",").utf8)
    }
    payload += [0, 0, 0, 0, 0]
    var packet: [UInt8] = []
    packet.appendWire(UInt32(payload.count + 1 + 4))
    packet += [4] + payload + [0, 0, 0, 0]
    return Array("\(before)SSH-2.0-OpenSSH_9.2\r\n".utf8) + packet
  }

  private func mismatch(_ bytes: [UInt8]) -> String? {
    guard case .offer(let offer) = ServerOffer.read(bytes) else { return nil }
    return offer.mismatch?.observed
  }

  @Test func namesWhatIsMissing() {
    #expect(mismatch(greeting()) == nil)
    #expect(mismatch(greeting(before: "Notice\r\n")) == nil)
    let rsa = mismatch(greeting(hostKeys: ["rsa-sha2-512", "ssh-rsa"]))
    #expect(rsa?.contains("only RSA host keys (rsa-sha2-512, ssh-rsa)") == true)
    #expect(mismatch(greeting(hostKeys: ["ecdsa-sha2-nistp256"]))?.contains("no Ed25519") == true)
    #expect(mismatch(greeting(ciphers: ["aes256-gcm@openssh.com"]))?.contains("ciphers") == true)
    #expect(mismatch(greeting(kex: ["sntrup761x25519-sha512@openssh.com"])) != nil)
    #expect(mismatch(greeting(macs: ["hmac-sha2-256-etm@openssh.com"])) != nil)
  }

  @Test func readsWhatIsNoSSH() {
    #expect(ServerOffer.read(Array("HTTP/1.1 400 Bad\r\n\r\n".utf8)) == .other("HTTP/1.1 400 Bad"))
    #expect(ServerOffer.read([]) == .other(""))
    #expect(ServerOffer.read(Array("SSH-2.0-x\r\n".utf8)) == .banner("SSH-2.0-x"))
  }

  @Test func damagedGreetingsAreHarmless() {
    let whole = greeting()
    var numbers = SeededNumbers(seed: 2)
    for count in 0..<whole.count {
      if case .offer = ServerOffer.read(Array(whole.prefix(count))) {
        Issue.record("an offer of \(count) bytes")
      }
    }
    for _ in 0..<5000 {
      var bytes = whole
      for _ in 0..<3 {
        bytes[numbers.below(bytes.count)] = UInt8(numbers.below(256))
      }
      if case .offer(let offer) = ServerOffer.read(bytes) { _ = offer.mismatch }
    }
  }
}
