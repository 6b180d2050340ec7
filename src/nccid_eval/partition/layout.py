"""What lies where in a warehouse: validation/{data,xray,ct,mri,unknown}/<patient>/…"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nccid_eval.errors import PartitionError, WarehouseError
from nccid_eval.partition.clinical import fold

Study = tuple[str, str]  # folded pseudonym, StudyInstanceUID of the folder
_OTHER_FOLDERS = ("ct", "mri", "unknown")  # the warehouse sorts by modality: no radiograph lies there


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An image file of the warehouse; `name` is its path below validation/, with / between parts."""

    path: Path
    name: str
    patient: str  # folded pseudonym
    study: str
    series: str
    misplaced: bool  # not under <patient>/<study>/<series>/

    @property
    def where(self) -> Study:
        return (self.patient, self.study)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Radiographs and clinical files in path order; of other images, how many each study has by folder."""

    radiographs: tuple[Source, ...]
    elsewhere: dict[str, Counter[Study]]
    clinical: tuple[tuple[str, Path], ...]  # pseudonym as the folder spells it, file


def survey(warehouse: Path) -> Layout:
    """List a warehouse's unseen part. Raises WarehouseError where there is none or a folder cannot be read."""
    root = warehouse / "validation"
    if not root.is_dir():
        raise WarehouseError(
            "the warehouse has no folder validation/",
            where=str(warehouse),
            mend="name the folder that holds validation/ (with data/ and xray/ in it)",
        )
    radiographs = tuple(_source(root, path) for path in sorted(_files(root / "xray")))
    if not radiographs:
        raise WarehouseError(
            "there is no file under validation/xray/", where=str(root), mend="copy the radiographs there"
        )
    elsewhere = {name: Counter(_source(root, p).where for p in _files(root / name)) for name in _OTHER_FOLDERS}
    clinical = tuple(
        (path.parent.name, path)
        for path in sorted(_files(root / "data"))
        if path.suffix.lower() == ".json" or path.is_symlink()
    )
    return Layout(radiographs=radiographs, elsewhere=elsewhere, clinical=clinical)


def refuse_inside(warehouse: Path, out: Path) -> None:
    """Raises PartitionError where `out`, an absolute path without links, lies in what a build reads."""
    root = warehouse / "validation"
    read = (warehouse, root, *(root / name for name in ("data", "xray", *_OTHER_FOLDERS)))
    if any(out.is_relative_to(folder.resolve()) for folder in read):
        raise PartitionError(
            "the output folder lies in the warehouse, where the next build would read it as unseen data",
            where=str(out),
            mend=f"name a folder outside {warehouse.resolve()}",
        )


def _source(root: Path, path: Path) -> Source:
    parts = path.relative_to(root).parts
    named = parts[1:] if len(parts) < 5 and path.is_symlink() else parts[1:-1]  # a linked folder names its patient
    folders = (*named, "", "", "")
    return Source(
        path=path,
        name="/".join(parts),
        patient=fold(folders[0]),
        study=folders[1],
        series=folders[2],
        misplaced=len(parts) != 5,
    )


def _files(folder: Path) -> Iterator[Path]:
    """Files below a folder, hidden ones left out. A folder that cannot be read is an error, not an empty one.

    A linked folder is not entered and comes as if it were a file: whoever reads it refuses it by name.
    """
    for place, folders, names in os.walk(folder, onerror=refuse_unreadable):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        yield from (Path(place) / name for name in (*names, *links) if not name.startswith("."))


def refuse_unreadable(cause: OSError) -> None:
    """Raises WarehouseError for a folder that is there and cannot be listed; one that is not there is empty."""
    if not isinstance(cause, FileNotFoundError):
        raise WarehouseError(
            f"a folder cannot be read: {cause.strerror}", where=str(cause.filename), mend="mend its permissions"
        )
