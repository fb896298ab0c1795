"""The networks as lists of operations on numbered maps, and what must be computed of them."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Operation:
    kind: str  # conv, dense, norm, relu, pool, mean or add
    name: str
    inputs: list
    stride: int = 1
    padding: int = 0
    # Of a sum: the first channel that the shortcut's channels are added to.
    offset: int = 0


@dataclass
class Topology:
    """Operation i writes map i + 1; map 0 is the image."""

    operations: list = field(default_factory=list)

    def add(self, kind, name="", inputs=None, **options):
        inputs = [len(self.operations)] if inputs is None else inputs
        self.operations.append(Operation(kind, name, inputs, **options))
        return len(self.operations)

    def readers(self, map):
        return [operation for operation in self.operations if map in operation.inputs]


def lenet300():
    net = Topology()
    for name in ["classifier.0", "classifier.2"]:
        net.add("dense", name)
        net.add("relu")
    net.add("dense", "classifier.4")
    return net


def lenet5():
    net = Topology()
    for name in ["feature_extractor.0", "feature_extractor.3"]:
        net.add("conv", name)
        net.add("relu")
        net.add("pool")
    net.add("dense", "classifier.0")
    net.add("relu")
    net.add("dense", "classifier.2")
    return net


def vgg(head, has_mean):
    net, place = Topology(), 0
    for repeats in [2, 2, 3, 3, 3]:
        for _ in range(repeats):
            net.add("conv", f"features.{place}", padding=1)
            net.add("norm", f"features.{place + 1}")
            net.add("relu")
            place += 3
        net.add("pool")
        place += 1
    if has_mean:
        net.add("mean")
    for name in head[:-1]:
        net.add("dense", f"classifier.{name}")
        net.add("relu")
    net.add("dense", f"classifier.{head[-1]}")
    return net


def resnet(blocks, widths, projects, last):
    net = Topology()
    net.add("conv", "conv1", padding=1)
    net.add("norm", "bn1")
    start = net.add("relu")
    for group, width in enumerate(widths):
        for block in range(blocks):
            name = f"layer{group + 1}.{block}"
            stride = 2 if group > 0 and block == 0 else 1
            net.add("conv", f"{name}.conv1", [start], stride=stride, padding=1)
            net.add("norm", f"{name}.bn1")
            net.add("relu")
            net.add("conv", f"{name}.conv2", padding=1)
            body = net.add("norm", f"{name}.bn2")
            shortcut, offset = start, 0
            if stride > 1 and projects:
                net.add("conv", f"{name}.downsample.0", [start], stride=2)
                shortcut, stride = net.add("norm", f"{name}.downsample.1"), 1
            elif stride > 1:
                offset = (width - widths[group - 1]) // 2
            net.add("add", name, [body, shortcut], stride=stride, offset=offset)
            start = net.add("relu")
    net.add("mean")
    net.add("dense", last)
    return net


def wide_resnet(blocks):
    net = Topology()
    start = net.add("conv", "conv0", padding=1)
    for group in range(3):
        for block in range(blocks):
            name = f"group{group}.block{block}"
            stride = 2 if group > 0 and block == 0 else 1
            net.add("norm", f"{name}.bn0", [start])
            active = net.add("relu")
            net.add("conv", f"{name}.conv0", [active], stride=stride, padding=1)
            net.add("norm", f"{name}.bn1")
            net.add("relu")
            body = net.add("conv", f"{name}.conv1", padding=1)
            if block == 0:
                start = net.add("conv", f"{name}.convdim", [active], stride=stride)
            start = net.add("add", name, [body, start])
    net.add("norm", "bn")
    net.add("relu")
    net.add("mean")
    net.add("dense", "fc")
    return net


TOPOLOGIES = {
    "lenet300-100": lenet300,
    "lenet5": lenet5,
    "vgg-like": lambda: vgg([1, 3], False),
    "vgg16": lambda: vgg([1, 4, 6], True),
    "resnet20": lambda: resnet(3, [16, 32, 64], False, "linear"),
    "resnet18": lambda: resnet(2, [64, 128, 256, 512], True, "fc"),
    "wide-resnet-16-4": lambda: wide_resnet(2),
}


class Liveness:
    """Which channels vary with the image and are read, and what products over them cost."""

    def __init__(self, net, tensors, image):
        self.net, self.tensors = net, tensors
        # The number that each channel of each map is for every image; not a number where it varies.
        self.constants = [np.full(image[0], np.nan)]
        self.sizes = [image[1]]
        for operation in net.operations:
            self._propagate(operation)
        self._mark()

    def _kernels(self, operation):
        """Weights [unit, input, taps] with the taps of pruned connections 0, and what is kept."""
        weight = self.tensors[operation.name + ".weight"].astype(np.float64)
        kept = self.tensors["mask." + operation.name + ".weight"] != 0
        units, channels = len(weight), len(self.constants[operation.inputs[0]])
        shape = (units, channels, -1)
        return (weight * kept).reshape(shape), kept.reshape(shape).any(2)

    def _must_read(self, operation):
        """Channels of its map that are no part of a bias: zeros around a map are no constant."""
        constant = self.constants[operation.inputs[0]]
        return np.isnan(constant) | ((constant != 0) & (operation.padding > 0))

    def _propagate(self, operation):
        source = self.constants[operation.inputs[0]]
        size = self.sizes[operation.inputs[0]]
        tensors, name = self.tensors, operation.name
        if operation.kind in ("conv", "dense"):
            weight, kept = self._kernels(operation)
            bias = tensors.get(name + ".bias", np.zeros(len(weight)))
            fixed = np.where(self._must_read(operation), 0, np.nan_to_num(source))
            output = bias + (weight.sum(2) * fixed).sum(1)
            output[(kept & self._must_read(operation)).any(1)] = np.nan
            taps = tensors[name + ".weight"].shape[-1] if operation.kind == "conv" else 0
            size = (size + 2 * operation.padding - taps) // operation.stride + 1 if taps else 1
        elif operation.kind == "norm":
            factor = tensors[name + ".weight"] / np.sqrt(
                tensors[name + ".running_var"].astype(np.float64) + 1e-5)
            shift = tensors[name + ".bias"] - factor * tensors[name + ".running_mean"]
            output = np.where(factor == 0, shift, factor * source + shift)
        elif operation.kind == "relu":
            output = np.maximum(source, 0)
        elif operation.kind == "add":
            output = source + self._shortcut(operation)
        else:
            output = source
            size = 1 if operation.kind == "mean" else size // 2
        self.constants.append(output)
        self.sizes.append(size)

    def _shortcut(self, operation):
        """What the shortcut adds to each channel; 0 where it has none or is masked."""
        shortcut = self.constants[operation.inputs[1]]
        added = np.zeros(len(self.constants[operation.inputs[0]]))
        added[operation.offset:operation.offset + len(shortcut)] = shortcut
        mask = self.tensors.get(f"mask.{operation.name}.shortcut")
        return added if mask is None else np.where(mask != 0, added, 0)

    def _mark(self):
        operations = self.net.operations
        self.read = [np.zeros(len(constant), bool) for constant in self.constants]
        self.read[-1][:] = True
        self.own = {}
        for number in reversed(range(len(operations))):
            operation, output = operations[number], self.read[number + 1]
            map = operation.inputs[0]
            if operation.kind in ("conv", "dense"):
                # A unit behind which a batch norm puts out a constant reads nothing.
                reads = output & np.isnan(self.constants[self._folded(number) + 1])
                kept = self._kernels(operation)[1][reads]
                own = kept.any(0) & self._must_read(operation)
                self.own[operation.name] = own
                self.read[map] |= own
            elif operation.kind == "norm":
                # A constant that has to be there takes a unit, too.
                self.read[map] |= output
            elif operation.kind == "add":
                varies_here = np.isnan(self.constants[map])
                self.read[map] |= output & varies_here
                added = output & np.isnan(self._shortcut(operation))
                channels = len(self.constants[operation.inputs[1]])
                self.read[operation.inputs[1]] |= added[operation.offset:operation.offset + channels]
            else:
                self.read[map] |= output
        self.read[0][:] = True

    def multiply_adds(self):
        """Products of one image: over the channels that maps must have, and over those alone that
        vary and that each layer reads itself; and the layers that have more, with the reason."""
        live = own = 0
        reasons = []
        for number, operation in enumerate(self.net.operations):
            if operation.kind not in ("conv", "dense"):
                continue
            map = operation.inputs[0]
            there = self.read[self._folded(number) + 1]
            units = int(there.sum())
            varying = int((there & np.isnan(self.constants[self._folded(number) + 1])).sum())
            weight = self.tensors[operation.name + ".weight"]
            spread = int(np.prod(weight.shape[1:])) // len(self.constants[map])
            pixels = self.sizes[number + 1] ** 2 if operation.kind == "conv" else 1
            inputs, needed = int(self.read[map].sum()), int(self.own[operation.name].sum())
            if needed == 0:
                continue
            live += units * inputs * spread * pixels
            # Whatever an image's channels are, they are there.
            needed = needed if map > 0 else inputs
            own += varying * needed * spread * pixels
            if inputs > needed:
                reasons.append(f"{operation.name} has {inputs - needed} of {inputs} inputs for others")
            if units > varying and operation.kind == "conv":
                reasons.append(
                    f"{operation.name} has {units - varying} of {units} units for constants "
                    "that a padded convolution reads")
        return live, own, reasons

    def _folded(self, number):
        """The batch norm that is part of operation `number`, or the operation itself."""
        following = self.net.readers(number + 1)
        return number + 1 if [reader.kind for reader in following] == ["norm"] else number
