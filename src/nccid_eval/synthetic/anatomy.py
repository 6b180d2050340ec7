"""Draws chests as maps of density: 0 air, 1 bone and mediastinum. Made up; nothing is learnt from patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Plane = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chest:
    """`density` and `lungs` (soft masks, image left and image right) in [rows, columns]; `x`, `y` place a pixel."""

    density: Plane
    lungs: tuple[Plane, Plane]
    lateral: tuple[Plane, Plane]  # 0 at the medial, 1 at the lateral edge of each lung
    x: Plane
    y: Plane


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> Plane:
    """Noise of unit spread whose grains are about `scale` pixels wide."""
    coarse = rng.standard_normal((int(shape[0] / scale) + 3, int(shape[1] / scale) + 3)).astype(np.float32)
    factors = (shape[0] / (coarse.shape[0] - 1), shape[1] / (coarse.shape[1] - 1))
    wide = ndimage.zoom(coarse, factors, order=1, grid_mode=False)[: shape[0], : shape[1]]
    noise = ndimage.gaussian_filter(wide, scale / 3)
    return np.asarray(noise / (noise.std() + 1e-6), dtype=np.float32)


def soft_step(distance: Plane, width: float) -> Plane:
    """0 to 1 where `distance` passes zero, over about `width`."""
    return np.asarray(1 / (1 + np.exp(-np.clip(distance / width, -30, 30))), dtype=np.float32)


def draw_chest(rng: np.random.Generator, shape: tuple[int, int], view: str) -> Chest:
    """A frontal chest. AP: a larger heart and less air than PA."""
    x, y = _grid(rng, shape)
    base = 0.80 + rng.normal(0, 0.025) - (0.07 if view == "AP" else 0.0)
    heart = (1.25 if view == "AP" else 1.0) * rng.normal(1, 0.08)
    left, left_edge = _lung(rng, x, y, -1, base - 0.03)
    right, right_edge = _lung(rng, x, y, 1, base)
    torso = _torso(rng, x, y)
    density = torso * (0.62 + 0.10 * soft_step(y - base, 0.03)) - 0.42 * torso * np.maximum(left, right)
    density = density + 0.75 * _heart(rng, x, y, base, heart) + 0.6 * _spine(x, y) * torso
    density = density + _bones(rng, x, y) * torso + _vessels(rng, x, y, left + right)
    return Chest(density=density.astype(np.float32), lungs=(left, right), lateral=(left_edge, right_edge), x=x, y=y)


def draw_lateral(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    """A chest from the side: one lung field before a spine."""
    x, y = _grid(rng, shape)
    lung = soft_step(1 - (x / 0.55) ** 2 - ((y - 0.45) / 0.36) ** 2, 0.08)
    spine = np.exp(-(((x - 0.55 + 0.2 * (y - 0.5) ** 2) / 0.1) ** 2))
    heart = np.exp(-(((x + 0.2) / 0.25) ** 2) - ((y - 0.62) / 0.14) ** 2)
    drawn = _torso(rng, x, y) * (0.68 - 0.38 * lung) + 0.2 * spine + 0.22 * heart
    return np.asarray(drawn + 0.03 * smooth_noise(rng, shape, 12), dtype=np.float32)


def draw_abdomen(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    """An abdomen: no lungs, a spine, and bowel gas."""
    x, y = _grid(rng, shape)
    gas = soft_step(smooth_noise(rng, shape, 28) - 0.9, 0.2) * np.exp(-((x / 0.5) ** 2) - ((y - 0.5) / 0.3) ** 2)
    drawn = _torso(rng, x, y) * 0.7 + _spine(x, y) - 0.35 * gas
    return np.asarray(drawn + 0.03 * smooth_noise(rng, shape, 16), dtype=np.float32)


def _grid(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Plane, Plane]:
    """x from -1 to 1 and y from 0 to 1, a little turned, shifted and scaled as patients lie."""
    rows, columns = shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    x, y = (2 * x / columns - 1) * rng.normal(1, 0.03), (y / rows - 0.5) * rng.normal(1, 0.03)
    angle = rng.normal(0, 0.03)
    turned = x * np.cos(angle) + 2 * y * np.sin(angle) + rng.normal(0, 0.03)
    upright = y * np.cos(angle) - 0.5 * x * np.sin(angle) + 0.5 + rng.normal(0, 0.015)
    return turned.astype(np.float32), upright.astype(np.float32)


def _torso(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    width = 0.86 + rng.normal(0, 0.03) + 0.5 * np.clip(0.14 - y, 0, 1) - 0.06 * np.clip(y - 0.5, 0, 1)
    neck = soft_step(y - 0.05 - 0.1 * np.abs(x), 0.02)
    sides = soft_step(width - np.abs(x), 0.02)
    return np.asarray(sides * np.maximum(neck, np.exp(-((x / 0.3) ** 2))), dtype=np.float32)


def _lung(rng: np.random.Generator, x: Plane, y: Plane, side: int, base: float) -> tuple[Plane, Plane]:
    top = 0.12 + rng.normal(0, 0.012)
    depth = np.clip((y - top) / (base - top), 0, 1)
    half = (0.13 + 0.21 * np.sqrt(depth)) * rng.normal(1, 0.04)
    across = (x * side - 0.12 - half) / half
    dome = base - 0.02 + 0.09 * across**2 + rng.normal(0, 0.008)
    mask = soft_step(1 - np.abs(across), 0.06) * soft_step(dome - y, 0.008) * soft_step(y - top, 0.012)
    return mask, np.clip((across + 1) / 2, 0, 1).astype(np.float32)


def _heart(rng: np.random.Generator, x: Plane, y: Plane, base: float, size: float) -> Plane:
    middle = 0.16 * np.exp(-((x / (0.15 * rng.normal(1, 0.08))) ** 2)) * soft_step(y - 0.08, 0.03)
    inside = 1 - ((x - 0.13) / (0.30 * size)) ** 2 - ((y - base + 0.11 + 0.12 * x) / (0.15 * size)) ** 2
    knob = np.exp(-(((x - 0.14) / 0.07) ** 2) - ((y - 0.30) / 0.05) ** 2)
    return np.asarray(middle + 0.26 * soft_step(inside, 0.10) + 0.08 * knob, dtype=np.float32)


def _spine(x: Plane, y: Plane) -> Plane:
    return np.asarray(np.exp(-((x / 0.07) ** 2)) * (0.07 + 0.03 * np.cos(2 * np.pi * y / 0.055)), dtype=np.float32)


def _bones(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    """Posterior ribs run down and outwards, anterior ribs down and inwards; clavicles above."""
    r = np.abs(x)
    gap = 0.078 * rng.normal(1, 0.03)
    drawn = np.zeros_like(x)
    for slope, bend, start, strength in ((0.10, 0.30, 0.05, 0.075), (-0.22, 0.10, 0.10, 0.045)):
        phase = (y - start - slope * r - bend * (r - 0.45) ** 2) / gap
        away = (phase - np.round(phase)) * gap
        drawn += strength * np.exp(-((away / 0.013) ** 2)) * soft_step(r - 0.12, 0.03) * soft_step(0.95 - y, 0.05)
    clavicle = y - 0.16 + 0.10 * r
    return drawn + 0.10 * np.exp(-((clavicle / 0.014) ** 2)) * soft_step(r - 0.06, 0.02) * soft_step(0.75 - r, 0.03)


def _vessels(rng: np.random.Generator, x: Plane, y: Plane, lungs: Plane) -> Plane:
    hilum = np.exp(-(((np.abs(x) - 0.22) / 0.22) ** 2) - ((y - 0.45) / 0.17) ** 2)
    strands = np.abs(smooth_noise(rng, x.shape, 7))
    broad = smooth_noise(rng, x.shape, 30)
    return np.asarray(lungs * ((0.04 + 0.06 * strands) * hilum + 0.022 * broad), dtype=np.float32)
