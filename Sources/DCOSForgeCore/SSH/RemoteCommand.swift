import ForgeNodeProtocol
import ForgeModel
import CSSH2

/// How a command travels to the login shell of a node, which must understand POSIX `sh`.
package enum RemoteCommand {
  /// The longest command line that is passed as an argument: Linux takes 131072 bytes in one.
  static let lengthLimit = 120_000

  /// Puts a frame around a command: both streams begin and end with a mark, the first one on
  /// standard output with the shell's process id, the last ones with the command's exit status.
  ///
  /// What the node's start-up files print stands before the first mark. The marks, not the end of
  /// the streams, report the end of the command, so neither a lost connection nor a child that
  /// keeps the streams open can be mistaken for it. The command runs in a subshell, so that `exit`
  /// and `exec` end only that. `eval` keeps a syntax error inside.
  static func framed(_ command: String, nonce: String) throws(ForgeError) -> String {
    let mark = "printf '\\036\(nonce) %s\\n'"
    let line =
      "\(mark) $$;\(mark) $$ >&2;(eval \(try ShellCommand.quoted(command)));"
      + "r=$?;\(mark) $r;\(mark) $r >&2"
    guard line.utf8.count <= lengthLimit else {
      throw ForgeError(
        .configuration, "a command line is too long for a node's shell",
        observed: "\(line.utf8.count) bytes, limit \(lengthLimit)", advice: "send it as input",
        disposition: .final)
    }
    return line
  }

  /// Who runs a script.
  enum Interpreter {
    /// The login shell itself.
    case loginShell
    /// `bash`, as root: through `sudo -n` when the account is another one.
    case rootBash(viaSudo: Bool)
  }

  /// A command that takes a script of so many bytes from its standard input and runs it with
  /// `/dev/null` there instead; and the input that it expects.
  ///
  /// A script that did not arrive whole is not run: the nonce must follow it. `head -c` takes
  /// exactly the script off the stream.
  static func scriptRunner(
    _ script: String, _ interpreter: Interpreter, nonce: String
  ) throws(ForgeError) -> (command: String, input: [UInt8]) {
    guard !script.utf8.contains(0) else {
      throw ForgeError(
        .internalFault, "a script holds a NUL character", advice: "a shell cannot run it",
        disposition: .final)
    }
    let runner =
      "s=$(head -c \(script.utf8.count)) && read -r e && [ \"$e\" = \(nonce) ] || exit 255;"
      + "unset e;exec </dev/null;eval \"$s\""
    let command =
      switch interpreter {
      case .loginShell: runner
      case .rootBash(let viaSudo):
        (viaSudo ? "sudo -n " : "") + "bash -c " + (try ShellCommand.quoted(runner))
      }
    return (command, Array("\(script)\(nonce)\n".utf8))
  }

  /// Ends a command whose caller has given up: hang-up to its process group, after 1 s TERM, after
  /// 5 s KILL.
  ///
  /// One signal at a time, so that a script can clean up in its trap.
  static func hangUp(group: Int32, viaSudo: Bool) throws(ForgeError) -> String {
    let text =
      "kill -s HUP -- -\(group);kill -s CONT -- -\(group);"
      + "(sleep 1;kill -s TERM -- -\(group);sleep 4;kill -s KILL -- -\(group)) "
      + "</dev/null >/dev/null 2>&1 &"
    return viaSudo ? "sudo -n sh -c " + (try ShellCommand.quoted(text)) : text
  }

  /// 128 random bits in hexadecimal.
  static func nonce() -> String {
    (0..<4).map { _ in
      let digits = String(UInt32.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// Signals by number, as Linux counts them, that a shell reports as 128 + number.
  private static let signals: [Int32: String] = [
    1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL",
    10: "USR1", 11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ",
    31: "SYS",
  ]

  /// Reads a shell's exit status: shells report a death by signal as 128 + its number.
  static func status(_ number: Int32) -> CommandResult.Status {
    signals[number - 128].map { .signalled($0) } ?? .exited(number)
  }
}

/// Takes the frame of ``RemoteCommand/framed(_:nonce:)`` off one stream.
package struct FrameReader {
  private enum State {
    case beforeHead, body, ended
  }

  private let mark: [UInt8]
  private var state = State.beforeHead
  private var held: [UInt8] = []
  /// What came before the first mark, at most 2 KiB: start-up files, or why there is no frame.
  private(set) var noise: [UInt8] = []
  /// The number of the first mark.
  private(set) var processID: Int32?
  /// The number of the last mark.
  private(set) var status: Int32?

  private static let noiseLimit = 2048
  private static let numberLimit = 12

  init(nonce: String) { self.mark = [0x1E] + Array(nonce.utf8) + [0x20] }

  /// Whether the last mark has come.
  var hasEnded: Bool { state == .ended }

  /// Takes the next bytes of the stream; returns those that belong to the command.
  mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
    if state == .ended { return [] }
    var rest = held.isEmpty ? bytes[...] : (held + bytes)[...]
    held = []
    var body: [UInt8] = []
    while state != .ended {
      guard let start = Self.find(mark, in: rest) else {
        let keep = startOfPossibleMark(in: rest)
        take(rest[..<keep], into: &body)
        held = Array(rest[keep...])
        break
      }
      let number = rest[(start + mark.count)...].prefix(Self.numberLimit)
      guard let end = number.firstIndex(of: 0x0A) else {
        take(rest[..<start], into: &body)
        if number.count == Self.numberLimit {
          // Not a mark of ours after all.
          take(rest[start...start], into: &body)
          rest = rest[(start + 1)...]
          continue
        }
        held = Array(rest[start...])
        break
      }
      take(rest[..<start], into: &body)
      advance(with: String(decoding: number[..<end], as: UTF8.self))
      rest = rest[(end + 1)...]
    }
    return body
  }

  private mutating func advance(with number: String) {
    if state == .beforeHead {
      processID = NodeNumbers.Process.read(number).map { Int32($0) }
      state = .body
    } else {
      status = NodeNumbers.ExitStatus.read(number).map { Int32($0) }
      state = .ended
    }
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>, into body: inout [UInt8]) {
    if state == .body {
      body += bytes
    } else {
      noise += bytes.prefix(max(0, Self.noiseLimit - noise.count))
    }
  }

  /// Where the last bytes begin that may be the first half of a mark; the end when none.
  private func startOfPossibleMark(in bytes: ArraySlice<UInt8>) -> Int {
    let tail = bytes.suffix(mark.count - 1)
    guard let start = tail.lastIndex(of: mark[0]), mark.starts(with: tail[start...]) else {
      return bytes.endIndex
    }
    return start
  }

  private static func find(_ mark: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    let offset = unsafe bytes.withUnsafeBytes { hay in
      unsafe cssh2_find(hay.baseAddress, hay.count, mark, mark.count)
    }
    return offset < 0 ? nil : bytes.startIndex + offset
  }
}
