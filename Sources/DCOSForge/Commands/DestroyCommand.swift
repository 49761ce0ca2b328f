import ForgeModel
import ArgumentParser
import DCOSForgeCore

/// Removes a cluster.
struct DestroyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy",
    abstract: "Remove everything of the cluster from the hypervisor.",
    discussion: """
      The state folder stays, with the keys and the journal.

      Examples:
        dcosforge destroy
        dcosforge destroy --keep-image --yes
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var color: ColorOptions
  @OptionGroup var lock: LockOptions
  @OptionGroup var confirmation: Confirmation

  @Flag(help: "Keep the pool and the base image, so that the next up need not upload it.")
  var keepImage = false

  func run() async throws {
    let session = try place.open()
    try await session.locked("destroy", lock) {
      let destroy = Destroy(session.spec, context: try session.context(), keepingImage: keepImage)
      let inventory = try await destroy.inventory()
      guard !inventory.isEmpty else { return }
      Console.standard.printNote(inventory.map { "  " + $0 }.joined(separator: "\n"))
      try await confirmation.confirm("This removes all of the above.", session.spec)
      try await destroy.run()
    }
    Console.standard.printResult(
      "\(session.spec.name): 0 owned objects left" + (keepImage ? " but the base image" : ""))
  }
}
