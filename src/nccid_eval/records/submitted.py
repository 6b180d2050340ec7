"""2 submission: what a vendor handed in."""

from __future__ import annotations

from collections.abc import Mapping
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
    layers_digest: str = ""  # SHA-256 over the SHA-256 of all layers; "" in runs of older versions
    setuid_files: int = 0  # inert in the sandbox; counted in archives alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A vulnerability scan of the image: what ran, and the SHA-256 of the JSON that it printed."""

    command: tuple[str, ...]
    version: str  # the scanner's own words
    program_sha256: str
    output_sha256: str
    when: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What became of an image when its run was over. Ids are the engine's own words for what it removed."""

    run_id: str
    image_id: str
    when: str  # ISO 8601, UTC
    engine: str
    versions: Mapping[str, str]
    size_bytes: int  # unpacked, layers that other images share included
    layers: int
    layers_removed: int  # the others are in use by other images
    removed: tuple[str, ...]
    was_there: bool
    still_there: bool
