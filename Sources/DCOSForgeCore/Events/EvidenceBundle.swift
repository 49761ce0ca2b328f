import ForgeSupport
import ForgeModel

/// Everything that may explain a fault, as files of text; what goes in has its secrets taken out.
package struct EvidenceBundle: Sendable {
  /// One file.
  package struct File: Hashable, Sendable {
    /// Its path in the archive, below the archive's own folder.
    package var path: String
    /// Its content, without secrets.
    package var text: String
  }

  /// Something that could not be read, or not whole.
  package struct Gap: Hashable, Sendable {
    /// The path it would have, or the folder.
    package var path: String
    /// Why.
    package var reason: String
  }

  /// The name of the folder in the archive.
  package let name: String
  /// The files, manifest excluded.
  package private(set) var files: [File] = []
  /// What is missing.
  package private(set) var gaps: [Gap] = []
  private var paths: Set<String> = []
  /// The most bytes that all files have together: they are in memory until the archive is written.
  static let byteLimit = 256 << 20
  private var bytes = 0
  /// How many files wanted a path, those by the first use excluded.
  private var uses: [String: Int] = [:]
  private let head: [String]
  private let redaction: Redaction

  /// Begins the evidence of a cluster at a time, in milliseconds since 1970-01-01 00:00 UTC.
  ///
  /// `occasion` says why it is collected.
  package init(
    of cluster: String, at milliseconds: Int64, occasion: String, redaction: Redaction
  ) {
    name = "dcosforge-\(cluster)-\(Self.stamp(milliseconds))"
    head = [
      "Evidence of cluster \(cluster), collected \(EventRecord.iso(milliseconds)) by dcosforge "
        + ToolVersion.number, "Occasion: \(occasion)",
    ]
    self.redaction = redaction
  }

  /// A time for file names, such as `20240501T123000Z`; in the order of the text is the order of
  /// time.
  package static func stamp(_ milliseconds: Int64) -> String {
    let text = EventRecord.iso(milliseconds).prefix { $0 != "." }
    return text.filter { $0 != "-" && $0 != ":" } + "Z"
  }

  /// Takes a text in, without its secrets; a path that is taken gets a number before its ending.
  ///
  /// Beyond ``byteLimit`` it is left out, and the manifest says so.
  package mutating func add(_ path: String, _ text: String) {
    guard bytes + text.utf8.count <= Self.byteLimit else {
      return miss(path, "left out: the archive holds at most \(Self.byteLimit >> 20) MiB")
    }
    bytes += text.utf8.count
    var free = path
    while !paths.insert(free).inserted {
      let number = (uses[path] ?? 1) + 1
      uses[path] = number
      let stem = path.lastIndex(of: ".") ?? path.endIndex
      free = "\(path[..<stem])-\(number)\(path[stem...])"
    }
    files.append(File(path: free, text: redaction.text(text)))
  }

  /// Notes what could not be read.
  package mutating func miss(_ path: String, _ reason: String) {
    let line = reason.split(whereSeparator: \.isNewline).joined(separator: "; ")
    gaps.append(Gap(path: path, reason: redaction.text(line)))
  }

  /// How much there is, in one line.
  package var summary: String {
    let places = gaps.isEmpty ? "" : ", \(gaps.count.of("place")) could not be read whole"
    return files.count.of("file") + places + (gaps.isEmpty ? "" : "; MANIFEST.txt says why")
  }

  /// The list of all files, then of what could not be read and why.
  package var manifest: String {
    var table = Table(header: ["BYTES", "FILE"])
    for file in files.sorted(by: { $0.path < $1.path }) {
      table.add([String(file.text.utf8.count), file.path])
    }
    var lines = head + [""] + table.lines + [""]
    if gaps.isEmpty {
      lines.append("Everything could be read.")
    } else {
      var missing = Table(header: ["NOT READ, OR NOT WHOLE", "WHY"])
      for gap in gaps.sorted(by: { ($0.path, $0.reason) < ($1.path, $1.reason) }) {
        missing.add([gap.path, gap.reason])
      }
      lines += missing.lines
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
