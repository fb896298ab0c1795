import CKernels

/// The surviving connections of a layer as the lists its loops run over.
///
/// The layer's connections form a matrix `[unit][input + bias]`; the list of a unit holds its
/// surviving inputs in ascending order, the bias (if it survives) last. Weights are stored in list
/// order. The transposed lists serve the backward pass.
package final class Connectivity {
  /// Neurons (or filters) of the layer.
  package let units: Int
  /// Connections a unit of the full layer has, its bias included.
  package let connectionsPerUnit: Int
  /// Surviving connections.
  package let kept: Int
  /// Whether nothing is pruned, so that the list needs no reading.
  package var isFull: Bool { kept == units * connectionsPerUnit }

  let starts: IndexBuffer
  let columns: IndexBuffer
  let inputStarts: IndexBuffer
  let inputUnits: IndexBuffer
  let inputPositions: IndexBuffer

  /// Whether there are transposed lists; without them nothing can go backward.
  package let servesBackward: Bool

  /// The lists of the `units` × `connectionsPerUnit` connections whose bits in `mask` start at
  /// `offset`.
  package convenience init(units: Int, connectionsPerUnit: Int, mask: Mask, offset: Int) {
    var starts: [UInt32] = [0]
    var columns: [UInt32] = []
    for unit in 0..<units {
      let row = offset + unit * connectionsPerUnit
      for column in 0..<connectionsPerUnit where mask[row + column] {
        columns.append(UInt32(column))
      }
      starts.append(UInt32(columns.count))
    }
    self.init(
      connectionsPerUnit: connectionsPerUnit, starts: starts, columns: columns,
      servesBackward: true)
  }

  /// The lists of units whose surviving connections are `columns[starts[j] ..< starts[j + 1]]`, the
  /// bias last.
  package init(
    connectionsPerUnit: Int, starts: [UInt32], columns: [UInt32], servesBackward: Bool
  ) {
    self.units = starts.count - 1
    self.connectionsPerUnit = connectionsPerUnit
    self.servesBackward = servesBackward
    self.kept = columns.count
    self.starts = IndexBuffer(starts)
    self.columns = IndexBuffer(columns)
    guard servesBackward else {
      (inputStarts, inputUnits, inputPositions) = (
        IndexBuffer(count: 0), IndexBuffer(count: 0), IndexBuffer(count: 0)
      )
      return
    }

    var next = [UInt32](repeating: 0, count: connectionsPerUnit + 1)
    for column in columns { next[Int(column) + 1] += 1 }
    for column in 0..<connectionsPerUnit { next[column + 1] += next[column] }
    self.inputStarts = IndexBuffer(next)
    self.inputUnits = IndexBuffer(count: kept)
    self.inputPositions = IndexBuffer(count: kept)
    for unit in 0..<units {
      for position in Int(starts[unit])..<Int(starts[unit + 1]) {
        let column = Int(columns[position])
        inputUnits[Int(next[column])] = UInt32(unit)
        inputPositions[Int(next[column])] = UInt32(position)
        next[column] += 1
      }
    }
  }

  /// The positions, in list order, of the connections of `unit`.
  package func positions(of unit: Int) -> Range<Int> { Int(starts[unit])..<Int(starts[unit + 1]) }
  /// The input of the connection at `position`; `connectionsPerUnit - 1` is the bias.
  package func input(at position: Int) -> Int { Int(columns[position]) }

  /// All of its lists.
  var lists: [IndexBuffer] { [starts, columns, inputStarts, inputUnits, inputPositions] }
  var rows: relief_rows { relief_rows(starts: starts.base, columns: columns.base) }
  var transposed: relief_columns {
    relief_columns(
      starts: inputStarts.base, neurons: inputUnits.base, positions: inputPositions.base)
  }
}
