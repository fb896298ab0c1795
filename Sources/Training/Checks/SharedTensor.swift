import Networks
import Tensors

/// Something that all ranks hold alike between two steps.
package struct SharedTensor {
  /// What, and of which layer.
  let name: String
  /// Its fingerprint now.
  let fingerprint: () -> UInt64
  /// Its fingerprint as it was last made, where steps do not change it.
  private(set) var checksum: UInt64?

  init(_ name: String, fingerprint: @escaping () -> UInt64) {
    (self.name, self.fingerprint) = (name, fingerprint)
  }

  /// From now on it is to stay as it is.
  package mutating func renewChecksum() { checksum = fingerprint() }
  /// The same, to stay as it is.
  package var withChecksum: SharedTensor {
    var tensor = self
    tensor.renewChecksum()
    return tensor
  }
}

extension Network {
  /// `numbers`, one for each surviving parameter, layer by layer; `what` says what they are.
  package func layered(_ what: String, _ numbers: FloatBuffer) -> [SharedTensor] {
    zip(layout.groups, parameterRanges).filter { !$1.isEmpty }.map { group, range in
      SharedTensor("\(what) of \(group.name)") { [kernels] in
        kernels.fingerprint(FloatSlice(numbers, range))
      }
    }
  }

  /// `numbers`, one for each running moment, batch norm by batch norm.
  package func layeredStatistics(_ what: String, _ numbers: FloatBuffer) -> [SharedTensor] {
    layout.statisticTensors.map { tensor in
      SharedTensor("\(what)\(tensor.name)") { [kernels] in
        kernels.fingerprint(FloatSlice(numbers, tensor.range))
      }
    }
  }

  /// The lists that `workspace` runs over, and the mask.
  func structure(_ workspace: Workspace) -> [SharedTensor] {
    let lists = workspace.lists.flatMap { group, indices in
      indices.map { list in
        SharedTensor("connectivity list of \(layout.groups[group].name)") { [kernels] in
          kernels.fingerprint(list)
        }
      }
    }
    return lists
      + layout.groups.map { group in
        SharedTensor("mask of \(group.name)") { [kernels, mask] in
          kernels.fingerprint(mask, group.range)
        }
      }
  }
}
