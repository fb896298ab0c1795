#!/usr/bin/env python3
"""Writes values.json, beside this file: what PyTorch computes on inputs that the tests make, too.

    python3 -m venv scratch && scratch/bin/pip install torch numpy
    scratch/bin/python Tests/PyTorchTests/pytorch_values.py

To be run by hand; the numbers are committed. Everything is in double precision but what is named
float32_deviation, which says how far PyTorch's own single precision is off. Weights and images come from
counter-based random numbers under the tensor's name, so that only results are stored.
"""

import json
import os
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../Benchmarks")

import counter_random  # noqa: E402
import pytorch_networks  # noqa: E402

STEPS = 5
CASES = {
    "sgd": {"optimizer": "sgd", "lr": 0.1, "weight_decay": 0.01, "momentum": 0.9},
    "sgd without momentum": {"optimizer": "sgd", "lr": 0.1, "weight_decay": 0.01, "momentum": 0},
    "nesterov": {
        "optimizer": "sgd", "lr": 0.1, "weight_decay": 0.01, "momentum": 0.9, "nesterov": True},
    "adam": {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.01},
    "adamw": {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.1},
    "smoothing": {
        "optimizer": "sgd", "lr": 0.1, "weight_decay": 0, "momentum": 0.9, "smoothing": 0.1},
    "clipping": {
        "optimizer": "sgd", "lr": 0.1, "weight_decay": 0.01, "momentum": 0.9, "clip_norm": 0.2},
    "clipping with adamw": {
        "optimizer": "adamw", "lr": 0.01, "weight_decay": 0.1, "clip_norm": 0.2},
    # One epoch of two steps of warm-up, then two of cosine: more steps than are taken.
    "cosine": {
        "optimizer": "sgd", "lr": 0.1, "weight_decay": 0, "momentum": 0.9, "cosine_steps": 6},
}


def uniform(name, count):
    """Uniform in (0, 1), by the name: its FNV-1a hash is the seed."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    random = counter_random.CounterRandom(seed, counter_random.SYNTHETIC)
    return random.uniform(np.arange(count))


def weights(name, shape):
    """Weights by Kaiming's bound, batch norms' scales in (½, 3/2), all else in (−½, ½)."""
    count = int(np.prod(shape))
    numbers = uniform(name, count)
    if len(shape) > 1:
        fan_in = count // shape[0]
        numbers = (6 / fan_in) ** 0.5 * (2 * numbers - 1)
    elif name.endswith(".weight"):
        numbers = numbers + 0.5
    else:
        numbers = numbers - 0.5
    return torch.from_numpy(numbers.astype(np.float32)).reshape(shape)


def fill(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights(name, tuple(parameter.shape)))
    return model


def images(count, shape):
    """Bytes divided by 255, as a data set's are."""
    numbers = np.floor(256 * uniform("images", count * int(np.prod(shape))))
    return torch.from_numpy((numbers.astype(np.float32) / np.float32(255))).reshape(count, *shape)


def labels(count, classes):
    return torch.arange(count) % classes


def optimizer(case, parameters):
    if case["optimizer"] == "sgd":
        return torch.optim.SGD(
            parameters, lr=case["lr"], weight_decay=case["weight_decay"],
            momentum=case["momentum"], nesterov=case.get("nesterov", False))
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[case["optimizer"]]
    return kind(parameters, lr=case["lr"], weight_decay=case["weight_decay"])


def steps(case):
    """Losses of five steps of a small network, and its parameters after them."""
    model = nn.Sequential()
    model.add_module("first", nn.Linear(12, 9))
    model.add_module("rectifier", nn.ReLU())
    model.add_module("second", nn.Linear(9, 4))
    fill(model).double()
    x, y = images(20, (12,)).double(), labels(20, 4)
    stepper = optimizer(case, model.parameters())
    schedule = None
    if "cosine_steps" in case:
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(stepper, case["cosine_steps"])
    losses, rates, norms = [], [], []
    for _ in range(STEPS):
        stepper.zero_grad()
        loss = functional.cross_entropy(model(x), y, label_smoothing=case.get("smoothing", 0))
        loss.backward()
        losses.append(loss.item())
        rates.append(stepper.param_groups[0]["lr"])
        if "clip_norm" in case:
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), case["clip_norm"]).item())
        stepper.step()
        if schedule:
            schedule.step()
    after = {name: p.detach().flatten().tolist() for name, p in model.named_parameters()}
    return {"settings": case, "losses": losses, "rates": rates, "norms": norms, "after": after}


def run(model, x, y):
    """Logits in training and, with the running moments of a batch norm as they begin, in evaluation;
    gradients of the mean loss in training."""
    model.eval()
    with torch.no_grad():
        evaluated = model(x)
    model.train()
    logits = model(x)
    functional.cross_entropy(logits, y).backward()
    gradients = {name: p.grad.flatten() for name, p in model.named_parameters()}
    return logits.detach(), evaluated, gradients


def network(make, shape, classes, count):
    """The logits of a few images, and of each gradient its norm and its product with random numbers,
    in which no wrong number can hide."""
    x, y = images(count, shape), labels(count, classes)
    logits, evaluated, gradients = run(fill(make()).double(), x.double(), y)
    single = run(fill(make()), x, y)

    def deviation(values, others):
        return float((values - others.double()).abs().max() / values.abs().max())

    tensors = {}
    for name, gradient in gradients.items():
        direction = torch.from_numpy(2 * uniform(f"{name} direction", len(gradient)) - 1)
        tensors[name] = {
            "norm": gradient.norm().item(), "product": (gradient @ direction).item(),
            "float32_deviation": abs((gradient - single[2][name].double()) @ direction).item()}
    return {
        "images": count, "logits": logits[:2].flatten().tolist(),
        "evaluated": evaluated[:2].flatten().tolist(),
        "float32_deviation": deviation(logits, single[0]),
        "gradients": tensors}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


def main():
    torch.manual_seed(0)
    values = {
        "torch": torch.__version__,
        "steps": {name: steps(case) for name, case in CASES.items()},
        "networks": {
            "wide-resnet-16-4": network(
                lambda: pytorch_networks.WideResNet(16, 4), (3, 32, 32), 10, 20),
            "resnet50": network(pytorch_networks.ResNet50, (3, 32, 32), 200, 20),
        },
    }
    with open(f"{HERE}/values.json", "w") as file:
        json.dump(rounded(values), file, indent=0, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
