"""The networks of relief-dist in PyTorch, to be timed and trained beside them."""

from dataclasses import dataclass
from typing import Callable

import torch
from torch import nn
from torch.nn import functional


def lenet300():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 300), nn.ReLU(),
        nn.Linear(300, 100), nn.ReLU(),
        nn.Linear(100, 10),
    )


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 500), nn.ReLU(),
        nn.Linear(500, 10),
    )


def vgg_like(classes=10):
    layers, inputs = [], 3
    for stage in [(64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3]:
        for filters in stage:
            layers += [nn.Conv2d(inputs, filters, 3, padding=1), nn.BatchNorm2d(filters), nn.ReLU()]
            inputs = filters
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Dropout(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, classes))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut: a projection, or every second pixel with zero channels
    around it."""

    def __init__(self, inputs, filters, stride, projects):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.stride, self.padding = stride, (filters - inputs) // 2
        self.shortcut, self.shortcut_mask = None, None
        if projects and (stride > 1 or inputs != filters):
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        body = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if self.shortcut is not None:
            x = self.shortcut(x)
        elif self.stride > 1:
            x = functional.pad(
                x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.padding, self.padding))
        if self.shortcut_mask is not None:
            x = x * self.shortcut_mask
        return functional.relu(body + x)


def resnet(widths, blocks, classes, projects):
    layers = [nn.Conv2d(3, widths[0], 3, padding=1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    inputs = widths[0]
    for stage, filters in enumerate(widths):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            layers.append(ResidualBlock(inputs, filters, stride, projects))
            inputs = filters
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 beside a shortcut."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.conv3 = nn.Conv2d(filters, 4 * filters, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * filters)
        self.downsample = None
        if stride > 1 or inputs != 4 * filters:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, 4 * filters, 1, stride, bias=False), nn.BatchNorm2d(4 * filters))

    def forward(self, x):
        body = functional.relu(self.bn1(self.conv1(x)))
        body = functional.relu(self.bn2(self.conv2(body)))
        body = self.bn3(self.conv3(body))
        return functional.relu(body + (x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Module):
    """With torchvision's names and a 3×3 stem of stride 1."""

    def __init__(self, classes=200):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inputs = 64
        for stage, blocks in enumerate([3, 4, 6, 3]):
            filters, layers = 64 << stage, []
            for block in range(blocks):
                layers.append(Bottleneck(inputs, filters, 2 if stage > 0 and block == 0 else 1))
                inputs = 4 * filters
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        for stage in [self.layer1, self.layer2, self.layer3, self.layer4]:
            x = stage(x)
        return self.fc(x.mean((2, 3)))


class WideBlock(nn.Module):
    """Two 3×3 convolutions, each behind a batch norm and a rectifier."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(inputs)
        self.conv0 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv1 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.convdim = None
        if inputs != filters:
            self.convdim = nn.Conv2d(inputs, filters, 1, stride, bias=False)

    def forward(self, x):
        activated = functional.relu(self.bn0(x))
        body = self.conv1(functional.relu(self.bn1(self.conv0(activated))))
        return body + (x if self.convdim is None else self.convdim(activated))


class WideResNet(nn.Module):
    """The names are those of its authors' code."""

    def __init__(self, depth, width, classes=10):
        super().__init__()
        self.conv0 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        inputs = 16
        for group in range(3):
            filters, blocks = (16 << group) * width, nn.Module()
            for block in range((depth - 4) // 6):
                stride = 2 if group > 0 and block == 0 else 1
                setattr(blocks, f"block{block}", WideBlock(inputs, filters, stride))
                inputs = filters
            setattr(self, f"group{group}", blocks)
        self.bn = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.conv0(x)
        for group in [self.group0, self.group1, self.group2]:
            for block in group.children():
                x = block(x)
        return self.fc(functional.relu(self.bn(x)).mean((2, 3)))


def adam(parameters, fused):
    return torch.optim.Adam(parameters, lr=1e-3, weight_decay=5e-4, fused=fused)


def sgd(parameters, fused):
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=5e-4, fused=fused)


@dataclass
class Network:
    make: Callable
    image: tuple
    classes: int
    optimizer: Callable
    steps: int

    @property
    def is_convolutional(self):
        return self.make is not lenet300


CIFAR = (3, 32, 32)
NETWORKS = {
    "lenet300-100": Network(lenet300, (1, 28, 28), 10, adam, 1000),
    "lenet5": Network(lenet5, (1, 28, 28), 10, adam, 200),
    "resnet20": Network(lambda: resnet([16, 32, 64], 3, 10, False), CIFAR, 10, sgd, 30),
    "resnet56": Network(lambda: resnet([16, 32, 64], 9, 10, False), CIFAR, 10, sgd, 10),
    "vgg-like": Network(vgg_like, CIFAR, 10, sgd, 6),
    "resnet18": Network(
        lambda: resnet([64, 128, 256, 512], 2, 200, True), (3, 64, 64), 200, sgd, 4),
    "resnet50": Network(ResNet50, (3, 64, 64), 200, sgd, 2),
    "wide-resnet-22-2": Network(lambda: WideResNet(22, 2), CIFAR, 10, sgd, 8),
}
