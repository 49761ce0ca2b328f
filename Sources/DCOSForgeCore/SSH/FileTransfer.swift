import Crypto

extension SSHConnection {
  private enum ExitCode {
    static let damaged: Int32 = 93
    static let tooLarge: Int32 = 94
  }

  /// Puts a file in place as a whole or not at all; missing folders above it are made.
  ///
  /// Takes: path, size, mode. Input: the content, then its SHA-256 and a newline. `head -c` takes exactly
  /// the size off the stream, so that the checksum can follow without the content being read twice. The
  /// temporary name is known before the file is there, and `wait`, unlike a program in the foreground,
  /// ends with the signal (a shell loses one that strikes between `fork` and `exec`): a hang-up at any
  /// time removes the file, and what still writes has no name to make it again.
  private static let receive = """
    p=$1
    d=$(dirname -- "$p") && (umask 022; mkdir -p -- "$d") || exit 1
    umask 077
    t=$d/.${p##*/}.$$
    trap 'rm -f -- "$t"' EXIT
    trap 'trap "" HUP INT TERM; exit 1' HUP INT TERM
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

  /// Sends a file's content, then its SHA-256 on the error stream.
  ///
  /// Takes: path, limit. A file that grows is read up to the size it had; one without a size, such as
  /// those of `/proc`, cannot be read twice alike and goes without a checksum.
  private static let send = """
    size=$(stat -L -c %s -- "$1") || exit 1
    [ "$size" -le "$2" ] || { echo "it has $size bytes, limit $2" >&2; exit 94; }
    if [ "$size" -eq 0 ]; then head -c "$(($2 + 1))" -- "$1"; exit; fi
    head -c "$size" -- "$1" || exit 1
    sum=$(head -c "$size" -- "$1" | sha256sum) && echo "${sum%% *}" >&2
    """

  private func rootShell(_ script: String, _ words: [String]) throws(ForgeError) -> String {
    (endpoint.user == "root" ? "" : "sudo -n ")
      + (try RemoteCommand.line(["sh", "-c", script, "sh"] + words))
  }

  /// Writes a file on the node: to a temporary name in the same folder first, checked by SHA-256,
  /// flushed to disk, then renamed.
  ///
  /// Missing folders are made (mode 0755). `progress` gets the bytes sent so far. The content is read
  /// in chunks. Throws category `configuration` for a local file that cannot be read, `step` with
  /// what the node said when it cannot be written, disposition `retry` when it arrived damaged.
  public func upload(
    _ content: ByteSource, to path: String, mode: UInt16, timeout: Duration,
    progress: (@Sendable (Int64) -> Void)?
  ) async throws(ForgeError) {
    let line = try rootShell(
      Self.receive, [path, String(content.count), String(mode & 0o7777, radix: 8)])
    let outcome = try await perform(
      line, input: InputReader(content, trailer: .checksum, progress: progress),
      isPrivileged: true, timeout: timeout)
    guard outcome.status != .exited(0) else { return }
    let said = CommandResult(outcome).standardError
    throw ForgeError(
      .step, "\(path) cannot be written", on: endpoint.node.description,
      observed: said.isEmpty ? "\(outcome.status)" : SSHErrors.oneLine(said),
      disposition: outcome.status == .exited(ExitCode.damaged) ? .retry : .afterFix)
  }

  /// Reads a file of at most `limit` bytes, checked by SHA-256.
  ///
  /// Throws category `step` with what the node said when it is larger or cannot be read.
  public func download(
    _ path: String, limit: Int, timeout: Duration
  ) async throws(ForgeError) -> [UInt8] {
    let outcome = try await perform(
      rootShell(Self.send, [path, String(limit)]), isPrivileged: true, timeout: timeout)
    func refuse(_ observed: String, _ disposition: ForgeError.Disposition) -> ForgeError {
      ForgeError(
        .step, "\(path) cannot be read", on: endpoint.node.description, observed: observed,
        disposition: disposition)
    }
    let said = SSHErrors.oneLine(String(decoding: outcome.standardError, as: UTF8.self))
    guard outcome.status == .exited(0) else {
      throw refuse(said.isEmpty ? "\(outcome.status)" : said, .afterFix)
    }
    guard outcome.standardOutput.count <= limit else {
      throw refuse("it has more than \(limit) bytes", .afterFix)
    }
    let sum = SHA256.hash(data: outcome.standardOutput).map(InputReader.hexadecimal).joined()
    guard said.isEmpty || said == sum else {
      throw refuse("it changed while it was read", .retry)
    }
    return outcome.standardOutput
  }
}

extension SSHErrors {
  /// The last lines of a text on one line.
  static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).suffix(3).joined(separator: " / ")
  }
}
