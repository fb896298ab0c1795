#!/usr/bin/env python3
"""Times training steps of relief-dist and of PyTorch on the same machine, in turns.

    python3 -m venv scratch && scratch/bin/pip install torch
    scratch/bin/python Benchmarks/against_pytorch.py [--network resnet20 --batch 128] [--rounds 5]

PyTorch runs in float32 and under bfloat16's autocast, each as one process with all threads and as
DistributedDataParallel over gloo with one process a core, contiguous and (convolutional networks)
channels-last, with its default and its fused optimizer, as it is and by torch.compile. A first round
times all of them once, and the best of each precision stay; further rounds time these and relief-dist
once each, so that a drift of the machine meets all alike. Figures are medians over rounds of the
median step; the best of each precision counts. What PyTorch cannot do here is said and left out.
"""

import argparse
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import astuple, dataclass

import pytorch_networks

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@dataclass(frozen=True)
class Configuration:
    """How PyTorch runs."""

    processes: int
    bfloat16: bool = False
    compiled: bool = False
    fused: bool = False
    channels_last: bool = False

    @property
    def precision(self):
        return "bfloat16" if self.bfloat16 else "float32"

    def name(self, cores):
        name = f"PyTorch {self.precision}, "
        name += (
            f"DDP gloo × {self.processes}" if self.processes > 1
            else f"1 process × {cores} threads")
        return (
            name + ", compiled" * self.compiled + ", channels-last" * self.channels_last
            + ", fused" * self.fused)


def step_seconds(arguments, how, batch):
    import torch
    from torch import nn

    torch.manual_seed(0)
    network = pytorch_networks.NETWORKS[arguments.network]
    layout = torch.channels_last if how.channels_last else torch.contiguous_format
    model = network.make().to(memory_format=layout)
    if how.processes > 1:
        model = nn.parallel.DistributedDataParallel(model)
    if how.compiled:
        model = torch.compile(model)
    optimizer = network.optimizer(model.parameters(), fused=how.fused)
    loss_function = nn.CrossEntropyLoss()
    batches = [
        (
            torch.rand(batch, *network.image).contiguous(memory_format=layout),
            torch.randint(network.classes, (batch,)),
        )
        for _ in range(4)
    ]
    times = []
    warm_up = min(20, max(2, arguments.steps // 5))
    for step in range(arguments.steps + warm_up):
        images, labels = batches[step % 4]
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=how.bfloat16):
            loss = loss_function(model(images), labels)
        loss.backward()
        optimizer.step()
        if step >= warm_up:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def worker(arguments):
    import torch
    import torch.distributed as distributed

    how = Configuration(*json.loads(arguments.worker))
    batch = arguments.batch // how.processes
    torch.set_num_threads(arguments.cores // how.processes)
    if how.processes > 1:
        distributed.init_process_group("gloo")
    seconds = step_seconds(arguments, how, batch)
    if how.processes > 1:
        distributed.destroy_process_group()
    if os.environ.get("RANK", "0") == "0":
        print(json.dumps({"images_per_second": batch * how.processes / seconds}))


def pytorch(arguments, how):
    """Images a second; None where PyTorch cannot do it."""
    flags = [
        __file__, "--worker", json.dumps(astuple(how)), "--network", arguments.network,
        "--batch", str(arguments.batch), "--steps", str(arguments.steps),
        "--cores", str(arguments.cores),
    ]
    children = []
    for rank in range(how.processes):
        environment = dict(
            os.environ, WORLD_SIZE=str(how.processes), RANK=str(rank), MASTER_ADDR="127.0.0.1",
            MASTER_PORT="29533", OMP_NUM_THREADS=str(arguments.cores // how.processes))
        children.append(subprocess.Popen(
            [sys.executable] + flags, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True))
    results = [child.communicate() for child in children]
    if any(child.returncode for child in children):
        reason = (results[0][1].strip().splitlines() or ["no word"])[-1]
        print(f"left out: {how.name(arguments.cores)}: {reason}", file=sys.stderr)
        return None
    return json.loads(results[0][0].splitlines()[-1])["images_per_second"]


def best_of_pytorch(arguments, convolutional):
    """The best configurations of each precision, by one measurement of each."""
    choices = itertools.product(
        [1, arguments.cores] if arguments.cores > 1 else [1], [False, True], [False, True],
        [False] if arguments.default_optimizer else [False, True],
        [False, True] if convolutional else [False])
    figures = {}
    for how in (Configuration(*choice) for choice in choices):
        if not re.search(arguments.matching, how.name(arguments.cores)):
            continue
        figure = pytorch(arguments, how)
        if figure:
            figures[how] = figure
            print(f"{how.name(arguments.cores):70} {figure:12,.1f}", file=sys.stderr)
    ranked = sorted(figures, key=figures.get, reverse=True)
    return [
        how for precision in ["float32", "bfloat16"]
        for how in [each for each in ranked if each.precision == precision][: arguments.best]]


def relief_dist(arguments, density):
    output = subprocess.run(
        [
            f"{ROOT}/launch/local", "-n", str(arguments.cores), "bench", "--network",
            arguments.network, "--batch", str(arguments.batch), "--density", str(density),
            "--steps", str(arguments.steps),
        ],
        check=True, capture_output=True, text=True).stdout
    return json.loads(output)["images_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--network", default="lenet300-100", choices=pytorch_networks.NETWORKS)
    parser.add_argument("--batch", type=int, default=120)
    parser.add_argument("--steps", type=int, help="default: what takes PyTorch a few seconds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--densities", type=float, nargs="*", default=[1, 0.3, 0.1, 0.05])
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument(
        "--default-optimizer", action="store_true", help="leave out PyTorch's fused optimizers")
    parser.add_argument(
        "--best", type=int, default=2, help="configurations of each precision that stay")
    parser.add_argument(
        "--matching", default="", metavar="PATTERN",
        help="try the configurations of PyTorch whose names match: a compilation takes minutes")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    network = pytorch_networks.NETWORKS[arguments.network]
    arguments.steps = arguments.steps or network.steps
    if arguments.worker:
        return worker(arguments)

    configurations, precisions = {}, {}
    for how in best_of_pytorch(arguments, network.is_convolutional):
        name = how.name(arguments.cores)
        precisions[name] = how.precision
        configurations[name] = lambda how=how: pytorch(arguments, how)
    for density in arguments.densities:
        configurations[f"relief-dist float32, density {density}"] = (
            lambda density=density: relief_dist(arguments, density))
    figures = {name: [] for name in configurations}
    for _ in range(arguments.rounds):
        for name, measure in configurations.items():
            figures[name].append(measure())
    figures = {name: values for name, values in figures.items() if None not in values}
    medians = {name: statistics.median(values) for name, values in figures.items()}
    best = {}
    for name, precision in precisions.items():
        if name in medians:
            best[precision] = max(best.get(precision, 0), medians[name])
    print(f"{arguments.network}, batch {arguments.batch}, {arguments.cores} cores, images/s")
    for name, value in medians.items():
        low, high = min(figures[name]), max(figures[name])
        ratios = ", ".join(
            f"{value / other:.2f} × PyTorch's best {precision}" for precision, other in best.items())
        print(f"{name:70} {value:10,.1f}  ({low:,.1f} – {high:,.1f})  {ratios}")


if __name__ == "__main__":
    main()
