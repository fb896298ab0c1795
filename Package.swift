// swift-tools-version: 6.2

import PackageDescription

/// Set `RELIEF_STRICT=1` to turn the compiler's warnings into errors, as continuous integration does.
let strict = Context.environment["RELIEF_STRICT"] == "1"
let swiftSettings: [SwiftSetting] = strict ? [.treatAllWarnings(as: .error)] : []

/// Set `RELIEF_SANITIZE=1` to check the C code for undefined behaviour, beside `--sanitize address`
/// (see `launch/sanitize`).
let sanitizing = Context.environment["RELIEF_SANITIZE"] == "1"
let cSettings: [CSetting] =
  (strict ? [.treatAllWarnings(as: .error)] : [])
  + (sanitizing
    ? [.unsafeFlags(["-fsanitize=undefined", "-fno-sanitize-recover=undefined"])] : [])

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies + ["TestSupport"],
    swiftSettings: swiftSettings)
}

/// Set `RELIEF_FUZZ=1` for the program that feeds mutated files to the readers (see `launch/fuzz`). Its
/// `main` is libFuzzer's, so nothing but `--sanitize fuzzer` links it.
let fuzzing: [Target] =
  Context.environment["RELIEF_FUZZ"] == "1"
  ? [
    .executableTarget(
      name: "fuzz-readers", dependencies: ["Readers"], path: "Tests/FuzzReaders",
      swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])])
  ] : []

let package = Package(
  name: "relief-dist",
  products: [
    .executable(name: "relief-dist", targets: ["relief-dist"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "Communication", targets: ["Communication"]),
    .library(name: "FaultyCalls", type: .dynamic, targets: ["FaultyCalls"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
  ],
  targets: [
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CKernels", cSettings: cSettings),
    .target(name: "CSignals", cSettings: cSettings),
    .target(name: "CMemory", cSettings: cSettings),

    library("Tensors", ["CKernels", "CMemory", "COpenBLAS"]),
    library("Networks", ["Tensors"]),
    library(
      "Storage",
      ["Tensors", "CCrypto", "CZlib", .product(name: "TOMLKit", package: "TOMLKit")]),
    library("Datasets", ["Tensors", "Storage", "CTurboJPEG"]),
    library("Communication", ["Tensors", "CMPI", "CSignals"]),
    library("Pruning", ["Tensors", "Networks"]),
    library(
      "Training",
      ["Tensors", "Networks", "Storage", "Datasets", "Communication", "Pruning"]),
    library("Reporting", ["Training", "Storage"]),
    .executableTarget(
      name: "relief-dist",
      dependencies: [
        "Training", "Reporting",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),

    .target(
      name: "TestSupport", dependencies: ["CTurboJPEG"], path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
    .target(
      name: "Readers", dependencies: ["Training", "Datasets", "Storage", "TestSupport"],
      path: "Tests/Readers", swiftSettings: swiftSettings),
    .executableTarget(
      name: "rank-checks",
      dependencies: [
        "Tensors", "Networks", "Datasets", "Storage", "Communication", "Training",
        "CountedAllocations", "TestSupport",
      ],
      path: "Tests/RankChecks", swiftSettings: swiftSettings),
    .target(
      name: "CountedAllocations", path: "Tests/CountedAllocations", cSettings: cSettings),
    .executableTarget(
      name: "checkpoint-saver", dependencies: ["Training", "Storage", "Communication"],
      path: "Tests/CheckpointSaver", swiftSettings: swiftSettings),
    .target(name: "FaultyCalls", path: "Tests/FaultyCalls", cSettings: cSettings),
    tests("Tensors", ["Tensors", "CKernels"]),
    tests("Networks", ["Networks", "Tensors", "Communication"]),
    tests("Storage", ["Storage"]),
    tests("Datasets", ["Datasets", "Storage", "Tensors"]),
    tests("Communication", ["Communication", "Tensors", "rank-checks"]),
    tests("Pruning", ["Pruning", "Networks", "Tensors"]),
    tests(
      "Training",
      ["Training", "Pruning", "Networks", "Datasets", "Communication", "Storage", "Tensors"]),
    tests(
      "Oracle",
      ["Training", "Pruning", "Networks", "Datasets", "Communication", "Storage", "Tensors"]),
    tests("Reporting", ["Reporting", "Training"]),
    tests(
      "Command", ["relief-dist", "checkpoint-saver", "Reporting", "Training", "Storage"]),
    .testTarget(
      name: "ReadersTests", dependencies: ["Readers", "Storage", "TestSupport"],
      exclude: ["Corpus"], swiftSettings: swiftSettings),
  ] + fuzzing,
  cLanguageStandard: .gnu17
)
