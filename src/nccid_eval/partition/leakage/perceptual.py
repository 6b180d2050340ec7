"""Near-duplicates: pictures that look the same though their bytes differ.

The hash is of the DCT kind (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions"): the
picture is made small, its lowest frequencies are taken, and each bit says whether one lies above their median. Chest
radiographs are alike, so 256 bits are taken in place of the usual 64. An inverted picture (MONOCHROME1 rewritten
as MONOCHROME2) has the complement of the hash, and is found as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 16  # frequencies a direction
BITS = SIDE * SIDE
NEAR = 24  # differing bits of BITS: copies lie below it, other images of one patient far above (docs/leakage.md)
_SMALL = 64  # pixels a side of the small picture
_BLOCK = 512


def perceptual_hash(pixels: NDArray[Any]) -> bytes:
    """The hash of a picture [rows, columns] in BITS / 8 bytes; empty for one without any contrast."""
    from scipy.fft import dctn

    small = _shrink(np.asarray(pixels, dtype=np.float32))
    low, high = np.percentile(small, (1, 99))
    if not high > low:
        return b""
    clipped = np.clip((small - low) / (high - low), 0, 1)
    frequencies = dctn(clipped, norm="ortho")[: SIDE + 1, : SIDE + 1]
    lowest = frequencies[1:, 1:].ravel()  # without the rows that hold brightness and exposure gradients
    return np.packbits(lowest > np.median(lowest)).tobytes()


def near_pairs(left: Sequence[bytes], right: Sequence[bytes], near: int = NEAR) -> Iterator[tuple[int, int, int]]:
    """(index in left, index in right, differing bits) of all pairs at most `near` apart, inverted ones too.

    As a matrix product of signs in blocks: memory is that of `right` and one block.
    """
    if not left or not right:
        return
    columns = _signs(right)
    for start in range(0, len(left), _BLOCK):
        agreement = _signs(left[start : start + _BLOCK]) @ columns.T
        distance = (BITS - np.abs(agreement)) / 2
        for row, column in zip(*np.nonzero(distance <= near), strict=True):
            yield start + int(row), int(column), round(float(distance[row, column]))


def _signs(hashes: Sequence[bytes]) -> NDArray[np.float32]:
    bits = np.unpackbits(np.frombuffer(b"".join(hashes), dtype=np.uint8)).reshape(len(hashes), BITS)
    return bits.astype(np.float32) * 2 - 1


def _shrink(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over a grid of _SMALL x _SMALL cells; a picture smaller than the grid repeats its pixels."""
    return _means(_means(pixels, 0), 1)


def _means(pixels: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    size = pixels.shape[axis]
    edges = np.arange(_SMALL + 1) * size // _SMALL
    starts = np.minimum(edges[:-1], size - 1)
    counts = np.maximum(np.diff(edges), 1)
    sums = np.add.reduceat(pixels, starts, axis=axis)
    shape = (-1, 1) if axis == 0 else (1, -1)
    result: NDArray[np.float32] = sums / counts.reshape(shape).astype(np.float32)
    return result
