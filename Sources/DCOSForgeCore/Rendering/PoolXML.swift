package import ForgeModel
import FoundationXML

/// The XML of storage pools (`https://libvirt.org/formatstorage.html`).
package enum PoolXML {
  /// A directory pool whose folder everybody may pass through and only root may list.
  package static func render(_ pool: PoolDefinition) -> String {
    XMLElement(
      "pool", ["type": "dir"],
      [
        XMLElement("name", text: pool.name),
        XMLElement("uuid", text: pool.uuid),
        XMLElement(
          "target", [:],
          [
            XMLElement("path", text: pool.path),
            XMLElement("permissions", [:], [XMLElement("mode", text: "0711")]),
          ]),
      ]
    ).rendered
  }

  /// The folder of a pool that libvirt dumped; nil when it has none.
  package static func path(in xml: String) -> String? {
    XMLTree(xml, root: "pool")?.first("target")?.first("path")?.text
  }
}
