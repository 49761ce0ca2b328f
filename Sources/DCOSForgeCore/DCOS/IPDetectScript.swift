/// The script that prints a node's address, before it has run anywhere.
package enum IPDetectScript {
  /// What is wrong with the text; empty when nothing is.
  package static func findings(_ script: [UInt8]) -> [String] {
    guard !script.isEmpty else { return ["the file is empty"] }
    var findings: [String] = []
    let text = String(validating: script, as: UTF8.self)
    if text == nil { findings.append("the file is not UTF-8, which genconf cannot read") }
    if script.starts(with: [0xEF, 0xBB, 0xBF]) {
      findings.append("a byte order mark stands before the shebang")
    }
    if script.contains(0) { findings.append("the file holds a NUL byte") }
    if script.contains(UInt8(ascii: "\r")) {
      findings.append("lines end in CR LF: the kernel would look for an interpreter ending in CR")
    }
    if !script.starts(with: Array("#!/".utf8)) && !script.starts(with: Array("#! /".utf8)) {
      findings.append("the first line is no shebang with an absolute path, such as #!/bin/bash")
    }
    return findings
  }
}
