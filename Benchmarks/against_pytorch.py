#!/usr/bin/env python3
"""Times training steps of relief-dist and of PyTorch on the same machine, in turns.

    python3 -m venv scratch && scratch/bin/pip install torch
    scratch/bin/python Benchmarks/against_pytorch.py [--network resnet20 --batch 128] [--rounds 5]

PyTorch runs float32 as one process with all threads and as DistributedDataParallel over gloo with one
process a core, contiguous and (convolutional networks) channels-last, each with its default and its
fused optimizer. The best of them counts. Each round times every configuration once, so that a drift
of the machine meets all alike; figures are medians over rounds of the median step.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time

import pytorch_networks

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def step_seconds(arguments, batch, distributed):
    import torch
    from torch import nn

    torch.manual_seed(0)
    network = pytorch_networks.NETWORKS[arguments.network]
    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
    model = network.make().to(memory_format=layout)
    if distributed:
        model = nn.parallel.DistributedDataParallel(model)
    optimizer = network.optimizer(model.parameters(), fused=arguments.fused)
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
        loss_function(model(images), labels).backward()
        optimizer.step()
        if step >= warm_up:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def worker(arguments):
    import torch
    import torch.distributed as distributed

    world = int(os.environ.get("WORLD_SIZE", "1"))
    batch = arguments.batch // world
    torch.set_num_threads(arguments.cores // world)
    if world > 1:
        distributed.init_process_group("gloo")
    seconds = step_seconds(arguments, batch, world > 1)
    if world > 1:
        distributed.destroy_process_group()
    if os.environ.get("RANK", "0") == "0":
        print(json.dumps({"images_per_second": batch * world / seconds}))


def pytorch(arguments, processes, fused, channels_last):
    flags = [
        __file__, "--worker", "--network", arguments.network, "--batch", str(arguments.batch),
        "--steps", str(arguments.steps), "--cores", str(arguments.cores),
    ] + ["--fused"] * fused + ["--channels-last"] * channels_last
    children = []
    for rank in range(processes):
        environment = dict(
            os.environ, WORLD_SIZE=str(processes), RANK=str(rank), MASTER_ADDR="127.0.0.1",
            MASTER_PORT="29533", OMP_NUM_THREADS=str(arguments.cores // processes))
        children.append(subprocess.Popen(
            [sys.executable] + flags, env=environment, stdout=subprocess.PIPE, text=True))
    outputs = [child.communicate()[0] for child in children]
    return json.loads(outputs[0])["images_per_second"]


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
    parser.add_argument("--fused", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--channels-last", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(arguments)

    network = pytorch_networks.NETWORKS[arguments.network]
    arguments.steps = arguments.steps or network.steps
    configurations = {}
    layouts = [False, True] if network.is_convolutional else [False]
    optimizers = [False] if arguments.default_optimizer else [False, True]
    for processes, fused, channels_last in itertools.product(
        [1, arguments.cores], optimizers, layouts
    ):
        name = "PyTorch, " + (
            "DDP gloo × %d" % processes if processes > 1 else "1 process × %d threads" % arguments.cores)
        name += ", channels-last" * channels_last + ", fused" * fused
        configurations[name] = (
            lambda choice=(processes, fused, channels_last): pytorch(arguments, *choice))
    for density in arguments.densities:
        configurations[f"relief-dist, density {density}"] = (
            lambda density=density: relief_dist(arguments, density))
    figures = {name: [] for name in configurations}
    for _ in range(arguments.rounds):
        for name, measure in configurations.items():
            figures[name].append(measure())
    medians = {name: statistics.median(values) for name, values in figures.items()}
    best = max(value for name, value in medians.items() if name.startswith("PyTorch"))
    print(f"{arguments.network}, batch {arguments.batch}, {arguments.cores} cores, images/s")
    for name, value in medians.items():
        low, high = min(figures[name]), max(figures[name])
        print(f"{name:55} {value:12,.0f}  ({low:,.0f} – {high:,.0f})  {value / best:6.2f} × best PyTorch")


if __name__ == "__main__":
    main()
