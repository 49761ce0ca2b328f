package import ForgeSupport

/// The JSON Schema (draft 2020-12) of the cluster file, for editors and other tools.
///
/// It holds what one key alone can break; `validate` checks the rest.
package enum ClusterFileSchema {
  package static var value: JSONValue {
    let file = JSONValue.section(ClusterFile.description)
    let reference = JSONValue.object([
      "type": "string", "pattern": "\\$\\{env:[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}",
      "description": "A value with references to environment variables",
    ])
    return JSONValue.object([
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "dcosforge cluster file",
      "$defs": .object(["reference": reference]),
    ]).adding(file.members)
  }
}
