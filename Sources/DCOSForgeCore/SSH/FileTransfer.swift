import ForgeNodeProtocol
import ForgeSupport
package import ForgePorts
package import ForgeModel

extension SSHConnection {
  private enum ExitCode {
    static let damaged: Int32 = 93
  }

  /// The most bytes that a node may say to an upload: a line of one of the tools.
  private static let answerLimit = 64 << 10

  /// Puts a file in place as a whole or not at all; missing folders above it are made.
  ///
  /// A symbolic link stays: the file that it names is replaced, as by `cp`. `-f` lets the kernel
  /// follow it, which refuses one that another user put into a folder for all.
  ///
  /// Takes: path, size, mode. Input: the content, then its SHA-256 and a newline. `head -c` takes
  /// exactly the size off the stream, so that the checksum can follow without the content being
  /// read twice. The temporary name is known before the file is there, and `wait`, unlike a program
  /// in the foreground, ends with the signal (a shell loses one that strikes between `fork` and
  /// `exec`): a hang-up at any time removes the file, and what still writes has no name to make it
  /// again. Both traps remove it: a signal that strikes as the shell begins to exit ends it without
  /// its `EXIT` trap.
  private static let receive = """
    p=$1
    refuse() { echo "$1" >&2; exit 1; }
    [ ! -d "$p" ] || refuse "it is a folder"
    if [ -f "$p" ]; then
      if [ -L "$p" ]; then p=$(readlink -e -- "$p") || exit 1; fi
    elif [ -e "$p" ] || [ -L "$p" ]; then
      refuse "it is no regular file"
    fi
    d=$(dirname -- "$p") && (umask 022; mkdir -p -- "$d") || exit 1
    umask 077
    t=$d/.${p##*/}.$$
    gone='trap "" HUP INT TERM; rm -f -- "$t"'
    trap "$gone" EXIT
    trap "$gone; exit 1" HUP INT TERM
    rm -f -- "$t" && set -C && exec 3>"$t" 4<&0 || exit 1
    head -c "$2" <&4 >&3 & wait $! || exit 1
    exec 3>&- 4<&-
    IFS= read -r want || exit 1
    have=$(sha256sum <"$t") || exit 1
    have=${have%% *}
    [ "$have" = "$want" ] || { echo "SHA-256 is $have, sent was $want" >&2; exit 93; }
    chmod -- "$3" "$t" || exit 1
    sync -- "$t" 2>/dev/null || sync
    mv -f -T -- "$t" "$p" || exit 1
    trap - EXIT
    sync -- "$d" 2>/dev/null || sync
    """

  /// Sends a line with a regular file's size and mode, its content, and its SHA-256 on the error
  /// stream.
  ///
  /// Takes: path. A file that grows is read up to the size it had; one without a size, such as
  /// those of `/proc`, cannot be read twice alike and goes without a checksum.
  private static let send = """
    [ ! -d "$1" ] || { echo "it is a folder" >&2; exit 1; }
    about=$(stat -L -c '%s %a' -- "$1") || exit 1
    [ -f "$1" ] || { echo "it is no regular file" >&2; exit 1; }
    size=${about% *}
    echo "$about"
    if [ "$size" -eq 0 ]; then exec cat -- "$1"; fi
    head -c "$size" -- "$1" || exit 1
    sum=$(head -c "$size" -- "$1" | sha256sum) && echo "${sum%% *}" >&2
    """

  private func rootShell(_ script: String, _ words: [String]) throws(ForgeError) -> String {
    (endpoint.user == "root" ? "" : "sudo -n ")
      + (try ShellCommand.line(["sh", "-c", script, "sh"] + words))
  }

  /// Writes a file on the node: to a temporary name in the same folder first, checked by SHA-256,
  /// flushed to disk, then renamed.
  ///
  /// Missing folders are made (mode 0755). `progress` gets the bytes sent so far. The content is
  /// read in chunks. Throws category `configuration` for a local file that cannot be read, `step`
  /// with what the node said when it cannot be written, disposition `retry` when it arrived
  /// damaged.
  package func upload(
    _ content: ByteSource, to path: String, mode: UInt16, timeout: Duration,
    progress: (@Sendable (Int64) -> Void)?
  ) async throws(ForgeError) {
    let line = try rootShell(
      Self.receive, [path, String(content.count), String(mode & 0o7777, radix: 8)])
    let outcome = try await perform(
      line, input: InputReader(content, trailer: .checksum, progress: progress),
      limit: Self.answerLimit, isPrivileged: true, timeout: timeout)
    guard outcome.status != .exited(0) else { return }
    let said = CommandResult(outcome).standardError
    throw ForgeError(
      .step, "\(path) cannot be written", on: endpoint.node.description,
      observed: said.isEmpty ? "\(outcome.status)" : SSHErrors.oneLine(said),
      disposition: outcome.status == .exited(ExitCode.damaged) ? .retry : .afterFix)
  }

  /// Reads a regular file in pieces, checked by SHA-256 at the end.
  ///
  /// Throws category `step` with what the node said when it cannot be read, and ends as soon as the
  /// node sends more than the size that it announced.
  package func download(
    _ path: String, timeout: Duration,
    receive: @escaping @Sendable (RemoteFile, [UInt8]) throws(ForgeError) -> Void
  ) async throws(ForgeError) -> RemoteFile {
    @Sendable func refuse(
      _ observed: String, _ disposition: ForgeError.Disposition
    ) -> ForgeError {
      ForgeError(
        .step, "\(path) cannot be read", on: endpoint.node.description, observed: observed,
        disposition: disposition)
    }
    let incoming = Locked(IncomingFile())
    let outcome = try await perform(
      rootShell(Self.send, [path]), collects: false, isPrivileged: true, timeout: timeout
    ) { (chunk) throws(ForgeError) in
      let taken: (RemoteFile, [UInt8])?
      do throws(IncomingFile.Refusal) {
        taken = try incoming.withLock { (file) throws(IncomingFile.Refusal) in
          try file.take(chunk)
        }
      } catch {
        throw refuse(error.reason, .final)
      }
      guard let (file, piece) = taken else { return }
      try receive(file, piece)
    }
    let (came, sum, said) = incoming.withLock { ($0.file, $0.sum, $0.said) }
    guard outcome.status == .exited(0), let file = came else {
      throw refuse(said.isEmpty ? "\(outcome.status)" : said, .afterFix)
    }
    guard file.size == 0 || sum == said else {
      throw refuse("it changed while it was read", .retry)
    }
    return file
  }
}

/// A file on its way from a node, as the stream of ``SSHConnection/download(_:timeout:receive:)``
/// brings it.
struct IncomingFile: ~Copyable {
  /// Why no more is taken.
  struct Refusal: Error {
    var reason: String
  }

  private static let saidLimit = 4096
  /// Two numbers and a newline.
  private static let headLimit = 64
  /// The most bytes of a file that announces none, as those of `/proc` and `/sys` do.
  static let unsizedLimit: Int64 = 16 << 20

  private(set) var file: RemoteFile?
  private var head: [UInt8] = []
  private var errors: [UInt8] = []
  private var hash = SHA256()
  private var count: Int64 = 0

  /// What the node said on standard error: the checksum when all went well.
  var said: String { SSHErrors.oneLine(String(decoding: errors, as: UTF8.self)) }
  /// The checksum of what came.
  var sum: String { SHA256Sum(hash).description }

  /// Takes a chunk in; gives the content that it holds.
  mutating func take(_ chunk: OutputChunk) throws(Refusal) -> (RemoteFile, [UInt8])? {
    switch chunk {
    case .standardError(let bytes):
      errors = Array((errors + bytes).suffix(Self.saidLimit))
      return nil
    case .standardOutput(let bytes):
      if let file { return try take(bytes, of: file) }
      head += bytes
      guard let end = head.prefix(Self.headLimit).firstIndex(of: 0x0A) else {
        guard head.count < Self.headLimit else { throw Self.noHead }
        return nil
      }
      let words = String(decoding: head[..<end], as: UTF8.self).split(separator: " ")
      guard words.count == 2, let size = NodeNumbers.Size.read(words[0]),
        let mode = UInt16(words[1], radix: 8)
      else { throw Self.noHead }
      let file = RemoteFile(size: size, mode: mode & 0o777)
      self.file = file
      let piece = Array(head[(end + 1)...])
      head = []
      return piece.isEmpty ? nil : try take(piece, of: file)
    }
  }

  private mutating func take(
    _ piece: [UInt8], of file: RemoteFile
  ) throws(Refusal) -> (RemoteFile, [UInt8]) {
    count += Int64(piece.count)
    guard count <= (file.size == 0 ? Self.unsizedLimit : file.size) else {
      throw Refusal(
        reason: file.size == 0
          ? "it announces no size and is larger than \(Self.unsizedLimit >> 20) MiB"
          : "the node sends more than the \(file.size) bytes that it announced")
    }
    hash.update(piece.span)
    return (file, piece)
  }

  private static let noHead = Refusal(reason: "the node sends no size and mode first")
}

extension SSHErrors {
  /// The last lines of a text on one line.
  static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).suffix(3).joined(separator: " / ")
  }
}
