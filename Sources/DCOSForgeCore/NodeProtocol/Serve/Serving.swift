package import ForgeModel

/// The container that serves the installation.
package struct Serving: Hashable, Sendable {
  /// The folder on the bootstrap node that holds `genconf/serve`.
  package var folder: String
  /// The Docker image.
  package var image: String
  /// The uploaded archive of the image; nil lets Docker pull it.
  package var archive: String?
  /// The bootstrap node's own address, the only one that the port is open at.
  package var address: IPv4Address
  /// The port on the bootstrap node.
  package var port: Int

  /// `ADDRESS:PORT`, as Docker publishes it.
  var published: String { "\(address):\(port)" }

  /// Makes a container.
  package init(folder: String, image: String, archive: String?, address: IPv4Address, port: Int) {
    self.folder = folder
    self.image = image
    self.archive = archive
    self.address = address
    self.port = port
  }
}
