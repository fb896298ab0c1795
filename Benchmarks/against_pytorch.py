#!/usr/bin/env python3
"""Times training steps of relief-dist and of PyTorch on the same machine, in turns.

    python3 -m venv scratch && scratch/bin/pip install torch
    scratch/bin/python Benchmarks/against_pytorch.py [--network lenet300-100] [--rounds 5]

PyTorch runs float32 as one process with all threads, and as DistributedDataParallel over gloo with
one process a core; each with its default and its fused optimizer. The best of them counts. Each round
times every configuration once, so that a drift of the machine meets all alike; figures are medians
over rounds of the median step.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def lenet300():
    from torch import nn

    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 300), nn.ReLU(),
        nn.Linear(300, 100), nn.ReLU(),
        nn.Linear(100, 10),
    )


NETWORKS = {"lenet300-100": (lenet300, (1, 28, 28), 10)}


def step_seconds(network, batch, steps, fused, distributed):
    import torch
    from torch import nn

    torch.manual_seed(0)
    make, shape, classes = NETWORKS[network]
    model = make()
    if distributed:
        model = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=5e-4, fused=fused)
    loss_function = nn.CrossEntropyLoss()
    batches = [(torch.rand(batch, *shape), torch.randint(classes, (batch,))) for _ in range(4)]
    times = []
    for step in range(steps + 20):
        images, labels = batches[step % 4]
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss_function(model(images), labels).backward()
        optimizer.step()
        if step >= 20:
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
    seconds = step_seconds(arguments.network, batch, arguments.steps, arguments.fused, world > 1)
    if world > 1:
        distributed.destroy_process_group()
    if os.environ.get("RANK", "0") == "0":
        print(json.dumps({"images_per_second": batch * world / seconds}))


def pytorch(arguments, processes, fused):
    flags = [
        __file__, "--worker", "--network", arguments.network, "--batch", str(arguments.batch),
        "--steps", str(arguments.steps), "--cores", str(arguments.cores),
    ] + (["--fused"] if fused else [])
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
    parser.add_argument("--network", default="lenet300-100", choices=NETWORKS)
    parser.add_argument("--batch", type=int, default=120)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--densities", type=float, nargs="*", default=[1, 0.3, 0.1, 0.05])
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--fused", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(arguments)

    configurations = {
        f"PyTorch, 1 process × {arguments.cores} threads": lambda: pytorch(arguments, 1, False),
        f"PyTorch, 1 process × {arguments.cores} threads, fused": lambda: pytorch(arguments, 1, True),
        f"PyTorch, DDP gloo × {arguments.cores}": lambda: pytorch(arguments, arguments.cores, False),
        f"PyTorch, DDP gloo × {arguments.cores}, fused": lambda: pytorch(arguments, arguments.cores, True),
    }
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
        print(f"{name:45} {value:12,.0f}  ({low:,.0f} – {high:,.0f})  {value / best:6.2f} × best PyTorch")


if __name__ == "__main__":
    main()
