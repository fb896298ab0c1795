"""Small data sets in their original layouts, and the test images that the program is given."""

import gzip
import os
import struct
from dataclasses import dataclass

import numpy as np

CLASSES = 10


@dataclass
class ImageSet:
    """Test images in the order in which the program takes them."""

    path: str
    pixels: np.ndarray
    labels: np.ndarray

    @property
    def scaled(self):
        return self.pixels.astype(np.float32) / np.float32(255)


def pattern(shape, count, seed):
    """Images whose class shows in which rows are bright, and their labels."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    pixels = random.integers(0, 120, (count, *shape))
    rows = shape[1] // CLASSES
    for image, label in enumerate(labels):
        pixels[image, label % shape[0], label * rows:(label + 1) * rows] += 110
    return pixels.astype(np.uint8), labels


def written(name, folder, training, test):
    """Writes a data set of this name, as many images to train on and to test with."""
    os.makedirs(folder, exist_ok=True)
    return WRITERS[name](folder, training, test)


def original(name, root):
    """The test images of a data set in its original layout; None where they are not read here."""
    if name == "mnist":
        folder = os.path.join(root, "mnist")
        with gzip.open(os.path.join(folder, "t10k-images-idx3-ubyte.gz")) as file:
            pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
        with gzip.open(os.path.join(folder, "t10k-labels-idx1-ubyte.gz")) as file:
            labels = np.frombuffer(file.read(), np.uint8, offset=8)
        return ImageSet(folder, pixels, labels)
    if name == "cifar10":
        folder = os.path.join(root, "cifar-10-batches-bin")
        records = np.fromfile(os.path.join(folder, "test_batch.bin"), np.uint8).reshape(-1, 3073)
        return ImageSet(folder, records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0])
    return None


def write_mnist(folder, training, test):
    for part, count, seed in [("train", training, 1), ("t10k", test, 2)]:
        pixels, labels = pattern((1, 28, 28), count, seed)
        with open(f"{folder}/{part}-images-idx3-ubyte", "wb") as file:
            file.write(struct.pack(">4BIII", 0, 0, 8, 3, count, 28, 28) + pixels.tobytes())
        with open(f"{folder}/{part}-labels-idx1-ubyte", "wb") as file:
            file.write(struct.pack(">4BI", 0, 0, 8, 1, count) + labels.astype(np.uint8).tobytes())
    return ImageSet(folder, pixels, labels)


def write_cifar10(folder, training, test):
    for name, count, seed in [("data_batch_1", training, 1), ("test_batch", test, 2)]:
        pixels, labels = pattern((3, 32, 32), count, seed)
        records = np.concatenate(
            [labels.astype(np.uint8)[:, None], pixels.reshape(count, -1)], axis=1)
        records.tofile(f"{folder}/{name}.bin")
    return ImageSet(folder, pixels, labels)


def write_tiny_imagenet(folder, training, test):
    """Images of 8×8 squares of one colour each: what a decoder makes of them is known exactly."""
    names = [f"n{90000000 + label}" for label in range(CLASSES)]
    with open(f"{folder}/wnids.txt", "w") as file:
        file.write("\n".join(names) + "\n")
    squares, labels = colours(training, 1)
    for image, label in enumerate(labels):
        place = f"{folder}/train/{names[label]}/images"
        os.makedirs(place, exist_ok=True)
        with open(f"{place}/{names[label]}_{image}.JPEG", "wb") as file:
            file.write(jpeg(squares[image]))
    squares, labels = colours(test, 2)
    os.makedirs(f"{folder}/val/images", exist_ok=True)
    with open(f"{folder}/val/val_annotations.txt", "w") as annotations:
        for image, label in enumerate(labels):
            annotations.write(f"val_{image}.JPEG\t{names[label]}\t0\t0\t63\t63\n")
            with open(f"{folder}/val/images/val_{image}.JPEG", "wb") as file:
                file.write(jpeg(squares[image]))
    return ImageSet(folder, decoded(squares), labels)


def colours(count, seed):
    """Luminance and both colour differences of 8×8 squares; the class is one bright square."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    squares = random.integers(50, 200, (count, 3, 8, 8))
    squares[:, 1:] = random.integers(96, 160, (count, 2, 8, 8))
    squares[np.arange(count), 0, labels // 4, labels % 4] = 250
    return squares, labels


def decoded(squares):
    """What JPEG's definition makes of the squares, in the whole numbers that libjpeg takes."""
    y, blue, red = squares[:, 0], squares[:, 1] - 128, squares[:, 2] - 128
    half = 1 << 15
    rgb = np.stack([
        y + ((91881 * red + half) >> 16),
        y + ((-22554 * blue - 46802 * red + half) >> 16),
        y + ((116130 * blue + half) >> 16),
    ], axis=1)
    return np.clip(rgb, 0, 255).astype(np.uint8).repeat(8, axis=2).repeat(8, axis=3)


def jpeg(squares):
    """A baseline JPEG of 8×8 squares of one colour each: every square is its first coefficient."""
    def segment(marker, body):
        return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body

    # Twelve sizes of differences have codes of four bits; the end of a square is the bit 0.
    first = bytes([0x00] + [0, 0, 0, 12] + [0] * 12 + list(range(12)))
    others = bytes([0x10] + [1] + [0] * 15 + [0])
    bits, last = [], [0, 0, 0]
    for square in range(64):
        for component in range(3):
            value = int(squares[component].flat[square]) - 128
            difference, last[component] = value - last[component], value
            size = abs(difference).bit_length()
            bits.append(f"{size:04b}")
            if size:
                bits.append(f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}")
            bits.append("0")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    scan = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")
    frame = struct.pack(">BHHB", 8, 64, 64, 3) + bytes([1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0])
    return b"".join([
        b"\xff\xd8", segment(0xDB, bytes([0] + [8] * 64)), segment(0xC0, frame),
        segment(0xC4, first), segment(0xC4, others),
        segment(0xDA, bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])), scan, b"\xff\xd9",
    ])


WRITERS = {"mnist": write_mnist, "cifar10": write_cifar10, "tiny-imagenet": write_tiny_imagenet}
