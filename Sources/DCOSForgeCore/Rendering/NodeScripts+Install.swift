extension NodeTask {
  /// The scripts that generate, serve, install and read DC/OS.
  var installationScript: String {
    NodeScript(files: [Array("die 'no script for this task yet' 64\n".utf8)]).text
  }
}
