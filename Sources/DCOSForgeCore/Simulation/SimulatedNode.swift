import ForgeRendering
import ForgePorts
package import ForgeNodeProtocol
package import ForgeModel
import FoundationEssentials

/// The inside of one simulated machine; it lives on the machine's disk and survives a reboot.
package struct SimulatedNode: Sendable {
  /// The stages of cloud-init.
  package enum CloudInit: String, Sendable {
    /// It has not come to its end.
    case running
    /// It ended well.
    case done
    /// It ended with an error.
    case error
  }

  /// A generated installation.
  struct Generated: Sendable {
    var inputs: String
    /// The SHA-256 of its `dcos_install.sh`.
    var installer: SHA256Sum
    /// The masters that its configuration names.
    var masters: [IPv4Address]
  }

  /// The node that the domain's mark names.
  package let name: NodeName
  /// Where it lives: `pool/volume`.
  package let disk: String
  /// The address it took at its last boot.
  package internal(set) var address: IPv4Address?
  /// The host name from its seed.
  package internal(set) var hostname: String
  /// The Ed25519 host key from its seed: 32 bytes, or none.
  package internal(set) var hostKey: [UInt8]
  /// The Ed25519 user keys that may log in.
  package internal(set) var authorizedKeys: [[UInt8]]
  /// Whether its domain is defined and the disk exists.
  package internal(set) var exists = true
  /// Whether guest code runs.
  package internal(set) var isUp = false
  /// How often it has booted.
  package internal(set) var boots = 0
  /// Whether its sshd answers.
  package internal(set) var isListening = false
  /// Whether its power was cut in its first boot, which tears what cloud-init writes once: it never
  /// listens.
  package internal(set) var isTorn = false
  /// Whether nothing on the disk is the machine's own, so that disks made over it boot for the
  /// first time.
  package internal(set) var isSealed = false
  /// How far cloud-init is.
  package internal(set) var cloudInit = CloudInit.running
  /// How time was configured by us; nil for the image's own way.
  package internal(set) var time: TimeSettings?
  /// Whether the kernel counts the clock as synchronised.
  package internal(set) var isClockSynchronised = false
  /// The prerequisites that are right now, by item.
  package internal(set) var satisfied: Set<String> = []
  /// The files that were uploaded, and that of its host key.
  package internal(set) var files: [String: ByteSource] = [:]
  /// Their permission bits.
  var modes: [String: UInt16] = [:]
  /// The container that serves the installation.
  package internal(set) var serving: Serving?
  /// How far DC/OS is installed.
  package internal(set) var dcos = DCOSState.absent
  /// Whether ZooKeeper and Exhibitor run.
  package internal(set) var runsZooKeeper = false
  /// Whether Mesos knows that the agent is gone for good.
  var isGone = false
  /// Whether every component that the node's role has answers well.
  package internal(set) var isSettled = false

  /// What its Exhibitor saw at its last look.
  var exhibitorView: [SimulatedEnsemble.Member] = []
  /// What DC/OS was installed from; a fresh disk has none.
  var installedFrom: String?
  var generated: Generated?
  var generation: (wanted: Generation, ends: Moment)?
  var generationFailure: String?
  var installation: (wanted: Installation, begins: Moment, ends: Moment)?
  var installationFailure: String?
  /// The masters that its installation names.
  var masters: [IPv4Address] = []
  /// Whether a master's copy of Mesos' replicated log is filled.
  var hasMesosLog = false
  /// How many commands and transfers have begun on it.
  package internal(set) var commandCount = 0
  /// The clock's group of those who wait for something on this node.
  let group: Int
  var draw: SeededGenerator

  /// Makes the machine that cloud-init makes of its seed.
  init(name: NodeName, disk: String, setUpBy nocloud: Seed, group: Int, seed: UInt64) {
    self.name = name
    self.disk = disk
    hostname = nocloud.hostname ?? name.description
    hostKey = nocloud.hostKey
    authorizedKeys = nocloud.authorizedKeys
    self.group = group
    draw = SeededGenerator(seed: seed, stream: disk)
    guard let key = nocloud.privateHostKey else { return }
    files[HostKey.privatePath] = .bytes(Array(key.utf8))
    modes[HostKey.privatePath] = 0o600
  }

  /// The role that DC/OS was installed for.
  package var installedRole: NodeRole? {
    if case .installed(let role) = dcos { role } else { nil }
  }
}

extension SimulatedNode {
  /// What a guest finds in a NoCloud seed whose files lie in it as they are.
  struct Seed: Sendable {
    var hostname: String?
    var hostKey: [UInt8] = []
    var privateHostKey: String?
    var authorizedKeys: [[UInt8]] = []
    /// The address that the seed's own network settings give; it takes the place of DHCP's.
    var address: IPv4Address?

    /// Reads the few lines that matter, in YAML or JSON.
    init(_ bytes: [UInt8]) {
      for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
        let words = line.split { " \"',:".contains($0) }
        switch words.first {
        case "local-hostname" where words.count > 1:
          hostname = String(words[1])
        case "ed25519_public":
          hostKey = HostKey.publicKey(inLine: words.dropFirst().joined(separator: " ")) ?? []
        case "ed25519_private":
          privateHostKey = Self.value(in: line)
        case "ssh-ed25519":
          if let key = HostKey.publicKey(inLine: words.joined(separator: " ")) {
            authorizedKeys.append(key)
          }
        case "address" where words.count > 1:
          address = words[1].split(separator: "/").first.flatMap { IPv4Address($0) } ?? address
        default: break
        }
      }
    }

    /// The string behind the name in a line of JSON.
    private static func value(in line: Substring) -> String? {
      guard let colon = line.firstIndex(of: ":"), let end = line.lastIndex(of: "\"") else {
        return nil
      }
      let text = line[line.index(after: colon)...end]
      return try? JSONDecoder().decode(String.self, from: Data(text.utf8))
    }
  }
}
