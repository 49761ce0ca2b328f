import Foundation

/// A JSON Schema validator of somebody else's, where the machine has one.
enum PythonValidator {
  private static let launcher = "/usr/bin/env"

  static var isThere: Bool { (try? run("import jsonschema", input: Data())) != nil }

  /// Whether each document is valid.
  static func judge(_ documents: [String], by schema: String) throws -> [Bool] {
    let script = """
      import json, sys, jsonschema
      schema, *documents = [json.loads(text) for text in json.load(sys.stdin)]
      validator = jsonschema.validators.validator_for(schema)
      assert validator is jsonschema.Draft202012Validator
      validator.check_schema(schema)
      print(json.dumps([validator(schema).is_valid(document) for document in documents]))
      """
    let output = try run(script, input: try JSONEncoder().encode([schema] + documents))
    return try JSONDecoder().decode([Bool].self, from: output)
  }

  private static func run(_ script: String, input: Data) throws -> Data {
    let process = Process()
    let (stdin, stdout) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: launcher)
    process.arguments = ["python3", "-c", script]
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = FileHandle.nullDevice
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: input)
    try stdin.fileHandleForWriting.close()
    let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    return output
  }
}
