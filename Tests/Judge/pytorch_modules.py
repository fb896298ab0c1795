"""The networks as PyTorch modules with the names of the files' tensors."""

import torch
from torch import nn
from torch.nn import functional


class LeNet300(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.classifier = nn.Sequential(
            nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, classes))

    def forward(self, x):
        return self.classifier(x.flatten(1))


class LeNet5(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.feature_extractor = nn.Sequential(
            nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, classes))

    def forward(self, x):
        return self.classifier(self.feature_extractor(x).flatten(1))


class VGG(nn.Module):
    def __init__(self, classes, hidden):
        super().__init__()
        layers, inputs = [], 3
        for width, repeats in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
            for _ in range(repeats):
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
                inputs = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        head = []
        for _ in range(hidden):
            head += [nn.Dropout(), nn.Linear(512, 512), nn.ReLU()]
        self.classifier = nn.Sequential(*head, nn.Linear(512, classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class BasicBlock(nn.Module):
    def __init__(self, inputs, filters, stride, projects):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.stride, self.around = stride, (filters - inputs) // 2
        self.downsample = None
        if projects and stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))
        self.register_buffer("shortcut", torch.ones(filters), persistent=False)

    def forward(self, x):
        body = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if self.downsample is not None:
            x = self.downsample(x)
        else:
            x = x[:, :, ::self.stride, ::self.stride]
            x = functional.pad(x, (0, 0, 0, 0, self.around, self.around))
        return functional.relu(body + x * self.shortcut[:, None, None])


class ResNet(nn.Module):
    def __init__(self, blocks, widths, projects, last, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        inputs, self.groups, self.last = widths[0], len(widths), last
        for group, width in enumerate(widths):
            layers = []
            for block in range(blocks):
                stride = 2 if group > 0 and block == 0 else 1
                layers.append(BasicBlock(inputs, width, stride, projects))
                inputs = width
            setattr(self, f"layer{group + 1}", nn.Sequential(*layers))
        setattr(self, last, nn.Linear(inputs, classes))

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        for group in range(self.groups):
            x = getattr(self, f"layer{group + 1}")(x)
        return getattr(self, self.last)(x.mean((2, 3)))


class WideBlock(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(inputs)
        self.conv0 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv1 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.convdim = None
        if inputs != filters:
            self.convdim = nn.Conv2d(inputs, filters, 1, stride, bias=False)
        self.register_buffer("shortcut", torch.ones(filters), persistent=False)

    def forward(self, x):
        active = functional.relu(self.bn0(x))
        body = self.conv1(functional.relu(self.bn1(self.conv0(active))))
        added = x if self.convdim is None else self.convdim(active)
        return body + added * self.shortcut[:, None, None]


class WideResNet(nn.Module):
    def __init__(self, blocks, width, classes):
        super().__init__()
        self.conv0 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        inputs = 16
        for group in range(3):
            filters, layers = (16 << group) * width, nn.ModuleDict()
            for block in range(blocks):
                layers[f"block{block}"] = WideBlock(
                    inputs, filters, 2 if group > 0 and block == 0 else 1)
                inputs = filters
            setattr(self, f"group{group}", layers)
        self.bn = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.conv0(x)
        for group in [self.group0, self.group1, self.group2]:
            for block in group.values():
                x = block(x)
        return self.fc(functional.relu(self.bn(x)).mean((2, 3)))


MODULES = {
    "lenet300-100": LeNet300,
    "lenet5": LeNet5,
    "vgg-like": lambda classes: VGG(classes, 1),
    "vgg16": lambda classes: VGG(classes, 2),
    "resnet20": lambda classes: ResNet(3, [16, 32, 64], False, "linear", classes),
    "resnet18": lambda classes: ResNet(2, [64, 128, 256, 512], True, "fc", classes),
    "wide-resnet-16-4": lambda classes: WideResNet(2, 4, classes),
}


def logits(network, state, images):
    """Logits of normalised `images`. Every tensor that is no mask must have its place."""
    classes = next(len(tensor) for name, tensor in state.items()
                   if name.endswith(".bias") and name == last_bias(state))
    module = MODULES[network](classes).eval()
    masks = {name: tensor for name, tensor in state.items() if name.startswith("mask.")}
    module.load_state_dict(
        {name: tensor for name, tensor in state.items() if name not in masks}, strict=True)
    buffers = dict(module.named_buffers())
    for name, mask in masks.items():
        buffers[name.removeprefix("mask.")].copy_(mask)
    with torch.inference_mode():
        return torch.cat([
            module(torch.from_numpy(images[start:start + 64])) for start in range(0, len(images), 64)
        ]).numpy()


def last_bias(state):
    """The bias of the layer that puts out the logits."""
    heads = [name for name in state if name in ("fc.bias", "linear.bias")]
    numbered = sorted(
        (name for name in state if name.startswith("classifier.") and name.endswith(".bias")),
        key=lambda name: int(name.split(".")[1]))
    return (heads or numbered)[-1]
