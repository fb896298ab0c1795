#!/usr/bin/env python3
"""Times inference of relief-dist and of ONNX Runtime on the same machine, in turns.

    python3 -m venv scratch && scratch/bin/pip install torch onnx onnxruntime
    scratch/bin/python Benchmarks/against_onnxruntime.py [--network resnet20] [--rounds 5]

ONNX Runtime runs the dense network, as PyTorch exports it, in one process with all threads and all
optimisations; relief-dist has a rank a core and the densities that are asked for, connections kept at
random. Figures are medians over rounds of the median pass over a batch and of the median latency of one
image.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import pytorch_networks

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def export(network, path):
    import torch

    model = network.make().eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (torch.rand(2, *network.image),), path, dynamo=False, opset_version=17,
            input_names=["input"], output_names=["logits"],
            dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})


def median_pass(session, images, passes):
    times = []
    for count in range(passes + 3):
        start = time.perf_counter()
        session.run(None, {"input": images})
        if count >= 3:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def worker(arguments):
    """One measurement of ONNX Runtime, in a process of its own: its threads spin for a while."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.cores
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(
        arguments.worker, options, providers=["CPUExecutionProvider"])
    image = pytorch_networks.NETWORKS[arguments.network].image
    random = np.random.default_rng(0)
    seconds = [
        median_pass(session, random.random((count, *image), np.float32), passes)
        for count, passes in [(arguments.batch, arguments.passes), (1, 5 * arguments.passes)]]
    print(json.dumps(
        {"images_per_second": arguments.batch / seconds[0], "latency_seconds": seconds[1]}))


def onnx_runtime(arguments, path):
    return json.loads(subprocess.run(
        [
            sys.executable, __file__, "--worker", path, "--network", arguments.network, "--batch",
            str(arguments.batch), "--passes", str(arguments.passes), "--cores",
            str(arguments.cores),
        ],
        check=True, capture_output=True, text=True).stdout)


def relief_dist(arguments, density):
    return json.loads(subprocess.run(
        [
            f"{ROOT}/launch/local", "-n", str(arguments.cores), "bench", "--inference",
            "--network", arguments.network, "--batch", str(arguments.batch), "--density",
            str(density), "--steps", str(arguments.passes),
        ],
        check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--network", default="resnet20", choices=pytorch_networks.NETWORKS)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--passes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--densities", type=float, nargs="*", default=[1, 0.1])
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(arguments)

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/network.onnx"
        export(pytorch_networks.NETWORKS[arguments.network], path)
        configurations = {"ONNX Runtime, dense": lambda: onnx_runtime(arguments, path)}
        for density in arguments.densities:
            configurations[f"relief-dist, density {density:g}"] = (
                lambda density=density: relief_dist(arguments, density))
        figures = {name: [] for name in configurations}
        for _ in range(arguments.rounds):
            for name, measure in configurations.items():
                figures[name].append(measure())
    print(f"{arguments.network}, batch {arguments.batch}, {arguments.cores} cores")
    yardstick = None
    for name, rounds in figures.items():
        rates = [each["images_per_second"] for each in rounds]
        rate = statistics.median(rates)
        latency = statistics.median(each["latency_seconds"] for each in rounds)
        yardstick = yardstick or rate
        print(
            f"{name:30} {rate:12,.1f} images/s ({min(rates):,.1f} – {max(rates):,.1f})"
            f" {rate / yardstick:6.2f} × ONNX Runtime's; one image {latency * 1e3:8.3f} ms")


if __name__ == "__main__":
    main()
