#!/usr/bin/env python3
"""Trains and prunes ResNet-20 on CIFAR-10 with relief-dist, and trains the same in PyTorch.

    python3 -m venv scratch && scratch/bin/pip install torch numpy safetensors
    scratch/bin/python Benchmarks/learning_against_pytorch.py --data CIFAR_FOLDER --output FOLDER

PyTorch starts from the same initial weights and sees the same images in the same order, moved and
mirrored alike, at the same learning rates. For pruning iteration k it starts from relief-dist's
network of iteration k − 1 under the mask of iteration k. Nothing is picked by validation: the weights
of the last epoch count, and those of both are tested here, by PyTorch, on the whole test set.

What is finished is found again in --output, so that an interrupted measurement goes on.
`--learning-rate 1e-9 --epochs 1 --iterations 0` compares losses of an epoch without the rounding that
training amplifies: they agree if weights, images, order and augmentation do.
"""

import argparse
import glob
import json
import os
import statistics
import subprocess
import time

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

import counter_random
import pytorch_networks

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BATCH, GAMMA, MOMENTUM, WEIGHT_DECAY = 120, 0.1, 0.9, 5e-4


def cifar(pattern):
    """Images [N, 3, 32, 32] as bytes, and labels."""
    records = np.concatenate(
        [np.fromfile(path, np.uint8).reshape(-1, 3073) for path in sorted(glob.glob(pattern))])
    return records[:, 1:].reshape(-1, 3, 32, 32), torch.from_numpy(records[:, 0].astype(np.int64))


def normalised(images):
    mean, deviation = (
        torch.tensor(values).view(3, 1, 1)
        for values in [(0.485, 0.456, 0.406), (0.229, 0.224, 0.225)])
    return (torch.from_numpy(images).float() / 255 - mean) / deviation


def layers(model):
    """relief-dist's names of layers, in its order, each with what it is here; shortcuts are blocks."""
    result = {"conv1": model[0], "bn1": model[1]}
    blocks = [part for part in model if isinstance(part, pytorch_networks.ResidualBlock)]
    for index, block in enumerate(blocks):
        name = f"layer{index // 3 + 1}.{index % 3}"
        for part in ["conv1", "bn1", "conv2", "bn2"]:
            result[f"{name}.{part}"] = getattr(block, part)
        result[f"{name}.shortcut"] = block
    result["linear"] = model[-1]
    return result


def initial_network(seed):
    """The network with the weights that relief-dist starts from."""
    model = pytorch_networks.NETWORKS["resnet20"].make()
    with torch.no_grad():
        for number, layer in enumerate(layers(model).values()):
            if not isinstance(layer, (nn.Conv2d, nn.Linear)):
                continue
            weight, bias = counter_random.initial_weights(
                tuple(layer.weight.shape), seed, number, layer.bias is not None)
            layer.weight.copy_(torch.from_numpy(weight))
            if bias is not None:
                layer.bias.copy_(torch.from_numpy(bias))
    return model


def stored_network(path, mask_path):
    """relief-dist's network at `path` under the mask at `mask_path`; what is pruned stays 0."""
    model = pytorch_networks.NETWORKS["resnet20"].make()
    tensors, masks = load_file(path), load_file(mask_path)
    with torch.no_grad():
        for name, layer in layers(model).items():
            if isinstance(layer, pytorch_networks.ResidualBlock):
                layer.shortcut_mask = masks[f"mask.{name}"].float().view(-1, 1, 1)
                continue
            for part, parameter in layer.named_parameters():
                mask = masks[f"mask.{name}.{part}"].float()
                parameter.copy_(tensors[f"{name}.{part}"] * mask)
                parameter.register_hook(lambda gradient, mask=mask: gradient * mask)
            if isinstance(layer, nn.BatchNorm2d):
                layer.running_mean.copy_(tensors[f"{name}.running_mean"])
                layer.running_var.copy_(tensors[f"{name}.running_var"])
    return model


def train(model, arguments, seed, iteration, epochs, milestones):
    """Trains as relief-dist does in this pruning iteration; returns each epoch's mean loss."""
    images, labels = cifar(f"{arguments.data}/data_batch_*.bin")
    drawn = counter_random.limited(len(images), arguments.limit, seed)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=arguments.learning_rate, momentum=MOMENTUM,
        weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones, GAMMA)
    model.train()
    losses = []
    for epoch in range(epochs):
        order = drawn[counter_random.epoch_order(len(drawn), seed, iteration, epoch)]
        pixels = counter_random.augmented(images, order, seed, iteration, epoch)
        total = 0.0
        for start in range(0, len(order), BATCH):
            targets = labels[order[start : start + BATCH]]
            loss = functional.cross_entropy(
                model(normalised(pixels[start : start + BATCH])), targets)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(targets)
        schedule.step()
        losses.append(total / len(order))
    return losses


def accuracy(model, arguments):
    """The share of the test images that are told right."""
    images, labels = cifar(f"{arguments.data}/test_batch.bin")
    model.eval()
    with torch.no_grad():
        hits = sum(
            (model(normalised(images[start : start + 500])).argmax(1) == labels[start : start + 500])
            .sum().item()
            for start in range(0, len(images), 500))
    return hits / len(images)


def run_relief_dist(arguments, seed):
    """Runs relief-dist unless that was done, and returns its folder."""
    folder = f"{arguments.output}/seed{seed}"
    settings = {
        "data.path": arguments.data, "data.limit": arguments.limit, "data.validation": 0,
        "training.seed": seed,
        "training.batch": BATCH, "training.learning_rate": arguments.learning_rate,
        "training.epochs": arguments.epochs, "training.milestones": arguments.milestones,
        "pruning.iterations": arguments.iterations,
        "pruning.retrain_epochs": arguments.retrain_epochs,
        "pruning.retrain_milestones": arguments.retrain_milestones,
    }
    command = [f"{ROOT}/launch/local", "-n", str(arguments.ranks), "--recipe", "resnet20-cifar10"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    subprocess.run(
        command + ["--quiet", "--output", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def measure(arguments, seed, folder, iteration):
    """What came of iteration `iteration` (0: the unpruned network) here and there."""
    result_path = f"{folder}/pytorch-{iteration}.json"
    if os.path.exists(result_path):
        with open(result_path) as file:
            return json.load(file)
    ours = f"{folder}/iterations/{iteration}.safetensors"
    start = time.perf_counter()
    if iteration == 0:
        model = initial_network(seed)
        losses = train(model, arguments, seed, 0, arguments.epochs, arguments.milestones)
    else:
        model = stored_network(f"{folder}/iterations/{iteration - 1}.safetensors", ours)
        losses = train(
            model, arguments, seed, iteration, arguments.retrain_epochs,
            arguments.retrain_milestones)
    result = {
        "ours": accuracy(stored_network(ours, ours), arguments),
        "pytorch": accuracy(model, arguments),
        "kept": 1.0, "losses": [], "pytorch_losses": losses,
        "pytorch_seconds": time.perf_counter() - start,
    }
    with open(f"{folder}/metrics.jsonl") as file:
        for event in map(json.loads, file):
            if event["event"] == "prune" and event["iteration"] == iteration:
                result["kept"] = event["density"]
            if event["event"] == "epoch" and event["iteration"] == iteration:
                result["losses"].append(event["loss"])
            if event["event"] == "end" and event["iteration"] == iteration:
                # The evaluation here must be the evaluation there, but for a few near ties.
                assert abs(event["test_accuracy"] - result["ours"]) < 1e-3, (event, result)
    with open(result_path, "w") as file:
        json.dump(result, file)
    return result


def print_table(results):
    """One line a seed and iteration, then means and standard deviations over seeds."""
    print("| seed | iteration | kept | relief-dist | PyTorch | difference | first epoch's loss | last |")
    print("|---|---|---|---|---|---|---|---|")
    for (seed, iteration), result in results.items():
        losses = " | ".join(
            f"{result['losses'][place]:.6f} / {result['pytorch_losses'][place]:.6f}"
            for place in (0, -1))
        print(
            f"| {seed} | {iteration} | {result['kept']:.1%} | {result['ours']:.2%} "
            f"| {result['pytorch']:.2%} | {result['ours'] - result['pytorch']:+.2%} | {losses} |")
    for iteration in sorted({iteration for _, iteration in results}):
        rows = [result for (_, other), result in results.items() if other == iteration]
        columns = [
            [row["kept"] for row in rows], [row["ours"] for row in rows],
            [row["pytorch"] for row in rows], [row["ours"] - row["pytorch"] for row in rows],
        ]
        figures = " | ".join(
            f"{statistics.mean(column):.2%} ± {statistics.stdev(column) if len(rows) > 1 else 0:.2%}"
            for column in columns)
        print(f"| {len(rows)} seeds | {iteration} | {figures} | | |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder of CIFAR-10's binary files")
    parser.add_argument("--output", required=True, help="folder for runs and results")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--limit", type=int, default=0, help="of training images, 0 = all")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2, help="of PyTorch")
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--milestones", type=int, nargs="*", default=[8, 10])
    parser.add_argument("--iterations", type=int, default=3)
    parser.add_argument("--retrain-epochs", type=int, default=6)
    parser.add_argument("--retrain-milestones", type=int, nargs="*", default=[3, 5])
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    results = {}
    for seed in arguments.seeds:
        folder = run_relief_dist(arguments, seed)
        for iteration in range(arguments.iterations + 1):
            results[seed, iteration] = measure(arguments, seed, folder, iteration)
            print(seed, iteration, json.dumps(results[seed, iteration]), flush=True)
    print_table(results)


if __name__ == "__main__":
    main()
