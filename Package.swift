// swift-tools-version: 6.2
import PackageDescription

// CI sets it; what a newer compiler warns of must not stop a user's build.
let refusesWarnings = Context.environment["DCOSFORGE_REFUSE_WARNINGS"] != nil

// CI sets it, too: the simulation lives thousands of lives. The tests themselves stay as they are.
let optimizesCore = Context.environment["DCOSFORGE_OPTIMIZE_CORE"] != nil

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

// A C library of the system (whose apt package the package manager names when it is missing)
// and our shims over it, so that a changed shim header rebuilds what includes it. Without `pkgConfig`
// it is not linked: its shim loads it when it is needed.
func shim(_ name: String, pkgConfig: String?, apt: String, yum: String) -> [Target] {
  [
    .systemLibrary(
      name: name + "System", path: "Sources/\(name)/System", pkgConfig: pkgConfig,
      providers: [.apt([apt]), .yum([yum])]),
    .target(
      name: name, dependencies: [.target(name: name + "System")], path: "Sources/\(name)",
      exclude: ["System"], cSettings: refusesWarnings ? [.treatAllWarnings(as: .error)] : []),
  ]
}

let package = Package(
  name: "dcosforge",
  products: [.executable(name: "dcosforge", targets: ["DCOSForge"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: shim("CLibvirt", pkgConfig: nil, apt: "libvirt-dev", yum: "libvirt-devel")
    + shim("CSSH2", pkgConfig: "libssh2", apt: "libssh2-1-dev", yum: "libssh2-devel")
    + shim("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev", yum: "libyaml-devel")
    + [
      .target(
        name: "DCOSForgeCore",
        dependencies: [
          "CLibvirt", "CSSH2", "CYAML",
          .product(name: "Crypto", package: "swift-crypto"),
          .product(name: "Subprocess", package: "swift-subprocess"),
          .product(name: "SystemPackage", package: "swift-system"),
        ],
        // The scripts that nodes run become part of the executable: no bundle at run time.
        resources: [.embedInCode("Resources")],
        swiftSettings: strict + (optimizesCore ? [.unsafeFlags(["-O"])] : [])),
      .target(name: "CTerminal", path: "Sources/DCOSForge/CTerminal"),
      .executableTarget(
        name: "DCOSForge",
        dependencies: [
          "DCOSForgeCore", "CTerminal",
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
          .product(name: "SystemPackage", package: "swift-system"),
        ],
        exclude: ["CTerminal"],
        swiftSettings: strict),
      .testTarget(
        name: "DCOSForgeCoreTests",
        dependencies: [
          "DCOSForgeCore", "DCOSForge",
          .product(name: "Subprocess", package: "swift-subprocess"),
          .product(name: "SystemPackage", package: "swift-system"),
        ],
        exclude: ["Goldens", "DCOS/Verdicts"], swiftSettings: strict),
    ]
)
