/// A content that a run sends, to the hypervisor or to the bootstrap node.
package enum Artifact: Sendable {
  case image
  case installer
  case nginxArchive

  /// What errors call it.
  var name: String {
    switch self {
    case .image: "the node image"
    case .installer: "the DC/OS installer"
    case .nginxArchive: "the nginx archive"
    }
  }

  /// The place in the cluster file that names it.
  var key: String {
    switch self {
    case .image: "image.source"
    case .installer: "dcos.installer.source"
    case .nginxArchive: "dcos.nginx.archive"
    }
  }

  /// What it must be.
  var wanted: String {
    switch self {
    case .image: "a qcow2 image"
    case .installer: "dcos_generate_config.sh of the release: a script with an archive behind it"
    case .nginxArchive: "an archive that `docker save` wrote"
    }
  }

  /// `docker load` unpacks three forms of compression by itself.
  func accepts(_ form: FileForm) -> Bool {
    switch self {
    case .image: form == .qcow2
    case .installer: form == .installer
    case .nginxArchive: [.tar, .gzip, .bzip2, .xz].contains(form)
    }
  }
}

/// What a file is, by its first bytes.
enum FileForm: String, CaseIterable {
  case empty = "empty"
  case zeros = "filled with zeros"
  case qcow2 = "a qcow2 image"
  case dependentImage = "a qcow2 image that needs another file"
  case disk = "a disk image of another format"
  case disc = "an ISO image"
  case xz = "compressed with xz"
  case gzip = "compressed with gzip"
  case bzip2 = "compressed with bzip2"
  case zstd = "compressed with zstd"
  case zip = "a zip archive"
  case tar = "a tar archive"
  case installer = "an installer"
  case script = "a script without an archive"
  case markup = "a web page"
  case pointer = "a Git LFS pointer"
  case unknown = "of no known form"

  /// How many bytes are looked at: an ISO image says what it is after 32 KiB.
  static let headLength = 34 << 10

  /// The first that fits counts: an ISO image may begin as a disk does.
  ///
  /// Sources: file(1)'s magic files; QEMU's docs/interop/qcow2.txt.
  private static let signs: [(form: FileForm, offset: Int, bytes: [UInt8])] = [
    (.qcow2, 0, [0x51, 0x46, 0x49, 0xFB]),
    (.xz, 0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]),
    (.gzip, 0, [0x1F, 0x8B]),
    (.bzip2, 0, Array("BZh".utf8)),
    (.zstd, 0, [0x28, 0xB5, 0x2F, 0xFD]),
    (.zip, 0, [0x50, 0x4B, 3, 4]),
    (.script, 0, Array("#!".utf8)),
    (.pointer, 0, Array("version https://git-lfs.github.com/spec/".utf8)),
    (.tar, 257, Array("ustar".utf8)),
    (.disc, 32_769, Array("CD001".utf8)),
    (.disk, 0, Array("KDMV".utf8)),
    (.disk, 0, Array("vhdxfile".utf8)),
    (.disk, 0, Array("conectix".utf8)),
    (.disk, 64, [0x7F, 0x10, 0xDA, 0xBE]),
    (.disk, 510, [0x55, 0xAA]),
    (.disk, 512, Array("EFI PART".utf8)),
  ]

  /// Reads the form off the first ``headLength`` bytes, or all of a shorter file.
  init(head: [UInt8]) {
    let sign = Self.signs.first { head.dropFirst($0.offset).starts(with: $0.bytes) }
    switch sign?.form {
    case .qcow2: self = Self.needsAnotherFile(head) ? .dependentImage : .qcow2
    case .script: self = head.contains(Array("\n#EOF#\n".utf8)) ? .installer : .script
    case .some(let form): self = form
    case nil:
      let text = head.drop { $0 == 0xEF || $0 == 0xBB || $0 == 0xBF || $0 <= 0x20 }
      if head.isEmpty {
        self = .empty
      } else if head.allSatisfy({ $0 == 0 }) {
        self = .zeros
      } else {
        self = text.first == UInt8(ascii: "<") ? .markup : .unknown
      }
    }
  }

  /// Bytes 8 to 15 say where the name of a backing file is; bit 2 of bytes 72 to 79, from version 3
  /// on, that the data lie in a file of their own.
  private static func needsAnotherFile(_ head: [UInt8]) -> Bool {
    let hasBacking = head.dropFirst(8).prefix(8).contains { $0 != 0 }
    return hasBacking || head.count > 79 && head[7] >= 3 && head[79] & 4 != 0
  }

  /// What unpacks it.
  private var unpacker: String? {
    switch self {
    case .xz: "xz -d"
    case .gzip: "gzip -d"
    case .bzip2: "bzip2 -d"
    case .zstd: "zstd -d"
    case .zip: "unzip"
    default: nil
    }
  }

  /// What to do when an artifact has this form and must not.
  func advice(for artifact: Artifact, isRemote: Bool) -> String {
    if let unpacker {
      let download = isRemote ? "download it, " : ""
      return "\(download)unpack it with `\(unpacker) FILE` and name the result in \(artifact.key)"
    }
    switch (self, artifact) {
    case (.markup, _):
      return isRemote
        ? "the URL gives a web page: open it in a browser, and name the file's own URL"
        : "a web page was saved in its place: download the file by its own URL"
    case (.pointer, _): return "`git lfs pull` in its repository brings the content"
    case (.empty, _), (.zeros, _):
      return "a transfer was cut off, or a disk was full: bring the file again"
    case (.disk, .image), (.dependentImage, .image):
      return "`qemu-img convert -O qcow2 FILE NEW` makes one: name NEW in \(artifact.key)"
    case (.disc, .image):
      return "an installation disc holds no installed system: name a cloud image"
    default: return "check which file \(artifact.key) names"
    }
  }
}
