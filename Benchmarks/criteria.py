#!/usr/bin/env python3
"""Prunes LeNet-300-100 on MNIST by each criterion and draws error against kept connections.

    python3 -m venv scratch && scratch/bin/pip install numpy safetensors
    scratch/bin/python Benchmarks/criteria.py --data MNIST_FOLDER [--output FOLDER]
    scratch/bin/python Benchmarks/criteria.py --draw-only   # draws what was measured

Each criterion runs with the count of activity and with its own: 10 epochs, then 14 iterations of 10
epochs, survivors rewound, 3 seeds. The test error is that of every iteration's network, computed here
from its file; nothing is chosen by it. Figures go to Benchmarks/results/criteria.jsonl, a line for each
iteration (means over seeds), and the plot to criteria.svg beside it. What is finished is found again in
--output, so that an interrupted measurement goes on.
"""

import argparse
import gzip
import json
import math
import os
import statistics
import subprocess

from density_plot import line as curve, text

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESULTS = f"{ROOT}/Benchmarks/results/criteria.jsonl"
SETTINGS = ["training.epochs=10", "pruning.iterations=14", "pruning.retrain_epochs=10"]
# Name, colour and settings of each curve; the criterion's own count is drawn solid.
CONFIGURATIONS = [
    ("activity", "#1b6ca8", "own"),
    ("magnitude", "#c8553d", "activity"), ("magnitude", "#c8553d", "own"),
    ("taylor", "#588157", "activity"), ("taylor", "#588157", "own"),
    ("random", "#777777", "activity"), ("random", "#777777", "own"),
]
WIDTH, HEIGHT, TOP, BOTTOM, LEFT, GAP, RIGHT = 900, 420, 46, 50, 60, 60, 20
KEPT, ERROR = (300_000, 2_000), (1.5, 30)


def run(arguments, criterion, count, seed, extra=()):
    """The lines of a run, which is made where it is not there yet."""
    folder = f"{arguments.output}/{criterion}-{count}-{seed}"
    settings = SETTINGS + [
        f"data.path={arguments.data}", f"training.seed={seed}", f"pruning.criterion={criterion}",
        f"pruning.count={count}", *extra]
    command = [f"{ROOT}/launch/local", "--recipe", "lenet300-mnist", "--output", folder]
    if arguments.ranks:
        command[1:1] = ["-n", str(arguments.ranks)]
    for setting in settings:
        command += ["--set", setting]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(f"{folder}/metrics.jsonl") as file:
        lines = [json.loads(line) for line in file]
    iterations = {}
    for line in lines:
        if line["event"] == "iteration":
            iterations[line["iteration"]] = line
    return folder, iterations


def test_images(folder):
    import numpy

    def read(name, skipped):
        with gzip.open(f"{folder}/{name}.gz") as file:
            return numpy.frombuffer(file.read(), numpy.uint8)[skipped:]

    images = read("t10k-images-idx3-ubyte", 16).reshape(-1, 784).astype(numpy.float32) / 255
    return images, read("t10k-labels-idx1-ubyte", 8)


def test_error(path, images, labels):
    """Percent of the test images that the network of a file gets wrong."""
    import numpy
    from safetensors.numpy import load_file

    tensors = load_file(path)
    weights = sorted(
        name for name in tensors if name.endswith(".weight") and not name.startswith("mask."))
    activity = images
    for place, name in enumerate(weights):
        activity = activity @ tensors[name].T + tensors[name.replace(".weight", ".bias")]
        if place + 1 < len(weights):
            activity = numpy.maximum(activity, 0)
    return 100 * float((activity.argmax(1) != labels).mean())


def measure(arguments):
    images, labels = test_images(arguments.data)
    with open(RESULTS, "w") as file:
        for criterion, _, count in CONFIGURATIONS:
            runs = [run(arguments, criterion, count, seed) for seed in range(arguments.seeds)]
            for iteration in range(min(max(iterations) for _, iterations in runs) + 1):
                lines = [iterations[iteration] for _, iterations in runs]
                kept = [line["kept"] for line in lines]
                validation = [100 * (1 - line["validation_accuracy"]) for line in lines]
                test = [
                    test_error(f"{folder}/iterations/{iteration}.safetensors", images, labels)
                    for folder, _ in runs]
                file.write(json.dumps({
                    "criterion": criterion, "count": count, "iteration": iteration,
                    "kept": round(statistics.mean(kept)), "seeds": len(runs),
                    "validation_error": round(statistics.mean(validation), 3),
                    "validation_deviation": round(statistics.pstdev(validation), 3),
                    "test_error": round(statistics.mean(test), 3),
                    "test_deviation": round(statistics.pstdev(test), 3)}) + "\n")
                file.flush()


def place(panel, kept, error):
    """Both axes are logarithmic; fewer connections are to the right."""
    width = (WIDTH - LEFT - GAP - RIGHT) / 2
    across = math.log(kept / KEPT[0]) / math.log(KEPT[1] / KEPT[0])
    up = math.log(min(error, ERROR[1]) / ERROR[0]) / math.log(ERROR[1] / ERROR[0])
    return (
        LEFT + panel * (width + GAP) + across * width, HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM))


def draw(lines):
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for panel, kind in enumerate(["validation", "test"]):
        (left, bottom), (right, top) = place(panel, KEPT[0], ERROR[0]), place(panel, KEPT[1], ERROR[1])
        parts.append(text((left + right) / 2, 18, f"{kind} error, %"))
        parts.append(text((left + right) / 2, HEIGHT - 8, "connections kept"))
        for error in [1.5, 2, 3, 5, 10, 20, 30]:
            _, y = place(panel, KEPT[0], error)
            parts.append(f'<path d="M{left} {y:.1f}H{right}" stroke="#ddd"/>')
            parts.append(text(left - 6, y + 4, f"{error:g}", "end"))
        for kept in [200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000]:
            x, _ = place(panel, kept, ERROR[0])
            parts.append(f'<path d="M{x:.1f} {top}V{bottom}" stroke="#ddd"/>')
            parts.append(text(x, bottom + 17, f"{kept // 1000}k"))
        for criterion, colour, count in CONFIGURATIONS:
            points = [
                place(panel, line["kept"], line[f"{kind}_error"]) for line in lines
                if (line["criterion"], line["count"]) == (criterion, count) and line["kept"] >= KEPT[1]]
            parts.append(curve(points, colour, "" if count == "own" else "5 4"))
    x, y = place(0, KEPT[0], ERROR[1])
    names = list(dict.fromkeys((criterion, colour) for criterion, colour, _ in CONFIGURATIONS))
    for row, (criterion, colour) in enumerate(names):
        parts.append(text(x + 10, y + 18 + 17 * row, criterion, "start", colour))
    parts.append(text(x + 10, y + 22 + 17 * len(names), "dashed: activity's count", "start"))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="the folder with MNIST's four files, compressed")
    parser.add_argument("--output", default="runs/criteria", help="where the runs' folders go")
    parser.add_argument("--ranks", type=int, help="as of launch/local")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--draw-only", action="store_true")
    arguments = parser.parse_args()
    if not arguments.draw_only:
        if not arguments.data:
            parser.error("--data is missing")
        measure(arguments)
    with open(RESULTS) as file:
        lines = [json.loads(line) for line in file]
    with open(RESULTS.replace(".jsonl", ".svg"), "w") as file:
        file.write(draw(lines))


if __name__ == "__main__":
    main()
