/// Files that pass for what a run sends, as far as their first bytes go.
enum SampleFiles {
  /// Version 3, without a backing file.
  static let qcow2: [UInt8] =
    [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 96)
  static let installer = "#!/bin/bash\nexit 0\n#EOF#\narchive"
}
