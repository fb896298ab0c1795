"""Model files changed so that much of them is dead, constant or unread."""

import json

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file


def read(path):
    """Tensors and metadata of a safetensors file."""
    with safe_open(path, "np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()


def prune(tensors, name, units):
    """Takes all connections to `units` of a layer, and its bias."""
    for part in (".weight", ".bias"):
        if name + part in tensors:
            tensors[name + part][units] = 0
            tensors["mask." + name + part][units] = 0


def shift(tensors, name, units, value):
    """Leaves `units` of a layer nothing but a bias. Factor and shift of a batch norm have one mask."""
    is_norm = tensors[name + ".weight"].ndim == 1
    prune(tensors, name, units)
    tensors[name + ".bias"][units] = value
    for part in (".weight", ".bias") if is_norm else (".bias",):
        tensors["mask." + name + part][units] = 1


def hidden(net, kinds):
    """The operations of these kinds but for the one that puts out the logits, and the batch norm
    behind each."""
    for operation in net.operations[:-1]:
        if operation.kind in kinds:
            behind = [reader for reader in net.readers(net.operations.index(operation) + 1)
                      if reader.kind == "norm"]
            yield operation, behind[0].name if behind else None


def some(tensors, name, share, random):
    units = len(tensors[name + ".weight"])
    return random.choice(units, int(share * units), replace=False)


def dead(net, tensors, random):
    """Most units of every other layer have no incoming connection, and put out 0."""
    for number, (operation, norm) in enumerate(hidden(net, ("conv", "dense"))):
        if number % 2 == 0:
            units = some(tensors, operation.name, 0.75, random)
            prune(tensors, operation.name, units)
            if norm:
                prune(tensors, norm, units)


def alone(net, tensors, random):
    """Every other layer has one unit left, the one with the most connections."""
    for number, (operation, norm) in enumerate(hidden(net, ("conv", "dense"))):
        if number % 2 == 1:
            mask = tensors["mask." + operation.name + ".weight"]
            most = mask.reshape(len(mask), -1).sum(1, dtype=int).argmax()
            units = np.delete(np.arange(len(mask)), most)
            prune(tensors, operation.name, units)
            if norm:
                prune(tensors, norm, units)


def constant(net, tensors, random):
    """Four in ten units put out a number that is the same for every image: a bias, a batch norm's
    shift with and without its factor."""
    for operation, norm in hidden(net, ("conv", "dense")):
        units = some(tensors, operation.name, 0.4, random)
        half = len(units) // 2
        if norm:
            prune(tensors, operation.name, units[:half])
            shift(tensors, norm, units, 0.3)
            tensors[norm + ".weight"][units[:half]] = 0.7
        elif operation.name + ".bias" in tensors:
            shift(tensors, operation.name, units[:half], 0.3)
            shift(tensors, operation.name, units[half:], -0.3)
    for operation, _ in hidden(net, ("norm",)):
        units = some(tensors, operation.name, 0.1, random)
        shift(tensors, operation.name, units, 0.2)


def shortcuts(net, tensors, random):
    """Six in ten channels of every shortcut are masked, half of the units of projections and of the
    bodies' last convolutions are dead, and one block's body is empty."""
    blocks = [operation for operation in net.operations if operation.kind == "add"]
    for number, block in enumerate(blocks):
        mask = tensors[f"mask.{block.name}.shortcut"]
        mask[random.random(len(mask)) < 0.6] = 0
        for side, map in enumerate(block.inputs):
            layer = net.operations[map - 1]
            if layer.kind not in ("conv", "norm"):
                continue
            share = 1 if side == 0 and number == 1 else 0.5
            units = some(tensors, layer.name, share, random)
            prune(tensors, layer.name, units)
            if layer.kind == "norm":
                prune(tensors, net.operations[layer.inputs[0] - 1].name, units)


def emptied(net, tensors, random):
    """Nothing of the image comes to the logits: they are their biases."""
    layers = [operation for operation in net.operations if operation.kind in ("conv", "dense")]
    prune(tensors, layers[-1].name, slice(None))
    name = layers[-1].name + ".bias"
    tensors[name][:] = random.standard_normal(len(tensors[name]))
    tensors["mask." + name][:] = 1


VARIANTS = {
    "most units dead": dead,
    "single units": alone,
    "constant units": constant,
    "masked shortcuts": shortcuts,
    "nothing left": emptied,
}


def write(variant, net, source, target, data_path):
    """Writes the model file `source` damaged; says whether there was anything to damage."""
    if variant == "masked shortcuts" and not any(op.kind == "add" for op in net.operations):
        return False
    tensors, metadata = read(source)
    tensors = {name: tensor.copy() for name, tensor in tensors.items()}
    VARIANTS[variant](net, tensors, np.random.default_rng(len(variant)))
    for key in ("kept", "recipe_sha256", "data_sha256"):
        metadata.pop(key, None)
    lines = metadata["recipe"].split("\n")
    metadata["recipe"] = "\n".join(
        f"path = {json.dumps(data_path)}" if line.startswith("path = ") else line for line in lines)
    save_file(tensors, target, metadata)
    return True
