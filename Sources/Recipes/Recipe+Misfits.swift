import Networks

extension Recipe {
  /// Values that do not go together: whether they are there, the key to blame, and what is wrong,
  /// with the remedy.
  var misfits: [(holds: Bool, key: String, reason: String)] {
    let networks = KnownNetwork.all.filter(\.hasDropout).map(\.name)
    return [
      (
        network.dropout > 0 && !networks.contains(network.name), "network.dropout",
        """
        is \(network.dropout), but \(network.name) has no place for it; networks that have one: \
        \(networks.joined(separator: ", "))
        """
      ),
      (
        training.nesterov && training.optimizer != .sgd, "training.nesterov",
        "is SGD's, and training.optimizer is \(training.optimizer); leave it out, or take sgd"
      ),
      (
        training.nesterov && training.momentum == 0, "training.nesterov",
        "looks ahead along the velocity, and training.momentum is 0; raise that"
      ),
    ]
  }
}
