"""How each maker's apparatus shows the same chest, and how it stores it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from nccid_eval.synthetic.anatomy import Plane, smooth_noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A maker's apparatus. Bits and syntaxes are drawn evenly for each image."""

    maker: str
    model: str
    modality: str  # CR | DX
    shape: tuple[int, int]  # rows, columns
    gamma: float
    contrast: float
    noise: float
    blur: float  # pixels
    border: int  # pixels of black collimation
    monochrome1: float  # share of its images
    bits: tuple[int, ...]
    syntaxes: tuple[str, ...]  # keys of dicom.SYNTAXES


LOOKS = {
    look.maker: look
    for look in (
        Look(
            maker="Alder",
            model="Alder DR-7",
            modality="DX",
            shape=(256, 256),
            gamma=1.0,
            contrast=1.0,
            noise=0.022,
            blur=0.6,
            border=0,
            monochrome1=0.05,
            bits=(12, 14),
            syntaxes=("explicit", "jpegls", "jpeg2000"),
        ),
        Look(
            maker="Borealis",
            model="Borealis 2",
            modality="DX",
            shape=(272, 240),
            gamma=0.85,
            contrast=0.9,
            noise=0.026,
            blur=0.8,
            border=6,
            monochrome1=0.25,
            bits=(10, 12),
            syntaxes=("explicit", "jpeg2000"),
        ),
        Look(
            maker="Corvid",
            model="CR Reader 40",
            modality="CR",
            shape=(240, 272),
            gamma=1.2,
            contrast=1.05,
            noise=0.034,
            blur=1.0,
            border=3,
            monochrome1=0.1,
            bits=(8, 10),
            syntaxes=("implicit", "rle"),
        ),
        Look(
            maker="Dunlin",
            model="Mobile S",
            modality="CR",
            shape=(256, 240),
            gamma=1.05,
            contrast=0.95,
            noise=0.03,
            blur=0.7,
            border=10,
            monochrome1=0.15,
            bits=(8, 12),
            syntaxes=("explicit", "rle", "jpegls"),
        ),
        Look(
            maker="Egret",
            model="Egret Bedside",
            modality="DX",
            shape=(256, 256),
            gamma=1.55,
            contrast=0.8,
            noise=0.045,
            blur=1.3,
            border=16,
            monochrome1=0.0,
            bits=(16,),
            syntaxes=("explicit", "jpegls"),
        ),
    )
}


def expose(rng: np.random.Generator, density: Plane, look: Look) -> Plane:
    """The picture in [0, 1], bright where dense, as `look` shows it."""
    picture = ndimage.gaussian_filter(density, look.blur) if look.blur else density
    grain = rng.standard_normal(density.shape).astype(np.float32)
    picture = picture + look.noise * grain + 0.012 * smooth_noise(rng, density.shape, 40)
    scaled = np.clip((0.5 + (picture - 0.45) * look.contrast * rng.normal(1, 0.04)), 0, 1)
    shown = _framed(scaled ** (look.gamma * rng.normal(1, 0.04)), look.border)
    return _marked(rng, shown)


def quantise(picture: Plane, bits: int, *, inverted: bool) -> NDArray[np.uint16]:
    """Stored values of `bits` bits; inverted for MONOCHROME1. Uses most of the range, as apparatus does."""
    top = 2**bits - 1
    values = np.round(picture * top * 0.94 + 0.03 * top)
    return np.asarray(top - values if inverted else values, dtype=np.uint16)


def _framed(picture: Plane, border: int) -> Plane:
    framed = picture.copy()
    if border:
        framed[:border], framed[-border:] = 0, 0
        framed[:, :border], framed[:, -border:] = 0, 0
    return framed


def _marked(rng: np.random.Generator, picture: Plane) -> Plane:
    """An L in lead, at the patient's left, which is the picture's right."""
    row, column = int(rng.integers(20, 34)), picture.shape[1] - int(rng.integers(24, 36))
    picture[row : row + 9, column : column + 2] = 0.97
    picture[row + 7 : row + 9, column : column + 6] = 0.97
    return picture
