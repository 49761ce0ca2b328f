import ForgeModel
import ForgeSupport
import Testing

/// What the shim over libcrypto gives, against published answers.
@Suite struct CryptographyTests {
  /// FIPS 180-2, appendix B, and the digest of nothing.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func sha256GivesThePublishedDigests(_ text: String, _ digest: String) {
    let bytes = Array(text.utf8)
    #expect(SHA256Sum(hashing: bytes).description == digest)
    var hash = SHA256()
    var (from, size) = (0, 1)
    while from < bytes.count {
      let end = min(from + size, bytes.count)
      hash.update(bytes.span.extracting(from..<end))
      (from, size) = (end, size * 7 % 1009)
    }
    let sum = SHA256Sum(hash)
    #expect(sum.description == digest)
  }

  @Test func aDigestDoesNotEndTheHash() {
    let (start, rest) = (Array("ab".utf8), Array("c".utf8))
    var hash = SHA256()
    hash.update(start.span)
    let first = hash.digest
    hash.update(rest.span)
    let second = hash.digest
    #expect(first == SHA256.digest(of: start))
    #expect(second == SHA256.digest(of: start + rest))
  }

  struct KnownSignature {
    var seed: String
    var publicKey: String
    var message: String
    var signature: String
  }

  /// RFC 8032, section 7.1, tests 1 to 3.
  static let known = [
    KnownSignature(
      seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    KnownSignature(
      seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    KnownSignature(
      seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      message: "af82",
      signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
  ]

  @Test(arguments: known)
  func ed25519GivesThePublishedSignatures(_ known: KnownSignature) throws {
    let seed = bytes(known.seed)
    let key = try #require(SigningKey(seed: seed))
    #expect(key.publicKey == bytes(known.publicKey))
    #expect(key.signature(of: bytes(known.message)) == bytes(known.signature))
    #expect(key.seed == seed)
  }

  @Test(arguments: [0, 31, 33, 64])
  func aSeedHas32Bytes(_ count: Int) {
    #expect(SigningKey(seed: [UInt8](repeating: 1, count: count)) == nil)
  }

  @Test func randomKeysDiffer() throws {
    let (one, other) = (try #require(SigningKey.random()), try #require(SigningKey.random()))
    #expect(one.seed != other.seed)
    #expect(SigningKey(seed: one.seed)?.publicKey == one.publicKey)
  }

  private func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
