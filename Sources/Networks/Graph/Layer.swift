import Tensors

/// A layer of an architecture. What there is to choose from stands in `Layers`, a file each:
/// `.dense("fc", neurons: 10)` is a `Dense`.
package struct Layer: Sendable {
  /// What it is.
  package let declaration: any LayerDeclaration

  init(_ declaration: some LayerDeclaration) { self.declaration = declaration }
}

/// What a layer is, as data: it places itself in a graph, and appends what computes it to a
/// program.
package protocol LayerDeclaration: Sendable, Hashable {
  /// Whether it adds the gradient of its input to what the input's map of gradients holds already,
  /// as the first layer of a residual block must.
  var addsGradient: Bool { get }
  /// Places it after what was placed last: notes its connections, and what comes out.
  func place(in graph: inout Graph) -> PlacedLayer.Parts
  /// Appends what computes it on the map `input`.
  /// - Returns: the number of the map that comes out.
  func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int
  /// Appends what it does to the map `input` in evaluation.
  /// - Returns: the number of the map that comes out.
  func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int
}

extension LayerDeclaration {
  /// It does not, unless it says so.
  package var addsGradient: Bool { false }
  /// It notes nothing, unless it says so: shape and channels stay.
  package func place(in graph: inout Graph) -> PlacedLayer.Parts { PlacedLayer.Parts() }
}

/// A layer with its place in the network.
package struct PlacedLayer: Sendable {
  /// What it is.
  let declaration: any LayerDeclaration
  /// Shapes of one image before and after it.
  let input, output: FeatureShape
  /// Its number among all layers, in the order they are placed.
  let number: Int
  /// What it consists of.
  let parts: Parts

  /// What a layer adds to a graph.
  package struct Parts: Sendable {
    /// Its group of connections, if it has one.
    var group: Int?
    /// The layers of a residual block's body and projection.
    var body: [PlacedLayer] = []
    var projection: [PlacedLayer] = []
  }
}

extension Layer: Equatable {
  /// Whether both are the same layer with the same settings.
  package static func == (first: Layer, second: Layer) -> Bool {
    AnyHashable(first.declaration) == AnyHashable(second.declaration)
  }
}

extension Layer: Hashable, CustomStringConvertible {
  /// Hashes what it is.
  package func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(declaration)) }
  /// What it is, for messages.
  package var description: String { "\(declaration)" }
}
