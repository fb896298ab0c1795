#!/usr/bin/env python3
"""Breaks exported files one way after the other, and requires the check that is for it to fail.

    broken.py --program PATH --work FOLDER [--readme PATH] [--quick]

Takes the files of ResNet-20 that judge.py has left in FOLDER.
"""

import contextlib
import io
import json
import os
import shutil
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

import damage
import images
import judge
from topology import TOPOLOGIES

NETWORK = "resnet20"


def tensors(name, change):
    def apply(place):
        found, metadata = damage.read(f"{place}/{name}")
        found = {key: tensor.copy() for key, tensor in found.items()}
        change(found)
        save_file(found, f"{place}/{name}", metadata)
    return apply


def model(change):
    def apply(place):
        found = onnx.load(f"{place}/onnx")
        change(found)
        onnx.save(found, f"{place}/onnx")
    return apply


def text(name, change):
    def apply(place):
        with open(f"{place}/{name}") as file:
            found = change(file.read())
        with open(f"{place}/{name}", "w") as file:
            file.write(found)
    return apply


def scale_first(found):
    weights = next(item for item in found.graph.initializer if len(item.dims) == 4)
    weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights) * 1.01, weights.name))


def prefer_one_class(found):
    bias = next(item for item in found.graph.initializer if item.name == found.graph.node[-1].input[-1])
    values = numpy_helper.to_array(bias).copy()
    values.flat[0] += 1000
    bias.CopyFrom(numpy_helper.from_array(values, bias.name))


def newer_opset(found):
    found.opset_import[0].version = 18


def newer_version(found):
    found.ir_version = 9


def unknown_node(found):
    found.graph.node[0].op_type = "Nothing"


def drop_first_place(found):
    name = "conv1.weight"
    for part in (".indices", ".values"):
        found[name + part] = found[name + part][1:].copy()


def swap_places(found):
    for part in (".indices", ".values"):
        found["conv1.weight" + part][:2] = found["conv1.weight" + part][1::-1]


def change_value(found):
    found["conv1.weight.values"][0] += 1e-6


def change_weight(found):
    found["conv1.weight"] *= 1.01


def rename(found):
    found["conv0.weight"] = found.pop("conv1.weight")


def fatten(found):
    found["more"] = np.zeros(1 << 18, np.float32)


def more_names(content):
    return json.dumps(json.loads(content) | {"class_names": []})


def copy(source, target):
    return lambda place: shutil.copy(f"{place}/{source}", f"{place}/{target}")


# What is done to the files, and words of the check that must fail.
WAYS = [
    (lambda place: None, None),
    (tensors("safetensors", change_weight), "safetensors: logits"),
    (tensors("safetensors", rename), "RuntimeError"),
    (tensors("safetensors-sparse", change_value), "restored bit for bit"),
    (tensors("safetensors-sparse", swap_places), "int32 and ascend"),
    (tensors("safetensors-sparse", drop_first_place), "places are those of the masks"),
    (tensors("safetensors-sparse", fatten), "bytes, at most"),
    (model(newer_opset), "opset 18"),
    (model(newer_version), "IR version 9"),
    (model(unknown_node), "the checker says"),
    (model(scale_first), "onnx: logits"),
    (model(prefer_one_class), "images right"),
    (copy("whole.onnx", "onnx"), "multiply-adds"),
    (copy("onnx", "whole.onnx"), "whole as the"),
    (text("config.json", more_names), "config.json"),
    (text("predictions.csv", lambda content: content.replace("\n0,0,", "\n0,1,")), "other labels"),
]


def main():
    arguments = judge.arguments_of(sys.argv[1:])
    folder = os.path.join(arguments.work, NETWORK)
    place = os.path.join(folder, judge.WHOLE)
    data, _, training, test, _ = judge.PLANS[NETWORK]
    tests = images.written(data, os.path.join(folder, "data"), training, test)
    unnoticed = []
    for break_files, words in WAYS:
        if arguments.quick and words in ("safetensors: logits", "RuntimeError"):
            continue
        copied = os.path.join(folder, "broken", judge.WHOLE)
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(place, copied)
        break_files(copied)
        one = judge.Judge(arguments)
        with contextlib.redirect_stdout(io.StringIO()):
            one.guarded(
                NETWORK, TOPOLOGIES[NETWORK](), f"{folder}/run/iterations/2.safetensors", tests, copied)
        failures = one.judgement.failures
        noticed = any(words in line for line in failures) if words else not failures
        print(f"{'ok    ' if noticed else 'FAIL  '}{words or 'nothing broken'}: {len(failures)} failed")
        if not noticed:
            unnoticed += [words or "nothing broken"]
            print("\n".join(failures))
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
