// swift-tools-version: 6.2
import PackageDescription

// CI sets it; what a newer compiler warns of must not stop a user's build.
let refusesWarnings = Context.environment["DCOSFORGE_REFUSE_WARNINGS"] != nil

// CI sets it, too: what thousands of simulation runs pass through is optimised. Other floors, and
// the tests themselves, would take longer to compile than they save.
let optimizesCore = Context.environment["DCOSFORGE_OPTIMIZE_CORE"] != nil
let optimized: Set = [
  "Support", "Model", "NodeProtocol", "Health", "Planning", "Ports", "Events", "Simulation",
]

// The sanitizers set it: folders and files of the tests, without the executable, for a shorter
// build.
let partOfTests = Context.environment["DCOSFORGE_PART_OF_TESTS"]?.split(separator: " ").map(
  String.init)

// What the newest language mode will demand, switched on early.
let strict: [SwiftSetting] =
  (refusesWarnings ? [.treatAllWarnings(as: .error)] : []) + [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
  ]

// A C library of the system (whose apt package the package manager names when it is missing) and
// our shims over it, so that a changed shim header rebuilds what includes it. Without `pkgConfig`
// it is not linked: its shim loads it when it is needed.
func shim(
  _ name: String, in folder: String = "Sources", pkgConfig: String?, apt: String, yum: String
) -> [Target] {
  [
    .systemLibrary(
      name: name + "System", path: "\(folder)/\(name)/System", pkgConfig: pkgConfig,
      providers: [.apt([apt]), .yum([yum])]),
    .target(
      name: name, dependencies: [.target(name: name + "System")], path: "\(folder)/\(name)",
      exclude: ["System"], cSettings: refusesWarnings ? [.treatAllWarnings(as: .error)] : []),
  ]
}

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

/// A folder of `Sources/DCOSForgeCore` that is a target of its own.
func floor(
  _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
  resources: [Resource] = []
) -> Target {
  .target(
    name: "Forge" + name, dependencies: dependencies, path: "Sources/DCOSForgeCore/" + name,
    exclude: exclude, resources: resources,
    swiftSettings: strict
      + (optimizesCore && optimized.contains(name) ? [.unsafeFlags(["-O"])] : []))
}

// From the ground up: a floor knows those it names, never one above. docs/architecture.md shows
// them.
let floors: [Target] = [
  floor("Support", ["CCrypto"], exclude: ["CCrypto"]),
  floor("Model", ["ForgeSupport"]),
  floor("DCOS", ["ForgeSupport", "ForgeModel"]),
  floor("Configuration", ["ForgeSupport", "ForgeModel", "ForgeDCOS", "CYAML", systemPackage]),
  floor("Genconf", ["ForgeSupport", "ForgeModel", "ForgeConfiguration", "ForgeDCOS"]),
  // The scripts that nodes run become part of the executable: no bundle at run time.
  floor(
    "NodeProtocol", ["ForgeSupport", "ForgeModel", "ForgeDCOS"],
    resources: [.embedInCode("Scripts")]),
  floor("Health", ["ForgeSupport", "ForgeModel", "ForgeDCOS", "ForgeNodeProtocol"]),
  floor("Rendering", ["ForgeModel"]),
  floor("Planning", ["ForgeSupport", "ForgeModel", "ForgeNodeProtocol"]),
  floor("Ports", ["ForgeSupport", "ForgeModel", "ForgeNodeProtocol"]),
  .target(name: "CKeys", path: "Sources/DCOSForgeCore/Keys/CKeys"),
  floor(
    "Keys", ["ForgeSupport", "ForgeModel", "CKeys", systemPackage], exclude: ["CKeys"]),
  floor(
    "Events", ["ForgeSupport", "ForgeModel", "ForgePlanning", "ForgeKeys", systemPackage]),
  floor(
    "Libvirt",
    [
      "ForgeSupport", "ForgeModel", "ForgePorts", "ForgeRendering", "CLibvirt", subprocess,
      systemPackage,
    ]),
  floor(
    "SSH",
    [
      "ForgeSupport", "ForgeModel", "ForgeNodeProtocol", "ForgePorts", "ForgeKeys", "CSSH2",
      systemPackage,
    ]),
  floor(
    "Simulation",
    [
      "ForgeSupport", "ForgeModel", "ForgeDCOS", "ForgeNodeProtocol", "ForgeRendering",
      "ForgePlanning", "ForgePorts", "ForgeKeys", "ForgeEvents",
    ]),
  .target(
    name: "DCOSForgeCore",
    dependencies: [
      "ForgeSupport", "ForgeModel", "ForgeConfiguration", "ForgeDCOS", "ForgeGenconf",
      "ForgeNodeProtocol", "ForgeHealth", "ForgeRendering", "ForgePlanning", "ForgePorts",
      "ForgeEvents", "ForgeKeys", "ForgeSSH", "ForgeSimulation",
      subprocess, systemPackage,
    ],
    path: "Sources/DCOSForgeCore",
    exclude: [
      "Configuration", "DCOS", "Events", "Genconf", "Health", "Keys", "Libvirt", "Model",
      "NodeProtocol", "Planning", "Ports", "Rendering", "SSH", "Simulation", "Support",
    ],
    swiftSettings: strict + (optimizesCore ? [.unsafeFlags(["-O"])] : [])),
]
let floorNames: [Target.Dependency] = floors.map { .target(name: $0.name) }

let executable: [Target] = [
  .target(name: "CTerminal", path: "Sources/DCOSForge/CTerminal"),
  .executableTarget(
    name: "DCOSForge",
    dependencies: floorNames + ["CTerminal", argumentParser, systemPackage],
    exclude: ["CTerminal"],
    swiftSettings: strict),
]

let package = Package(
  name: "dcosforge",
  products: partOfTests == nil ? [.executable(name: "dcosforge", targets: ["DCOSForge"])] : [],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: shim("CLibvirt", pkgConfig: nil, apt: "libvirt-dev", yum: "libvirt-devel")
    + shim("CSSH2", pkgConfig: "libssh2", apt: "libssh2-1-dev", yum: "libssh2-devel")
    + shim("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev", yum: "libyaml-devel")
    + shim(
      "CCrypto", in: "Sources/DCOSForgeCore/Support", pkgConfig: "libcrypto", apt: "libssl-dev",
      yum: "openssl-devel")
    + floors
    + (partOfTests == nil ? executable : [])
    + [
      .testTarget(
        name: "DCOSForgeCoreTests",
        dependencies: floorNames + (partOfTests == nil ? ["DCOSForge"] : [])
          + [subprocess, systemPackage],
        exclude: ["Goldens", "Genconf/Verdicts", "Genconf/Reports"], sources: partOfTests,
        swiftSettings: strict)
    ]
)
