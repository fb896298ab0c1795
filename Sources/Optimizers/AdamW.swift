import Tensors

// Loshchilov, Hutter: "Decoupled weight decay regularization", ICLR 2019.

extension KnownOptimizer {
  /// Adam whose weight decay shrinks the parameters themselves, p −= ηλp, and does not enter the
  /// moments; as in PyTorch.
  package static let adamW = KnownOptimizer(
    "adamw", stateNames: adam.stateNames
  ) { settings, count, kernels in
    Adam(count: count, weightDecay: settings.weightDecay, decouplesDecay: true, kernels: kernels)
  }
}
