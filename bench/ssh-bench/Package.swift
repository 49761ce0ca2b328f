// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "ssh-bench",
  dependencies: [.package(name: "dcosforge", path: "../..")],
  targets: [
    .executableTarget(
      name: "ssh-bench",
      dependencies: [.product(name: "DCOSForgeCore", package: "dcosforge")],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
