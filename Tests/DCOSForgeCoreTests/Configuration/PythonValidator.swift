@testable import ForgeModel
import Foundation

@testable import DCOSForgeCore

/// A JSON Schema validator of somebody else's, where the machine has one.
enum PythonValidator {
  static func isThere() async -> Bool {
    (try? await run("import jsonschema", input: "")) != nil
  }

  /// Whether each document is valid.
  static func evaluate(_ documents: [String], by schema: String) async throws -> [Bool] {
    let script = """
      import json, sys, jsonschema
      schema, *documents = [json.loads(text) for text in json.load(sys.stdin)]
      validator = jsonschema.validators.validator_for(schema)
      assert validator is jsonschema.Draft202012Validator
      validator.check_schema(schema)
      print(json.dumps([validator(schema).is_valid(document) for document in documents]))
      """
    let input = try JSONEncoder().encode([schema] + documents)
    let output = try await run(script, input: String(decoding: input, as: UTF8.self))
    return try JSONDecoder().decode([Bool].self, from: Data(output.utf8))
  }

  private static func run(_ script: String, input: String) async throws -> String {
    let result = try await LocalProgram.run(
      ["/usr/bin/env", "python3", "-c", script], input: input)
    guard result.succeeded else { throw CocoaError(.executableLoad) }
    return result.standardOutput
  }
}
