"""What staging is asked of an image, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nccid_eval.partition.warehouse import WarehouseFile

Position = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demographics:
    """Sex as F, M or '', age in years as the attributes write it, or ''."""

    sex: str
    age: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingTask:
    """`sop`, `study`, `series`, `frame` are re-keyed UIDs; `view` is AP, PA or ''; `sha256` is the source's.

    Of a series' slice: `number` counts from 1 along the stack, `origin` is the first slice's position in millimetres.
    """

    source: WarehouseFile
    target: Path
    sha256: str
    modality: str
    view: str
    sop: str
    study: str
    series: str
    frame: str = ""
    number: int = 0
    origin: Position | None = None
    demographics: Demographics | None = None  # None: age and sex stay behind
    keep_transfer_syntax: bool = False
    blank: str = ""  # headers | pixels: hand over the other alone

    @property
    def keeps_encoding(self) -> bool:
        """A control partition has one encoding for all: another would tell of the site."""
        return self.keep_transfer_syntax and not self.blank


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """SHA-256 of the written file and of the picture in it; or why nothing was written.

    `left_behind` names the element of the source of which something was found in what would have been written.
    """

    sha256: str
    picture: str
    refusal: tuple[str, str] | None
    left_behind: str = ""
