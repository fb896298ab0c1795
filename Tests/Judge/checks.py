"""What must hold of each exported form. Each check gives the figure it measured."""

import csv
import json
import os

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper, shape_inference

PYTORCH_TOLERANCE = 1e-5
ONNX_TOLERANCE = 1e-4
# Rounding makes so many images change their class at most.
IMAGES_ASTRAY = 2
COST_TOLERANCE = 1.05
# What rounding may leave where all logits are smaller.
LEAST_LOGIT = 1e-6


class Judgement:
    """Prints a line for each check, and keeps those that failed."""

    def __init__(self):
        self.failures, self.count, self.subject = [], 0, ""

    def check(self, holds, figure):
        self.count += 1
        line = f"{self.subject}: {figure}"
        if not holds:
            self.failures.append(line)
        print(("ok    " if holds else "FAIL  ") + line, flush=True)


class Answers:
    """What `evaluate --predictions` wrote."""

    def __init__(self, path, labels):
        with open(path) as file:
            rows = list(csv.reader(file))
        assert rows[0][:3] == ["image", "label", "prediction"], rows[0]
        numbers = np.array(rows[1:], np.float64)
        if not np.array_equal(numbers[:, 0], np.arange(len(labels))):
            raise ValueError(f"{path} does not have the {len(labels)} test images in order")
        if not np.array_equal(numbers[:, 1], labels):
            raise ValueError(f"{path} has other labels than the test images")
        self.labels, self.logits = numbers[:, 1], numbers[:, 3:]
        self.correct = int((numbers[:, 2] == self.labels).sum())

    def distance(self, logits):
        """How far `logits` are off at most, as a share of the largest."""
        if logits.shape != self.logits.shape or not np.isfinite(logits).all():
            return float("inf")
        largest = max(np.abs(self.logits).max(), LEAST_LOGIT)
        return float(np.abs(logits - self.logits).max() / largest)

    def correct_in(self, logits):
        return int((logits.argmax(1) == self.labels).sum())


def compare(judgement, form, answers, logits, tolerance):
    distance = answers.distance(logits)
    judgement.check(
        distance <= tolerance,
        f"{form}: logits {distance:.1e} of the largest off, at most {tolerance:.0e} is allowed")
    correct = answers.correct_in(logits)
    judgement.check(
        abs(correct - answers.correct) <= IMAGES_ASTRAY,
        f"{form}: {correct} of {len(answers.labels)} images right, relief-dist has {answers.correct}")


def sparse(judgement, dense, restored, stored, path):
    """The sparse form restored is the dense file, and no larger than what survives."""
    different = [name for name in sorted(dense.keys() | restored.keys())
                 if name not in dense or name not in restored
                 or dense[name].dtype != restored[name].dtype
                 or dense[name].tobytes() != restored[name].tobytes()
                 or dense[name].shape != restored[name].shape]
    judgement.check(
        not different,
        f"safetensors-sparse: {len(dense) - len(different)} of {len(dense)} tensors restored bit for bit"
        + (f", not {', '.join(different[:5])}" if different else ""))
    kept = sum(tensor.size for name, tensor in stored.items() if name.endswith(".values"))
    places = [tensor for name, tensor in stored.items() if name.endswith(".indices")]
    ordered = all(tensor.dtype == np.int32 and (np.diff(tensor) > 0).all() for tensor in places)
    judgement.check(ordered, f"safetensors-sparse: {len(places)} lists of places are int32 and ascend")
    most = 1.1 * 4 * (kept + sum(tensor.size for tensor in places)) + (64 << 10)
    size = os.path.getsize(path)
    judgement.check(
        size <= most, f"safetensors-sparse: {size:,} bytes, at most {int(most):,} are allowed")


def masks_kept(judgement, source, stored):
    """The sparse form has the connections that the model file's masks keep, and no others."""
    wrong = []
    for name, tensor in stored.items():
        if not name.endswith(".indices"):
            continue
        mask = source["mask." + name.removesuffix(".indices")]
        connections = mask.reshape(*mask.shape[:2], -1)[..., 0] if mask.ndim > 1 else mask
        if not np.array_equal(np.flatnonzero(connections), tensor):
            wrong.append(name)
    judgement.check(
        not wrong, "safetensors-sparse: places are those of the masks"
        + (f", but for {', '.join(wrong[:5])}" if wrong else ""))


def onnx_file(judgement, path, form):
    """The file is a valid model for programs of 2022 and later."""
    model = onnx.load(path)
    try:
        onnx.checker.check_model(model, full_check=True)
        fault = ""
    except Exception as error:  # The checker has errors of many kinds; each is a finding.
        fault = f", the checker says {str(error).splitlines()[0]}"
    opset = {item.domain: item.version for item in model.opset_import}.get("")
    judgement.check(
        not fault and opset == 17 and model.ir_version <= 8,
        f"{form}: full check, opset {opset}, IR version {model.ir_version}{fault}")
    return model


def run(session, images):
    """Logits of pixels divided by 255."""
    name = session.get_inputs()[0].name
    # A last batch of another size shows that the number of images is free.
    return np.concatenate([
        session.run(None, {name: images[start:start + 60]})[0] for start in range(0, len(images), 60)
    ])


def session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def multiply_adds(model):
    """Products of an image that convolutions and matrices of the file take."""
    graph = shape_inference.infer_shapes(model, data_prop=True).graph
    weights = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    shapes = {}
    for value in [*graph.input, *graph.value_info, *graph.output]:
        shapes[value.name] = [axis.dim_value for axis in value.type.tensor_type.shape.dim]
    total = 0
    for node in graph.node:
        if node.op_type in ("Gemm", "MatMul"):
            total += weights[node.input[1]].size
        elif node.op_type == "Conv":
            rows, columns = shapes[node.output[0]][2:]
            if not rows or not columns:
                raise ValueError(f"{node.name}: the size of its output is not known")
            total += weights[node.input[1]].size * rows * columns
    return total


def cost(judgement, model, liveness, form):
    """The file does no more work than live channels are."""
    found = multiply_adds(model)
    live, own, reasons = liveness.multiply_adds()
    note = ""
    if found > COST_TOLERANCE * own and reasons:
        note = f"; {own:,} but for this: {'; '.join(reasons)}"
    ratio = found / live if live else float(found > 0)
    judgement.check(
        found <= COST_TOLERANCE * live,
        f"{form}: {found:,} multiply-adds an image, {ratio:.3f} of the {live:,} of live channels{note}")


def whole(judgement, path, tensors):
    """Every layer has all of its units."""
    graph = onnx.load(path).graph
    weights = {item.name: item for item in graph.initializer}
    found = sorted(
        # Gemm and MatMul may have theirs transposed.
        sorted(weights[node.input[1]].dims)
        for node in graph.node if node.op_type in ("Conv", "Gemm", "MatMul"))
    wanted = sorted(
        sorted(tensor.shape) for name, tensor in tensors.items()
        if not name.startswith("mask.") and tensor.ndim > 1)
    judgement.check(
        found == wanted,
        f"onnx --keep-shapes: weights of {len(found)} layers, whole as the {len(wanted)} of the network")


def config(judgement, path, tensors, metadata):
    """config.json beside the weights says what they are."""
    with open(path) as file:
        found = json.load(file)
    shapes = {name: list(tensor.shape) for name, tensor in tensors.items()
              if f"mask.{name}" in tensors}
    holds = (found["network"] == metadata["network"] and found["shapes"] == shapes
             and found["input"] == json.loads(metadata["input"])
             and found["class_names"] == json.loads(metadata["class_names"])
             and all(np.allclose(found.get(key, 0), json.loads(metadata.get(key, "0")), rtol=1e-6)
                     for key in ("mean", "deviation")))
    judgement.check(holds, f"config.json: network, images, classes and {len(shapes)} shapes")
