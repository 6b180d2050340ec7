"""What lies where in a part of a warehouse: {data,xray,ct,mri,unknown}/<patient>/…"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from sys import intern

from nccid_eval.errors import WarehouseError
from nccid_eval.partition.text import fold
from nccid_eval.partition.warehouse.names import printable
from nccid_eval.partition.warehouse.place import LARGEST_JSON, Entry, Place, WarehouseFile
from nccid_eval.partition.warehouse.split_rule import read_rule

Study = tuple[str, str]  # folded pseudonym, StudyInstanceUID of the folder
FOLDERS = {"DX": "xray", "CR": "xray", "CT": "ct", "MR": "mri"}  # the warehouse sorts by the modality's tag
IMAGE_FOLDERS = ("xray", "ct", "mri", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An image file of the warehouse; `name` is its path below the part (validation/), as it may be shown."""

    file: WarehouseFile
    name: str
    size: int
    patient: str  # folded pseudonym
    study: str
    series: str
    misplaced: bool  # not under <patient>/<study>/<series>/
    metadata: WarehouseFile | None = None  # the JSON beside it, where it was looked for and found

    @property
    def where(self) -> Study:
        return (self.patient, self.study)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Images to read and clinical files in path order; of other images, how many each study has by folder.

    `orphans` counts metadata JSON without an image, where the survey looked for any (`has_metadata`).
    """

    images: tuple[Source, ...]
    elsewhere: dict[str, Counter[Study]]
    clinical: tuple[tuple[str, WarehouseFile], ...]  # pseudonym as the folder spells it, file
    has_metadata: bool = False
    orphans: int = 0
    roles: tuple[tuple[str, str], ...] = ()  # folded site name -> its role in config.json
    no_roles: str = ""  # why nobody's role is known


def survey(place: Place, modalities: Sequence[str], part: str = "validation", *, metadata: bool = False) -> Layout:
    """List a part of a warehouse, opening the folders of `modalities` alone, and with `metadata` those of their JSON.

    Raises WarehouseError where the part or those folders hold nothing, or one cannot be read.
    """
    if not place.has(part):
        raise WarehouseError(
            f"the warehouse has no folder {part}/",
            where=place.where,
            mend=f"name the folder that holds {part}/ (with data/ and xray/ in it)",
        )
    wanted = sorted({FOLDERS[modality] for modality in modalities})
    listed = [_source(place, part, entry) for name in wanted for entry in _listing(place, f"{part}/{name}")]
    files = _metadata_files(place, part, wanted) if metadata else {}
    images = tuple(replace(one, metadata=files.pop(_stem(one.file.name), None)) if files else one for one in listed)
    if not images:
        folders = " or ".join(f"{part}/{name}/" for name in wanted)
        raise WarehouseError(f"there is no file under {folders}", where=place.where, mend="copy the images there")
    rule = read_rule(place)
    return Layout(
        images=images,
        elsewhere={
            name: Counter(_source(place, part, entry).where for entry in place.entries(f"{part}/{name}"))
            for name in IMAGE_FOLDERS
            if name not in wanted
        },
        clinical=clinical_files(place, part),
        has_metadata=metadata,
        orphans=len(files),
        roles=() if isinstance(rule, str) else tuple(sorted(rule.roles.items())),
        no_roles=rule if isinstance(rule, str) else "",
    )


def all_images(place: Place, part: str) -> tuple[Source, ...]:
    """Every image file of a part, of whatever modality, in path order; none where the part is not there."""
    return tuple(_source(place, part, entry) for name in IMAGE_FOLDERS for entry in _listing(place, f"{part}/{name}"))


def clinical_files(place: Place, part: str) -> tuple[tuple[str, WarehouseFile], ...]:
    """The files below a part's data/, each with the pseudonym as its folder spells it."""
    return tuple(
        (printable(entry.name).split("/")[-2], _json_file(place, entry))
        for entry in _listing(place, f"{part}/data")
        if entry.name.lower().endswith(".json") or entry.is_link
    )


def _metadata_files(place: Place, part: str, folders: Sequence[str]) -> dict[str, WarehouseFile]:
    """The JSON of images, by the path that the image has but for its ending."""
    entries = (entry for name in folders for entry in place.entries(f"{part}/{name}-metadata"))
    return {_stem(entry.name.replace("-metadata/", "/", 1)): _json_file(place, entry) for entry in entries}


def _stem(name: str) -> str:
    """A path without .dcm or .json: what else stands behind a point is part of a UID."""
    stem, _, ending = name.rpartition(".")
    return stem if ending.lower() in ("dcm", "json") else name


def _listing(place: Place, folder: str) -> list[Entry]:
    # In the order of the parts: "a/b" before "a.c/b", as folders are listed.
    return sorted(place.entries(folder), key=lambda entry: entry.name.replace("/", "\0"))


def _file(place: Place, entry: Entry) -> WarehouseFile:
    return WarehouseFile(place=place, name=entry.name, version=entry.version)


def _json_file(place: Place, entry: Entry) -> WarehouseFile:
    return replace(_file(place, entry), fault="larger than 4 MiB" if entry.size > LARGEST_JSON else "")


def _source(place: Place, part: str, entry: Entry) -> Source:
    name = printable(entry.name.removeprefix(f"{part}/"))
    parts = name.split("/")
    named = parts[1:] if len(parts) < 5 and entry.is_link else parts[1:-1]  # a linked folder names its patient
    folders = (*named, "", "", "")
    return Source(
        file=_file(place, entry),
        name=name,
        size=entry.size,
        patient=intern(fold(folders[0])),  # once for all the images that share it
        study=intern(folders[1]),
        series=intern(folders[2]),
        misplaced=len(parts) != 5,
    )
