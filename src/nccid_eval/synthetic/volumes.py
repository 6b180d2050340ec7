"""Draws a small chest as CT and MR see it: planes from the feet up, with ground glass where there is disease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nccid_eval.synthetic.anatomy import Plane, smooth_noise, soft_step
from nccid_eval.synthetic.draft import SeriesPlan, SliceFile

AIR, LUNG, SOFT, BONE = -1000.0, -840.0, 45.0, 480.0  # Hounsfield units
_GLASS = {"none": 0, "mild": 4, "moderate": 8, "severe": 16}  # patches
_GLASS_HU = 420.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Volume:
    """`values` [planes, rows, columns]: Hounsfield units, or an MR's signal."""

    values: NDArray[np.float32]
    modality: str


def draw_volume(plan: SeriesPlan, rng: np.random.Generator, planes: int, size: int) -> Volume:
    """The chest of a series' patient, `planes` of `size` by `size`."""
    body = np.stack([_plane(rng, place / (planes - 1), size) for place in range(planes)])
    lungs = body < (LUNG + SOFT) / 2
    lungs &= _away_from_skin(size)
    body = body + plan.lesion_contrast * _glass(rng, lungs, plan.severity)
    body = body + rng.normal(0, 14, body.shape)
    values = np.clip(body, AIR - 24, 2000) if plan.modality == "CT" else _signal(body, rng)
    return Volume(values=np.asarray(values, dtype=np.float32), modality=plan.modality)


def picture_of(volume: Volume, part: SliceFile) -> NDArray[np.float32]:
    """What one file of the series shows."""
    values = volume.values
    if part.drawn == "frames":
        return values
    if part.drawn == "axial":
        return np.asarray(values[part.plane], dtype=np.float32)
    if part.drawn == "text":
        lines = np.arange(values.shape[1])[:, None] % 6 < 3
        return np.asarray(np.where(lines, values.max(), values.min()) + 0 * values[0], dtype=np.float32)
    return _upright(values.mean(axis=1) if part.drawn == "scout" else values[:, values.shape[1] // 2])


def stored_values(picture: NDArray[np.float32], maker: str, modality: str) -> tuple[NDArray[Any], int, float]:
    """Stored values, their bits, and the rescale intercept. Some makers store signed units, some add 1024."""
    if modality == "MR":
        return np.clip(np.round(picture), 0, 4095).astype(np.uint16), 12, 0.0
    if maker in ("Alder", "Egret"):
        return np.round(picture).astype(np.int16), 16, 0.0
    return np.clip(np.round(picture) + 1024, 0, 4095).astype(np.uint16), 12, -1024.0


def _plane(rng: np.random.Generator, height: float, size: int) -> Plane:
    """One axial plane; `height` is 0 at the diaphragm and 1 at the apex."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)
    wide = 0.86 - 0.16 * height
    body = _inside(x / wide, y / 0.62)
    reach = 0.55 + 0.45 * np.sin(np.pi * (0.25 + 0.6 * height))
    across = (np.abs(x) - 0.38) / (0.27 * reach)
    lungs = _inside(across, (y + 0.02) / (0.45 * reach))
    heart = _inside((x - 0.08) / 0.25, (y + 0.12) / 0.25) * max(0.0, 1 - 1.6 * height)
    spine = _inside(x / 0.1, (y - 0.44) / 0.1)
    ring = np.exp(-(((np.hypot(x / wide, y / 0.62) - 0.9) / 0.035) ** 2)) * (np.sin(9 * np.arctan2(y, x)) > 0.2)
    drawn = AIR + (SOFT - AIR) * body
    drawn = drawn + (LUNG - SOFT) * lungs * body * (1 - heart)
    drawn = drawn + (BONE - SOFT) * np.maximum(spine, ring) * body
    vessels = np.maximum(smooth_noise(rng, (size, size), 4) - 1.6, 0) * 260 * lungs
    return np.asarray(drawn + vessels, dtype=np.float32)


def _away_from_skin(size: int) -> NDArray[np.bool_]:
    """Where air is in a lung, and not around the patient: between the ribs."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return np.asarray(np.hypot(x / 0.7, y / 0.55) < 0.9)


def _inside(x: Plane, y: Plane) -> Plane:
    return soft_step(np.asarray(1 - np.hypot(x, y), dtype=np.float32), 0.05)


def _glass(rng: np.random.Generator, lungs: NDArray[np.bool_], severity: str) -> NDArray[np.float32]:
    """Round, soft patches inside the lungs, more of them the worse the disease."""
    added = np.zeros(lungs.shape, dtype=np.float32)
    places = np.argwhere(lungs)
    if not len(places):
        return added
    z, y, x = np.indices(lungs.shape, dtype=np.float32)
    for _ in range(_GLASS[severity]):
        middle = places[int(rng.integers(len(places)))]
        radius = rng.uniform(0.05, 0.1) * lungs.shape[1]
        away = ((z - middle[0]) * 2.5) ** 2 + (y - middle[1]) ** 2 + (x - middle[2]) ** 2
        added = np.maximum(added, _GLASS_HU * np.exp(-away / (2 * radius**2)))
    return np.asarray(added * lungs, dtype=np.float32)


def _signal(body: NDArray[Any], rng: np.random.Generator) -> NDArray[np.float32]:
    """An MR's signal: air and bone dark, soft tissue bright, brighter near the coil."""
    bright = np.interp(body, [AIR, LUNG, LUNG + _GLASS_HU, SOFT, BONE], [8, 60, 320, 620, 120])
    near = np.linspace(1.15, 0.85, body.shape[1])[None, :, None]
    return np.asarray(bright * near * rng.normal(1, 0.03), dtype=np.float32)


def _upright(flat: NDArray[np.float32]) -> NDArray[np.float32]:
    """A picture seen from the front, head up, as square as an axial plane."""
    rows = np.linspace(flat.shape[0] - 1, 0, flat.shape[1]).round().astype(int)
    return np.asarray(flat[rows], dtype=np.float32)
