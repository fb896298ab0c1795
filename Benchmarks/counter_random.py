"""The counter-based random numbers of relief-dist in numpy, and what a run draws with them.

Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), as in
Sources/Tensors/CounterRandom.swift.
"""

import numpy as np

INITIAL_WEIGHTS, SPLIT, SHUFFLE, PRUNING_SET, RANDOM_CRITERION, LIMIT, SYNTHETIC, DROPOUT, AUGMENTATION = (
    range(9))
HALF = np.uint64(32)
LOW_WORD = np.uint64(0xFFFFFFFF)


class CounterRandom:
    """The numbers for one purpose under a seed, apart for every pruning iteration, epoch and layer."""

    def __init__(self, seed, purpose, iteration=0, epoch=0, layer=0):
        self.key = (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF)
        self.stream = (iteration << 16 | epoch, purpose << 16 | layer)

    def words(self, element, sample=0):
        """The four 32-bit words of each counter (element, sample): arrays of uint64."""
        element, sample = np.broadcast_arrays(
            np.asarray(element, np.uint64), np.asarray(sample, np.uint64))
        counter = [
            element, sample,
            np.full_like(element, self.stream[0]), np.full_like(element, self.stream[1]),
        ]
        key = list(self.key)
        for _ in range(10):
            low = np.uint64(0xD2511F53) * counter[0]
            high = np.uint64(0xCD9E8D57) * counter[2]
            counter = [
                high >> HALF ^ counter[1] ^ np.uint64(key[0]), high & LOW_WORD,
                low >> HALF ^ counter[3] ^ np.uint64(key[1]), low & LOW_WORD,
            ]
            key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
        return counter

    def uniform(self, element):
        """Uniform in (0, 1)."""
        first, second, _, _ = self.words(element)
        return ((first << np.uint64(20) | second >> np.uint64(12)) + 0.5) * 2.0**-52

    def normal(self, element):
        """Standard normal, by the polar method; each try takes its own counter."""
        result = np.zeros(len(element))
        missing = np.arange(len(element))
        attempt = 0
        while len(missing):
            words = self.words(np.asarray(element)[missing], attempt)
            x, y = (
                (words[place] << np.uint64(21) | words[place + 1] >> np.uint64(11)) * 2.0**-52 - 1
                for place in (0, 2))
            square = x * x + y * y
            hit = (square > 0) & (square < 1)
            result[missing[hit]] = x[hit] * np.sqrt(-2 * np.log(square[hit]) / square[hit])
            missing = missing[~hit]
            attempt += 1
        return result

    def permutation(self, count):
        """The numbers 0 ..< count in random order (Fisher and Yates)."""
        order = list(range(count))
        index = np.arange(count)
        targets = (self.words(index)[0] * (index + 1).astype(np.uint64) >> HALF).tolist()
        for place in range(count - 1, 0, -1):
            other = targets[place]
            order[place], order[other] = order[other], order[place]
        return np.array(order)


def limited(count, limit, seed):
    """The training images that a run takes of `count`: `limit` of them, 0 = all."""
    if limit == 0:
        return np.arange(count)
    return np.sort(CounterRandom(seed, LIMIT).permutation(count)[:limit])


def epoch_order(count, seed, iteration, epoch):
    """The order in which an epoch takes its images."""
    return CounterRandom(seed, SHUFFLE, iteration, epoch).permutation(count)


def augmented(images, samples, seed, iteration, epoch, padding=4):
    """The images `samples` of `images` [N, C, H, W], moved and mirrored as an epoch does it."""
    words = CounterRandom(seed, AUGMENTATION, iteration, epoch).words(0, samples)
    rows, columns = ((words[axis] * np.uint64(2 * padding + 1) >> HALF).astype(int) for axis in (0, 1))
    is_mirrored = words[2] >> np.uint64(31) == 1
    height, width = images.shape[2:]
    padded = np.pad(
        images[samples], ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    result = np.empty((len(samples),) + images.shape[1:], images.dtype)
    for place, (image, row, column) in enumerate(zip(padded, rows, columns)):
        window = image[:, row : row + height, column : column + width]
        result[place] = window[:, :, ::-1] if is_mirrored[place] else window
    return result


def initial_weights(shape, seed, layer, has_bias=False):
    """A layer's weights of `shape`, Kaiming-normal, and with a bias that, U(±1/√fan-in).

    A unit's numbers lie together, its bias last.
    """
    units, fan_in = shape[0], int(np.prod(shape[1:]))
    random = CounterRandom(seed, INITIAL_WEIGHTS, layer=layer)
    row = fan_in + has_bias
    element = (np.arange(units)[:, None] * row + np.arange(fan_in)).ravel()
    weights = (np.sqrt(2 / fan_in) * random.normal(element)).astype(np.float32).reshape(shape)
    if not has_bias:
        return weights, None
    uniform = random.uniform(np.arange(units) * row + fan_in)
    return weights, ((2 * uniform - 1) / np.sqrt(fan_in)).astype(np.float32)
