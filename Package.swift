// swift-tools-version: 6.2

import PackageDescription

/// Set `RELIEF_STRICT=1` to turn the compiler's warnings into errors, as continuous integration
/// does.
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

/// Set `RELIEF_FUZZ=1` for the program that feeds mutated files to the readers (see `launch/fuzz`).
/// Its `main` is libFuzzer's, so nothing but `--sanitize fuzzer` links it.
let fuzzing: [Target] =
  Context.environment["RELIEF_FUZZ"] == "1"
  ? [
    .executableTarget(
      name: "fuzz-readers", dependencies: ["Readers"], path: "Tests/FuzzReaders",
      swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])])
  ] : []

/// What trains and prunes, for the tests that look at several of its targets.
let engine: [Target.Dependency] = [
  "Outcomes", "Tensors", "Networks", "Optimizers", "Pruning", "Storage", "Communication",
  "Datasets", "Models", "Machine", "Recipes", "Training", "Runs",
]

let package = Package(
  name: "relief-dist",
  products: [
    .executable(name: "relief-dist", targets: ["relief-dist"]),
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

    library("Outcomes", []),
    library("Tensors", ["CKernels", "CMemory", "COpenBLAS"]),
    library("Networks", ["Tensors"]),
    library("Optimizers", ["Tensors"]),
    library("Pruning", ["Tensors", "Networks"]),
    library(
      "Storage",
      ["Outcomes", "Tensors", "CCrypto", "CZlib", .product(name: "TOMLKit", package: "TOMLKit")]),
    library("Communication", ["Outcomes", "Tensors", "Optimizers", "CMPI", "CSignals"]),
    library("Datasets", ["Outcomes", "Tensors", "Storage", "Communication", "CTurboJPEG"]),
    library("Models", ["Outcomes", "Tensors", "Networks", "Storage", "Datasets"]),
    library("ONNX", ["Tensors", "Networks", "Storage", "Datasets"]),
    library(
      "Exports", ["Outcomes", "Tensors", "Networks", "Storage", "Datasets", "Models", "ONNX"]),
    library("Machine", []),
    library(
      "Recipes",
      ["Outcomes", "Tensors", "Networks", "Optimizers", "Pruning", "Storage", "Datasets"]),
    library(
      "Training",
      [
        "Outcomes", "Tensors", "Networks", "Optimizers", "Pruning", "Storage", "Communication",
        "Datasets",
      ]),
    library(
      "Evaluation",
      ["Tensors", "Networks", "Communication", "Datasets", "Models", "Training"]),
    library(
      "Runs",
      [
        "Outcomes", "Tensors", "Networks", "Optimizers", "Pruning", "Storage", "Communication",
        "Datasets", "Models", "Machine", "Recipes", "Training",
      ]),
    library(
      "Planning",
      [
        "Outcomes", "Tensors", "Networks", "Optimizers", "Pruning", "Storage", "Communication",
        "Datasets", "Machine", "Recipes", "Training", "Runs",
      ]),
    library(
      "Reporting", ["Outcomes", "Storage", "Recipes", "Models", "Evaluation", "Runs", "Planning"]),
    .executableTarget(
      name: "relief-dist",
      dependencies: [
        "Outcomes", "Tensors", "Networks", "Storage", "Communication", "Datasets", "Models",
        "Machine", "Recipes", "Training", "Evaluation", "Exports", "Runs", "Planning", "Reporting",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),

    .executableTarget(
      name: "kernel-bench", dependencies: ["Tensors"], path: "Benchmarks/Sources/KernelBench",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "collective-bench", dependencies: ["Tensors", "Optimizers", "Communication"],
      path: "Benchmarks/Sources/CollectiveBench", swiftSettings: swiftSettings),

    .target(
      name: "TestSupport", dependencies: ["CTurboJPEG", "Networks", "Tensors"],
      path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
    .target(
      name: "Readers",
      dependencies: [
        "Runs", "Recipes", "Datasets", "Storage", "Tensors", "Networks", "Models", "ONNX",
        "TestSupport",
      ],
      path: "Tests/Readers", swiftSettings: swiftSettings),
    .executableTarget(
      name: "rank-checks", dependencies: engine + ["CountedAllocations", "TestSupport"],
      path: "Tests/RankChecks", swiftSettings: swiftSettings),
    .target(
      name: "CountedAllocations", path: "Tests/CountedAllocations", cSettings: cSettings),
    .executableTarget(
      name: "checkpoint-saver", dependencies: ["Runs", "Recipes", "Storage", "Communication"],
      path: "Tests/CheckpointSaver", swiftSettings: swiftSettings),
    .target(name: "FaultyCalls", path: "Tests/FaultyCalls", cSettings: cSettings),
    tests("Tensors", ["Tensors", "CKernels"]),
    tests("Networks", ["Networks", "Tensors", "Communication"]),
    tests("Optimizers", ["Optimizers", "Tensors"]),
    tests("Storage", ["Outcomes", "Storage"]),
    tests("Datasets", ["Outcomes", "Datasets", "Storage", "Tensors", "Communication"]),
    tests("Communication", ["Outcomes", "Communication", "Tensors", "rank-checks"]),
    tests("Pruning", ["Pruning", "Networks", "Tensors"]),
    tests("Models", engine),
    tests("Evaluation", engine + ["Evaluation"]),
    tests("ONNX", ["ONNX", "Networks", "Storage", "Tensors"]),
    tests("Exports", engine + ["Exports", "ONNX"]),
    tests("Machine", ["Machine"]),
    tests("Recipes", engine),
    tests("Training", engine),
    tests("Runs", engine),
    tests("Planning", engine + ["Planning"]),
    tests("Oracle", engine),
    .testTarget(
      name: "PyTorchTests", dependencies: engine + ["TestSupport"],
      exclude: ["pytorch_values.py", "values.json"], swiftSettings: swiftSettings),
    tests("Reporting", ["Reporting", "Recipes", "Runs", "Storage"]),
    tests(
      "Command",
      ["relief-dist", "checkpoint-saver", "Reporting", "Planning"] + engine),
    .testTarget(
      name: "ReadersTests", dependencies: ["Readers", "Storage", "TestSupport"],
      exclude: ["Corpus"], swiftSettings: swiftSettings),
  ] + fuzzing,
  cLanguageStandard: .gnu17
)
