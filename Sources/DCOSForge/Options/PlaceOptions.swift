import ArgumentParser

/// The options that say which cluster it is, and where its state folder is.
struct PlaceOptions: ParsableArguments {
  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var folder: FolderOptions

  /// Reads the cluster file and opens the cluster's state folder.
  func open() throws -> Session { try folder.open(cluster) }
}
