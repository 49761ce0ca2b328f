package import ForgeModel
import FoundationXML

/// The XML of volumes (`https://libvirt.org/formatstorage.html`).
package enum VolumeXML {
  /// The volume that an overlay is made on, as libvirt knows it.
  package struct Backing: Hashable, Sendable {
    /// Its path on the hypervisor's host.
    var path: String
    var format: String

    package init(path: String, format: String) {
      self.path = path
      self.format = format
    }
  }

  /// A sparse volume.
  ///
  /// Base images are readable by everybody, because the emulator's user reads them through
  /// overlays; overlays and seeds hold secrets and are for their owner, whom libvirt changes when a
  /// domain starts.
  package static func render(_ volume: VolumeDefinition, backing: Backing?) -> String {
    let isBase = volume.format == .qcow2 && backing == nil
    return XMLElement(
      "volume", ["type": "file"],
      [
        XMLElement("name", text: volume.name),
        XMLElement("capacity", ["unit": "bytes"], text: String(volume.capacity.bytes)),
        XMLElement("allocation", ["unit": "bytes"], text: "0"),
        XMLElement(
          "target", [:],
          [
            XMLElement("format", ["type": volume.format.rawValue]),
            XMLElement(
              "permissions", [:], [XMLElement("mode", text: isBase ? "0644" : "0600")]),
            volume.format == .qcow2 ? XMLElement("compat", text: "1.1") : nil,
          ]),
        backing.map {
          XMLElement(
            "backingStore", [:],
            [
              XMLElement("path", text: $0.path),
              XMLElement("format", ["type": $0.format]),
            ])
        },
      ]
    ).rendered
  }

  /// The format of a volume that libvirt dumped; nil when it has none.
  package static func format(in xml: String) -> String? {
    XMLTree(xml, root: "volume")?.first("target")?.first("format")?["type"]
  }
}
