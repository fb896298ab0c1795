#!/usr/bin/env python3
"""Holds what `relief-dist export` writes to PyTorch, ONNX, ONNX Runtime and safetensors themselves.

    judge.py --program PATH --work FOLDER [--data ROOT] [--readme PATH] [--quick] [NETWORK...]

Trains each network shortly on small images that it writes itself (with --data on MNIST and CIFAR-10
below ROOT, whose whole test sets are compared), damages the pruned one in several ways, and exports all
of them in every form. The lines that load a file are those of README.md. --quick takes LeNet-300-100 and
ResNet-20, without PyTorch. Prints a line for each check; ends with 1 where one fails.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import checks
import damage
import images
from topology import TOPOLOGIES, Liveness

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
QUICK = ["lenet300-100", "resnet20"]
QUICK_VARIANTS = ["single units", "constant units", "masked shortcuts"]
FORMS = ["safetensors", "safetensors-sparse", "onnx"]
# The folder of the network that is also exported with all of its units.
WHOLE = "out-pruned-twice"
# Data set, recipe, images to train on and to test with, epochs. Large networks get few images.
PLANS = {
    "lenet300-100": ("mnist", "lenet300-mnist", 800, 250, 3),
    "lenet5": ("mnist", "lenet5-mnist", 400, 250, 3),
    "vgg-like": ("cifar10", "vgg-like-cifar10", 40, 50, 1),
    "vgg16": ("tiny-imagenet", "vgg16-tiny-imagenet", 40, 30, 1),
    "resnet20": ("cifar10", "resnet20-cifar10", 160, 100, 2),
    "resnet18": ("tiny-imagenet", "resnet18-tiny-imagenet", 30, 20, 1),
    "wide-resnet-16-4": ("cifar10", "wide-resnet-22-2-cifar10", 40, 50, 1),
}


class Failure(Exception):
    """The program, or the README, is not what can be judged."""


def snippets(readme):
    """The lines of README.md that load each form, ready to be run."""
    with open(readme) as file:
        text = file.read()
    found = {}
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        first = re.match(r"# load: (\S+)\n", block)
        if first:
            found[first[1]] = compile(block, f"README.md, load: {first[1]}", "exec")
    missing = [form for form in FORMS if form not in found]
    if missing:
        raise Failure(f"README.md has no lines for {', '.join(missing)}")
    return found


class Judge:
    def __init__(self, arguments):
        self.arguments = arguments
        self.judgement = checks.Judgement()
        self.load = snippets(arguments.readme)

    def program(self, *words):
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        result = subprocess.run(
            [self.arguments.program, *words], capture_output=True, text=True, env=environment)
        if result.returncode != 0:
            raise Failure(f"relief-dist {' '.join(words)}\nended with {result.returncode}: "
                          f"{(result.stderr + result.stdout).strip()}")
        return result.stdout

    def loaded(self, form, path):
        """What README's lines make of the file."""
        names = {"path": path}
        exec(self.load[form], names)
        return names["session" if form == "onnx" else "state"]

    def judge(self, network):
        started = time.monotonic()
        folder = os.path.join(self.arguments.work, network)
        os.makedirs(folder, exist_ok=True)
        data, recipe, training, test, epochs = PLANS[network]
        tests = small = images.written(data, os.path.join(folder, "data"), training, test)
        if self.arguments.data:
            tests = images.original(data, self.arguments.data) or small
        settings = {
            "network.name": json.dumps(network), "data.path": json.dumps(tests.path),
            "data.cache": json.dumps(os.path.join(folder, "cache")),
            "data.augment": "false", "data.limit": training, "data.validation": training // 4,
            "training.batch": 16, "training.epochs": epochs, "training.milestones": "[]",
            "pruning.iterations": 2, "pruning.retrain_epochs": epochs,
            "pruning.retrain_milestones": "[]", "pruning.samples": 32, "checkpoint.epochs": 0,
        }
        words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        run = os.path.join(folder, "run")
        self.program(
            "run", "--recipe", os.path.join(ROOT, "launch/recipes", f"{recipe}.toml"), *words,
            "--output", run, "--resume", "never", "--quiet")
        models = [("unpruned", f"{run}/iterations/0.safetensors", tests),
                  ("pruned twice", f"{run}/iterations/2.safetensors", tests)]
        net = TOPOLOGIES[network]()
        for variant in QUICK_VARIANTS if self.arguments.quick else damage.VARIANTS:
            path = os.path.join(folder, variant.replace(" ", "-") + ".safetensors")
            if damage.write(variant, net, models[1][1], path, small.path):
                models.append((variant, path, small))
        # The program takes one core; two of them are likely there.
        with ThreadPoolExecutor(2) as pool:
            written = [pool.submit(self.write, model, self.place(folder, variant))
                       for variant, model, _ in models]
            for (variant, model, tests), done in zip(models, written):
                self.judgement.subject = f"{network}, {variant}"
                place = self.place(folder, variant)
                self.guarded(network, net, model, tests, place, after=done)
        print(f"      {network}: {time.monotonic() - started:.1f} s", flush=True)

    @staticmethod
    def place(folder, variant):
        return os.path.join(folder, "out-" + variant.replace(" ", "-"))

    def write(self, model, place):
        """The program's answers, and the network in every form."""
        os.makedirs(place, exist_ok=True)
        self.program("evaluate", model, "--predictions", f"{place}/predictions.csv")
        for form in FORMS:
            flags = ["--config"] if form == "safetensors" else []
            self.program(
                "export", model, "--format", form, "--output", f"{place}/{form}", "--force", *flags)
        if place.endswith(WHOLE):
            self.program("export", model, "--format", "onnx", "--output", f"{place}/whole.onnx",
                         "--keep-shapes", "--force")

    def guarded(self, network, net, model, tests, place, after=None):
        """Judges a model once it is written. Whatever a reader does not like is a finding."""
        try:
            if after:
                after.result()
            self.judge_model(network, net, model, tests, place)
        except Exception as error:
            self.judgement.check(False, f"{type(error).__name__}: {error}")

    def judge_model(self, network, net, model, tests, place):
        answers = checks.Answers(f"{place}/predictions.csv", tests.labels)
        paths = {form: f"{place}/{form}" for form in FORMS}
        tensors, metadata = damage.read(model)
        checks.config(self.judgement, f"{place}/config.json", tensors, metadata)
        dense, _ = damage.read(paths["safetensors"])
        stored, _ = damage.read(paths["safetensors-sparse"])
        restored = self.loaded("safetensors-sparse", paths["safetensors-sparse"])
        checks.sparse(self.judgement, dense, restored, stored, paths["safetensors-sparse"])
        checks.masks_kept(self.judgement, tensors, stored)
        if not self.arguments.quick:
            self.judge_pytorch(network, paths["safetensors"], metadata, answers, tests)
        liveness = Liveness(net, tensors, json.loads(metadata["input"]))
        self.judge_onnx("onnx", paths["onnx"], answers, tests, liveness)
        if place.endswith(WHOLE):
            whole = f"{place}/whole.onnx"
            self.judge_onnx("onnx --keep-shapes", whole, answers, tests, None)
            checks.whole(self.judgement, whole, tensors)

    def judge_pytorch(self, network, path, metadata, answers, tests):
        import pytorch_modules

        def axis(key):
            return np.array(json.loads(metadata[key]), np.float32)[:, None, None]

        state = self.loaded("safetensors", path)
        normalised = tests.scaled
        if "mean" in metadata:
            normalised = (normalised - axis("mean")) / axis("deviation")
        logits = pytorch_modules.logits(network, state, normalised)
        checks.compare(self.judgement, "safetensors", answers, logits, checks.PYTORCH_TOLERANCE)

    def judge_onnx(self, form, path, answers, tests, liveness):
        model = checks.onnx_file(self.judgement, path, form)
        logits = checks.run(self.loaded("onnx", path), tests.scaled)
        checks.compare(self.judgement, form, answers, logits, checks.ONNX_TOLERANCE)
        if liveness:
            checks.cost(self.judgement, model, liveness, form)


def arguments_of(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--data")
    parser.add_argument("--readme", default=os.path.join(ROOT, "README.md"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    arguments = parser.parse_args(words)
    unknown = [name for name in arguments.networks if name not in PLANS]
    if unknown:
        parser.error(f"{unknown[0]} is none of {', '.join(PLANS)}")
    arguments.work = os.path.abspath(arguments.work)
    return arguments


def main():
    arguments = arguments_of(sys.argv[1:])
    started = time.monotonic()
    try:
        judge = Judge(arguments)
    except (Failure, OSError) as error:
        print(f"FAIL  {error}")
        return 1
    if arguments.quick:
        print("      without PyTorch: safetensors is read by numpy alone")
    for network in arguments.networks or (QUICK if arguments.quick else PLANS):
        try:
            judge.judge(network)
        except Failure as failure:
            judge.judgement.subject = network
            judge.judgement.check(False, failure)
    failures = judge.judgement.failures
    print(f"{judge.judgement.count} checks, {len(failures)} failed, {time.monotonic() - started:.0f} s")
    for line in failures:
        print(f"failed: {line}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
