"""Disease: bilateral, peripheral, lower-zone ground glass, graded by severity; and a one-sided consolidation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nccid_eval.synthetic.anatomy import Chest, Plane, smooth_noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    patches: tuple[int, int]
    strength: float  # density that one patch adds
    radius: float


GRADES = {
    "mild": Grade(patches=(2, 4), strength=0.115, radius=0.075),
    "moderate": Grade(patches=(4, 7), strength=0.155, radius=0.09),
    "severe": Grade(patches=(7, 11), strength=0.18, radius=0.105),
}


def add_disease(rng: np.random.Generator, chest: Chest, severity: str, contrast: float) -> Plane:
    """Density of `chest` with COVID-like opacities; `contrast` scales them and `none` adds nothing."""
    grade = GRADES.get(severity)
    if grade is None:
        return chest.density
    clear = np.ones_like(chest.density)
    for number in range(int(rng.integers(*grade.patches))):
        side = number % 2  # taking turns makes it bilateral
        clear *= 1 - grade.strength * _patch(rng, chest, side, grade.radius)
    texture = 1 + 0.35 * smooth_noise(rng, clear.shape, 9)
    return np.asarray(chest.density + contrast * (1 - clear) * np.clip(texture, 0.1, 2), dtype=np.float32)


def add_consolidation(rng: np.random.Generator, chest: Chest, density: Plane) -> Plane:
    """Density with one dense central patch in one lung, as a bacterial pneumonia shows."""
    side = int(rng.integers(0, 2))
    sign = -1 if side == 0 else 1
    x0, y0 = sign * rng.uniform(0.25, 0.45), rng.uniform(0.35, 0.68)
    patch = np.exp(-(((chest.x - x0) / 0.13) ** 2) - ((chest.y - y0) / 0.075) ** 2)
    return np.asarray(density + rng.uniform(0.08, 0.2) * patch * chest.lungs[side], dtype=np.float32)


def _patch(rng: np.random.Generator, chest: Chest, side: int, radius: float) -> Plane:
    sign = -1 if side == 0 else 1
    x0, y0 = sign * rng.uniform(0.42, 0.76), rng.triangular(0.3, 0.66, 0.76)
    size = radius * rng.uniform(0.7, 1.3)
    round_patch = np.exp(-(((chest.x - x0) / (1.4 * size)) ** 2) - ((chest.y - y0) / (0.8 * size)) ** 2)
    return np.asarray(round_patch * chest.lungs[side] * (0.4 + 0.6 * chest.lateral[side]), dtype=np.float32)
