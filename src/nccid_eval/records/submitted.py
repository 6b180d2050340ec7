"""2 submission: what a vendor handed in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Indications:
    target: str
    modalities: tuple[str, ...]
    views: tuple[str, ...]
    min_age_years: float
    uses_demographics: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerNeeds:
    image: str  # as written: a tar beside submission.toml, or name@sha256:…
    protocol: str
    gpu: str  # none | optional | required
    memory_gib: float
    shm_mib: int
    tmp_mib: int
    jit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """submission.toml, checked."""

    folder: Path
    vendor: str
    name: str
    version: str
    indications: Indications
    threshold: float
    probability: bool
    container: ContainerNeeds
    nccid_training_partition: bool
    other_sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that passed intake; `id` is the SHA-256 of its configuration, by which alone it is run."""

    id: str
    size_bytes: int
    layers: int
