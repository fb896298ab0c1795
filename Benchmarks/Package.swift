// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "relief-dist", path: "..")],
  targets: [
    .executableTarget(
      name: "kernel-bench", dependencies: [.product(name: "Tensors", package: "relief-dist")],
      path: "Sources/KernelBench"),
    .executableTarget(
      name: "collective-bench",
      dependencies: [
        .product(name: "Tensors", package: "relief-dist"),
        .product(name: "Communication", package: "relief-dist"),
      ], path: "Sources/CollectiveBench"),
  ]
)
