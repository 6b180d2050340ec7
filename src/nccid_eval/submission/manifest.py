"""submission.toml -> Submission."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nccid_eval.errors import SubmissionError
from nccid_eval.records import ContainerNeeds, Indications, Limits, Submission
from nccid_eval.settings import read_toml, to_record

FILE = "submission.toml"
TARGETS = ("covid_positive", "icu_admission", "death", "intubation", "severity_moderate_or_worse")
MODALITIES = ("DX", "CR", "CT", "MR")
VIEWS = ("AP", "PA")
PROTOCOLS = ("nccid-stdio/1", "nccid-batch/1")
GPU = ("none", "optional", "required")
TEXT_CHARACTERS = 500
LEAST = {"memory_gib": 0.0625, "shm_mib": 1, "tmp_mib": 1}  # engines refuse a container with a few MiB of memory


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    vendor: str
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    threshold: float
    probability: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _TrainingData:
    nccid_training_partition: bool
    other_sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    model: _Model
    indications: Indications
    output: _Output
    container: ContainerNeeds
    training_data: _TrainingData


def load(folder: Path, limits: Limits) -> Submission:
    """Read and check `folder/submission.toml`. Raises SubmissionError with the key at fault."""
    path = folder / FILE
    if not folder.is_dir():
        raise SubmissionError(
            "there is no submission here", where=str(folder), mend="name the folder that holds submission.toml"
        )
    file = to_record(read_toml(path, SubmissionError), _File, where=str(path), error=SubmissionError)
    _check_words(file, path)
    _check_numbers(file, limits, path)
    return Submission(
        folder=folder,
        vendor=file.model.vendor,
        name=file.model.name,
        version=file.model.version,
        indications=file.indications,
        threshold=file.output.threshold,
        probability=file.output.probability,
        container=file.container,
        nccid_training_partition=file.training_data.nccid_training_partition,
        other_sources=file.training_data.other_sources,
    )


def _check_words(file: _File, path: Path) -> None:
    for key in ("vendor", "name", "version"):
        text = getattr(file.model, key)
        usable = bool(text.strip()) and len(text) <= TEXT_CHARACTERS and text.isprintable()
        _need(usable, path, f"model.{key}", f"1 to {TEXT_CHARACTERS} printable characters")
    stated = file.indications
    sources = file.training_data.other_sources
    usable = len(sources) <= 50 and all(len(one) <= TEXT_CHARACTERS for one in sources)
    _need(usable, path, "training_data.other_sources", f"at most 50 texts of at most {TEXT_CHARACTERS} characters")
    _need(stated.target in TARGETS, path, "indications.target", f"one of: {', '.join(TARGETS)}")
    _need(_some(stated.modalities, MODALITIES), path, "indications.modalities", f"some of: {', '.join(MODALITIES)}")
    _need(_some(stated.views, VIEWS), path, "indications.views", f"some of: {', '.join(VIEWS)}")
    container = file.container
    _need(container.protocol in PROTOCOLS, path, "container.protocol", f"one of: {', '.join(PROTOCOLS)}")
    _need(container.gpu in GPU, path, "container.gpu", f"one of: {', '.join(GPU)}")


def _some(given: tuple[str, ...], known: tuple[str, ...]) -> bool:
    return bool(given) and set(given) <= set(known)


def _check_numbers(file: _File, limits: Limits, path: Path) -> None:
    _need(0 <= file.output.threshold <= 1, path, "output.threshold", "a score from 0 to 1")
    _need(0 <= file.indications.min_age_years <= 120, path, "indications.min_age_years", "0 to 120 years")
    for key, least in LEAST.items():
        most = getattr(limits, key)
        wanted = f"at least {least:g} and at most {most:g}, this site's limit"
        _need(least <= getattr(file.container, key) <= most, path, f"container.{key}", wanted)


def _need(holds: bool, path: Path, key: str, wanted: str) -> None:
    if not holds:
        raise SubmissionError(f"'{key}' cannot be accepted", where=f"{path}: {key}", mend=f"give {wanted}")
