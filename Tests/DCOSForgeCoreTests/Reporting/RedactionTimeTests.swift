import Foundation
import Testing

@testable import ForgeEvents
@testable import ForgeKeys

/// The time grows as the text does, whatever it says: it may come from anybody.
@Suite struct RedactionTimeTests {
  /// Texts by name, made of a beginning, and a part that is repeated.
  static let shapes: [(name: String, head: String, part: String)] = [
    ("a word of letters", "pass ", "a"),
    ("tokens", "", "eyJhbGciOiJIUzI1.eyJ1aWQiOiJib290.c2lnbmF0dXJl\n"),
    ("a token without dots", "", "eyJhbGciOiJIUzI1"),
    ("a token of dots", "", "eyJaaaaa."),
    ("access log", "GET http://host/?token=", "/path/to_the-page?a=b&c=d%20"),
    ("users without hosts", "", "http://user:key"),
    ("schemes", "key ", "1.1://"),
    ("keys", "", "token="), ("keys of a scheme", "", "token: bearer = "),
    ("lists", "", "password:["), ("headers", "", "authorization: "),
    ("header names", "", "x-token-x-auth-"), ("options", "", "--access-key "),
    ("elements", "", "<password "), ("elements without an end", "", "<password>"),
    ("quoted keys", "", #""password":"#), ("open quotes", "", #"password="\"#),
    ("backslashes", #"password:\\\\\\\\\\\\\\\\\\\\""#, #"\\\\\\\"#),
    ("blanks", "password", " \u{A0}"), ("hashes", "", "$6$"), ("short hashes", "", "$6$abc "),
    ("Docker", "", "auth=abcdefg/"), ("one-line keys", "", "-----BEGIN PRIVATE KEY----- "),
    ("half a key", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY----"),
    ("a key's kind", "-----BEGIN ", "PRIVATE KEY "),
    ("keys' ends", "", "QUJD\n-----END PRIVATE KEY-----\n"),
    ("keys' lines", "-----BEGIN PRIVATE KEY-----\n", "QUJD\n"),
    ("times", "", "2024-01-01T00:00:00"), ("kernel", "[", "    "),
    ("half this cluster's key", "", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAA"),
    ("blocks", "", "- token: |\n     hunter2\n"),
  ]

  @Test(arguments: shapes.indices) func theTimeGrowsAsTheText(_ index: Int) throws {
    let shape = Self.shapes[index]
    let key = try KeyPair.generate(comment: "c").privateKeyFile
    let times = Self.times(Redaction(privateKeys: [key])) { bytes in
      shape.head + String(repeating: shape.part, count: bytes / shape.part.utf8.count)
    }
    #expect(times.eightfold <= Self.limit * times.once, "\(shape.name): \(times)")
  }

  /// Each line is the end of a key of another program, whose beginning never came.
  @Test func manyPrograms() {
    let times = Self.times(Redaction()) { bytes in
      (0..<(bytes / 80)).map {
        "2024-01-01T00:00:00+0000 lxzk01 app[\($0)]: -----END PRIVATE KEY-----\n"
      }.joined()
    }
    #expect(times.eightfold <= Self.limit * times.once, "\(times)")
  }

  private static let isOptimized =
    ProcessInfo.processInfo.environment["DCOSFORGE_OPTIMIZE_CORE"] != nil
  private static let isLarge = ProcessInfo.processInfo.environment["DCOSFORGE_TEST_LARGE"] != nil

  /// What a node's journal says in an hour of work and of failure, with a secret now and then.
  private static let journal = """
    2024-05-01T12:30:00+0000 lxzk01 mesos-master[2114]: I0501 12:30:00.123456  2131 http.cpp:1115] \
    HTTP GET for /master/state from 10.1.1.49:41234 with User-Agent='Go-http-client/1.1'
    2024-05-01T12:30:00+0000 lxzk01 adminrouter[901]: 10.1.1.50 - - [01/May/2024:12:30:00 +0000] \
    "GET /service/marathon/v2/apps?embed=apps.tasks HTTP/1.1" 200 5123 "-" "python-requests/2.18"
    2024-05-01T12:30:01+0000 lxzk01 exhibitor[777]: [INFO] com.netflix.exhibitor.core.activity \
    .ActivityLog State: serving [ActivityQueue-0]
    2024-05-01T12:30:01+0000 lxzk01 java[990]: [2024-05-01 12:30:01,412] INFO  Offer \
    [5f6c2a1e-7c1b-4a0d-9d7e-000000000000-O17]. Considered for launch (mesosphere.marathon.core)
    2024-05-01T12:30:02+0000 lxzk01 dockerd[650]: time="2024-05-01T12:30:02Z" level=info \
    msg="API listen on /var/run/docker.sock" module=libcontainerd namespace=moby
    2024-05-01T12:30:02+0000 lxzk01 kernel: IN=eth0 OUT= MAC=52:54:00:aa:bb:cc SRC=10.1.1.13 LEN=60
    2024-05-01T12:30:03+0000 lxzk01 bouncer[812]: authentication of user admin passed, uid=admin
    2024-05-01T12:30:03+0000 lxzk01 app[1313]: GET http://10.1.1.49/x?access_token=hunter2&y=2 200

    """

  /// So much in so many seconds, as docs/logs.md says.
  @Test(.enabled(if: isLarge && isOptimized)) func aHundredMebibytes() throws {
    let key = try KeyPair.generate(comment: "c").privateKeyFile
    let redaction = Redaction(privateKeys: [key])
    let text = String(repeating: Self.journal, count: (100 << 20) / Self.journal.utf8.count)
    let seconds = Self.seconds { _ = redaction.text(text) }
    #expect(seconds < 5)
  }

  /// What eight times the text may take: at most 2.5 times as much for each doubling.
  ///
  /// Larger texts leave the processor's caches. Time that grew with the square would be 64.
  private static let limit = 2.5 * 2.5 * 2.5

  /// The least seconds that a text takes, and one of eight times its length.
  private static func times(
    _ redaction: Redaction, _ text: (_ bytes: Int) -> String
  ) -> (once: Double, eightfold: Double) {
    let size = isOptimized ? 1 << 16 : 1 << 14
    let (once, eightfold) = (text(size), text(8 * size))
    var best = (once: Double.infinity, eightfold: Double.infinity)
    // Other programs take the processor's caches: when that shows, it is measured more often.
    for round in 0..<12 where round < 2 || best.eightfold > limit * best.once {
      best.once = min(best.once, seconds { _ = redaction.text(once) })
      best.eightfold = min(best.eightfold, seconds { _ = redaction.text(eightfold) })
    }
    return best
  }

  /// The processor's time of this thread, which other programs do not lengthen.
  private static func seconds(_ work: () -> Void) -> Double {
    let start = threadTime()
    work()
    return threadTime() - start
  }

  private static func threadTime() -> Double {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
