#!/usr/bin/env python3
"""Times whole training steps at falling densities and draws how step time falls with them.

    python3 Benchmarks/density_plot.py              # measures, then draws
    python3 Benchmarks/density_plot.py --draw-only  # draws what was measured

Figures go to Benchmarks/results/density.jsonl, one line of `relief-dist bench` each, and the plot to
density.svg beside it.
"""

import argparse
import json
import math
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESULTS = f"{ROOT}/Benchmarks/results/density.jsonl"
NETWORKS = {"resnet20": 20, "resnet56": 8, "vgg-like": 6}
COLOURS = {"resnet20": "#1b6ca8", "resnet56": "#c8553d", "vgg-like": "#588157"}
DENSITIES = [1, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02]
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 380, 60, 40, 110, 50
LOWEST = 0.05


def bench(network, steps, density):
    line = subprocess.run(
        [
            f"{ROOT}/launch/local", "bench", "--network", network, "--batch", "128",
            "--density", str(density), "--steps", str(steps),
        ],
        check=True, capture_output=True, text=True).stdout
    return json.loads(line)


def measure(rounds):
    """The fastest of `rounds` rounds over everything: others may use the machine, too."""
    points = [(network, steps, density) for network, steps in NETWORKS.items() for density in DENSITIES]
    fastest = {}
    for _ in range(rounds):
        for point in points:
            step = bench(*point)
            if point not in fastest or step["step_seconds"] < fastest[point]["step_seconds"]:
                fastest[point] = step
    with open(RESULTS, "w") as file:
        for point in points:
            file.write(json.dumps(fastest[point]) + "\n")


def place(density, share):
    """Both axes are logarithmic: density from 1 down to 0.02, time from 1 down to LOWEST."""
    across = math.log(density) / math.log(DENSITIES[-1])
    down = math.log(share) / math.log(LOWEST)
    return (
        LEFT + across * (WIDTH - LEFT - RIGHT),
        TOP + down * (HEIGHT - TOP - BOTTOM),
    )


def text(x, y, words, anchor="middle", colour="#333"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def line(points, colour, dashes=""):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{dashes}"/>')


def draw(results):
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(WIDTH / 2, 20, "Time of a training step, dense = 1"),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "connections kept"),
    ]
    for share in [1, 0.5, 0.2, 0.1, LOWEST]:
        (x, y), (end, _) = place(1, share), place(DENSITIES[-1], share)
        parts += [line([(x, y), (end, y)], "#ddd"), text(x - 8, y + 4, f"{share:g}", "end")]
    for density in DENSITIES:
        x, y = place(density, LOWEST)
        parts.append(text(x, y + 20, f"{100 * density:g} %"))
    parts.append(line([place(density, max(density, LOWEST)) for density in DENSITIES], "#bbb", "4 4"))
    for network, colour in COLOURS.items():
        rows = [row for row in results if row["network"] == network]
        dense = max(rows, key=lambda row: row["density"])["step_seconds"]
        points = [
            place(density, row["step_seconds"] / dense) for density, row in zip(DENSITIES, rows)]
        parts.append(line(points, colour))
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(text(points[-1][0] + 10, points[-1][1] + 4, network, "start", colour))
    return "\n".join(parts + ["</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draw-only", action="store_true")
    parser.add_argument("--rounds", type=int, default=3, help="measure so often, take the fastest")
    arguments = parser.parse_args()
    if not arguments.draw_only:
        measure(arguments.rounds)
    with open(RESULTS) as file:
        results = [json.loads(row) for row in file]
    with open(RESULTS.replace(".jsonl", ".svg"), "w") as file:
        file.write(draw(results))


if __name__ == "__main__":
    main()
