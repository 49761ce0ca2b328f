/// The container that serves the installation.
package struct Serving: Hashable, Sendable {
  /// The folder on the bootstrap node that holds `genconf/serve`.
  package var folder: String
  /// The Docker image.
  package var image: String
  /// The uploaded archive of the image; nil lets Docker pull it.
  package var archive: String?
  /// The port on the bootstrap node.
  package var port: Int

  /// Makes a container.
  package init(folder: String, image: String, archive: String?, port: Int) {
    self.folder = folder
    self.image = image
    self.archive = archive
    self.port = port
  }
}
