@testable import ForgeNodeProtocol
@testable import ForgeEvents
@testable import ForgeKeys
import Testing

@testable import DCOSForgeCore

/// Secrets of every known form are taken out, and nothing else.
@Suite struct RedactionTests {
  /// A text with a secret, and the secret.
  static let planted: [(text: String, secret: String)] = [
    ("password: hunter2", "hunter2"), ("  exhibitor_admin_password: 'hun ter2'", "hun ter2"),
    ("superuser_password_hash: $6$rounds=656000$abc$defghij", "abc$defghij"),
    ("- api_key: hunter2 with more words", "with more words"),
    (#"{"user":"x","password":"hun\"ter2","b":1}"#, "ter2"),
    (#"level=info msg="{\"password\":\"hunter2\"}""#, "hunter2"),
    ("aws_secret_access_key=hunter2 aws_access_key_id=AKIAABCDEFGHIJKLMNOP", "hunter2"),
    ("key AKIAABCDEFGHIJKLMNOP used", "AKIAABCDEFGHIJKLMNOP"),
    ("exhibitor_azure_account_key: hunter2==", "hunter2"),
    ("Environment=A=1 DB_PASSWORD=hunter2 B=2", "hunter2"),
    ("java -Dfoo.password=hunter2 -jar x", "hunter2"), ("tool --token hunter2 run", "hunter2"),
    ("tool --password=hunter2", "hunter2"), ("> Authorization: Basic aHVudGVyMg==", "aHVudGVyMg=="),
    (#"curl -H "Authorization: token=hunter2.x" http://a/"#, "hunter2"),
    (#"{"Authorization":["Basic aHVudGVyMg==","b"]}"#, "aHVudGVyMg=="),
    ("map[Authorization:[Basic aHVudGVyMg==]]", "aHVudGVyMg=="),
    ("Set-Cookie: dcos-acs-auth-cookie=hunter2; Path=/", "hunter2"),
    ("X-Vault-Token: hunter2", "hunter2"), ("auth token: Bearer hunter2.abc", "hunter2"),
    ("GET http://user:hunter2@host/x", "hunter2"),
    ("https://a/?x=1&access_token=hunter2&y=2", "hunter2"),
    (#"{"auths":{"r.example":{"auth":"dXNlcjpodW50ZXIy"}}}"#, "dXNlcjpodW50ZXIy"),
    ("auth: dXNlcjpodW50ZXIy", "dXNlcjpodW50ZXIy"), (#""identitytoken": "hunter2""#, "hunter2"),
    ("jwt eyJhbGciOiJIUzI1.eyJ1aWQiOiJib290.c2lnbmF0dXJl here", "eyJ1aWQiOiJib290"),
    ("<source><secret type='x'>hunter2</secret></source>", "hunter2"),
    ("<graphics type='vnc' passwd='hunter2'/>", "hunter2"),
    ("root:$6$salt$abcdefghijkl:18000:0", "abcdefghijkl"),
    ("password: |\n  hunter2\n  more2\nnext: 1", "more2"),
    ("credentials:\n  hunter2\nnext: 1", "hunter2"),
    (#"x: "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n""#, "hunter2"),
  ]

  @Test(
    arguments: planted.indices,
    [
      "", "2024-01-01T00:00:00+0000 lxzk01 dcos-net[12]: ", "2024-01-01T00:00:00.1234Z ",
      "[ 1.25] ",
    ]
  ) func aSecretIsTakenOut(_ index: Int, _ head: String) {
    let secret = Self.planted[index].secret
    let text = Self.planted[index].text.split(separator: "\n").map { head + $0 }
      .joined(separator: "\n")
    let redacted = Redaction().text(text)
    #expect(text.contains(secret))
    #expect(!redacted.contains(secret), "\(redacted)")
    #expect(redacted.contains(Redaction.mark) || redacted.contains(Redaction.keyMark))
    #expect(
      redacted.split(separator: "\n").count == text.split(separator: "\n").count, "\(redacted)")
  }

  @Test(arguments: [
    "oauth_enabled: 'false'", "exhibitor_admin_password_enabled: true", "the token is gone",
    "ssh_authorized_keys: [a]", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8 me",
    "-----BEGIN CERTIFICATE-----\nMIIBszCCARygAwIBAgIBATANBgkqhkiG9w0BAQsFADAA\n"
      + "-----END CERTIFICATE-----",
    "GET http://10.1.1.49:8181/exhibitor/v1/cluster/status 200", "qemu+ssh://root@host/system",
    "keyboard: us", "passing test 5/5", "cookie jar", "author: me", "secretary=none of these",
    "costs $1$2", "uuid 0e7b2b3e-1111-8888-9999-000000000000", "tokens: 5", "\tindented\n  lines",
    "", "\n\n",
  ]) func whatIsNoneStays(_ text: String) {
    #expect(Redaction().text(text) == text)
  }

  @Test func whatStandsAroundASecretStays() {
    #expect(
      Redaction().text(#"{"user":"x","password":"y","b":1}"#)
        == #"{"user":"x","password":"[redacted]","b":1}"#)
    #expect(
      Redaction().text("Environment=A=1 DB_PASSWORD=hunter2 B=2")
        == "Environment=A=1 DB_PASSWORD=[redacted] B=2")
    #expect(Redaction().text("GET http://u:p@h/x") == "GET http://u:[redacted]@h/x")
    #expect(Redaction().text("password: |\n  a\nnext: 1") == "password: |\n  [redacted]\nnext: 1")
  }

  private static let pair = KeyPair(
    seed: (0..<32).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }, comment: "c")
  private static let file = Samples.must(pair).privateKeyFile
  private static let body = file.split(separator: "\n").dropFirst().dropLast().map(String.init)

  @Test func aPrivateKeyOnManyLines() {
    for prefix in ["", "    ", "2024-01-01T00:00:00 lxzk01 app[7]: "] {
      let text =
        "before\n"
        + Self.file.split(separator: "\n").map { prefix + $0 }
        .joined(separator: "\n") + "\nafter it all.\npassword=x"
      let redacted = Redaction().text(text)
      for line in Self.body { #expect(!redacted.contains(line)) }
      #expect(redacted.hasPrefix("before\n"))
      #expect(redacted.hasSuffix("\nafter it all.\npassword=[redacted]"), "\(redacted)")
    }
  }

  /// The tail of a log may begin in the middle of a key, and end in one.
  @Test func halfAPrivateKey() {
    let lines = Self.file.split(separator: "\n").map(String.init)
    let tail = "some words.\n" + lines.dropFirst(2).joined(separator: "\n") + "\nend."
    let head = lines.dropLast(2).joined(separator: "\n")
    for line in Self.body {
      #expect(!Redaction().text(tail).contains(line))
      #expect(!Redaction().text(head).contains(line))
    }
    #expect(Redaction().text(tail).hasPrefix("some words.\n"))
    #expect(Redaction().text(tail).hasSuffix("\nend."))
  }

  @Test func thisClustersKeysInEveryForm() throws {
    let redaction = Redaction(privateKeys: ["no key", Self.file])
    let seed = (0..<32).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    let hexadecimal = seed.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    for form in Self.body.filter({ $0.count >= 20 }) + [hexadecimal, hexadecimal.uppercased()] {
      for text in [form, "x=\(form);", "'\(form)'", "A\(form)B"] {
        #expect(text.contains(form) && !redaction.text(text).contains(form.dropFirst()))
        #expect(!Redaction().text(text).contains(Redaction.mark))
      }
    }
    // Somewhere in a larger base64 text.
    for shift in 0..<3 {
      let text = base64([UInt8](repeating: 9, count: 5 + shift) + seed + [1, 2, 3])
      #expect(redaction.text("blob \(text) end").contains(Redaction.mark), "\(shift)")
      #expect(redaction.text("blob \(text) end").hasSuffix(" end"))
    }
    let other = try KeyPair.generate(comment: "other")
    #expect(redaction.text(other.publicLine) == other.publicLine)
    #expect(
      redaction.text(Samples.must(Self.pair).publicLine) == Samples.must(Self.pair).publicLine)
  }

  private func base64(_ bytes: [UInt8]) -> String { SampleBase64.text(bytes) }

  /// In a journal each line of a key is an entry, among those of others.
  @Test func aKeyOverSeveralEntries() {
    var redactor = LogRedactor(Redaction())
    func entry(_ text: String, _ unit: String) -> LogEntry {
      LogEntry(node: Samples.name("a"), microseconds: 0, unit: unit, message: text)
    }
    for line in Self.file.split(separator: "\n").map(String.init) {
      let shown = redactor.redacted(entry(line, "leaky")).message
      #expect(shown.contains("[redacted"), "\(shown)")
      #expect(redactor.redacted(entry("AbCdEf", "other")).message == "AbCdEf")
    }
    #expect(redactor.redacted(entry("fine", "leaky")).message == "fine")
  }

  /// Several programs write into one journal; each one's secret goes on where it was left.
  @Test func keysOfTwoProgramsBetweenEachOther() throws {
    let other = try KeyPair.generate(comment: "other").privateKeyFile.split(separator: "\n")
    let one = Self.file.split(separator: "\n")
    var lines: [String] = []
    for (number, (left, right)) in zip(one, other).enumerated() {
      let time = "2024-01-01T00:00:0\(number % 10)+0000 lxzk01 "
      lines += [
        time + "one[1]: \(left)", time + "talk[7]: some words, and a stop.",
        time + "two[2]: \(right)",
      ]
    }
    for cut in [0, 4] {
      let text = Redaction().text(lines.dropFirst(cut).joined(separator: "\n"))
      for line in one.dropFirst().dropLast() + other.dropFirst().dropLast() {
        #expect(!text.contains(line), "\(cut) \(line)")
      }
      #expect(text.contains("talk[7]: some words, and a stop."))
    }
  }

  @Test func aLongTextTakesLinearTime() {
    let line = "2024-01-01 lxzk01 dcos-net[1]: GET /health 200 keys=3 tok path=/a/b/c\n"
    let text = String(repeating: line, count: 4000) + String(repeating: "password ", count: 4000)
    #expect(Redaction().text(text).utf8.count >= text.utf8.count - 100)
  }
}
