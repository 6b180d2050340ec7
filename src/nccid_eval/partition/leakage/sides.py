"""One part of a warehouse, as the audit compares it: who is in it, and what its images are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from nccid_eval.partition.clinical.record import ClinicalFile, latest, read_file
from nccid_eval.partition.leakage.fingerprint import Fingerprint, FingerprintTask, fingerprint
from nccid_eval.partition.pool import Pool
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.text import collapse
from nccid_eval.partition.warehouse import Place, Source, all_images, clinical_files, read_ahead

_LOOKED_AT = ("xray/", "unknown/")  # slices of one body region all look alike
_KILLED = Fingerprint(problem="kills the program that reads it")


Met = Mapping[str, tuple[str, ...]]  # what is compared -> the files in which it was met


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A patient of a part: `spelled` as first met, the site and group that the clinical record names."""

    spelled: str
    site: str
    group: str  # PatientGroup: training, validation or ''


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    name: str
    images: tuple[str, ...]  # paths below the part
    prints: tuple[Fingerprint, ...]
    patients: Met  # by pseudonym, trimmed and upper case
    studies: Met
    instances: Met
    pictures: Met
    people: Mapping[str, Person]  # those with a clinical record, by pseudonym as above

    @property
    def unread(self) -> int:
        return sum(bool(one.problem) for one in self.prints)

    @property
    def compared(self) -> tuple[str, ...]:
        """SHA-256 of each file of which nothing stayed unread."""
        return tuple(sorted({one.content for one in self.prints if not one.problem}))


def read_side(
    place: Place, part: str, pool: Pool, *, pixels: bool, progress: Callable[[str, int, int], None]
) -> Side:
    """Read every clinical file and image of a part. A part that is not there has nothing in it."""
    sources = all_images(place, part)
    tasks = [
        FingerprintTask(file=one.file, pixels=pixels, perceptual=one.name.startswith(_LOOKED_AT)) for one in sources
    ]
    prints = pool.map(fingerprint, tasks, lambda done, total: progress(f"reading {part}/", done, total))
    known = tuple(one or _KILLED for one in prints)
    people, named = _people(place, part)
    read = list(zip(sources, known, strict=True))
    return Side(
        name=part,
        images=tuple(one.name for one in sources),
        prints=known,
        patients=_patients(sources, known, named),
        studies=_met(((one.study, seen.study), one.name) for one, seen in read),
        instances=_met(((seen.sop,), one.name) for one, seen in read),
        pictures=_met(((seen.picture,), one.name) for one, seen in read),
        people=people,
    )


def key(pseudonym: object) -> str:
    """A pseudonym as it is compared: trimmed, upper case."""
    return collapse(pseudonym).upper()


def _met(told: Iterable[tuple[tuple[str, ...], str]]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for values, name in told:
        for value in sorted({*values} - {""}):
            found[value].append(name)
    return {value: tuple(names) for value, names in found.items()}


def _patients(
    sources: tuple[Source, ...], prints: tuple[Fingerprint, ...], named: Mapping[str, list[str]]
) -> dict[str, tuple[str, ...]]:
    """Folder, header and clinical file can each name a patient, and each counts."""
    where: defaultdict[str, list[str]] = defaultdict(list, {one: list(files) for one, files in named.items()})
    for source, one in zip(sources, prints, strict=True):
        for pseudonym in {key(source.patient), key(one.patient)} - {""}:
            where[pseudonym].append(source.name)
    return {one: tuple(files) for one, files in where.items()}


def _people(place: Place, part: str) -> tuple[dict[str, Person], dict[str, list[str]]]:
    files: defaultdict[str, list[ClinicalFile]] = defaultdict(list)
    named: defaultdict[str, list[str]] = defaultdict(list)
    spelled: dict[str, str] = {}
    clinical = clinical_files(place, part)
    read = zip(clinical, read_ahead([source for _, source in clinical]), strict=True)
    for (pseudonym, source), content in read:
        where = source.name.removeprefix(f"{part}/")
        spelled.setdefault(key(pseudonym), pseudonym)
        named[key(pseudonym)].append(where)
        if isinstance(content, Refused):
            continue
        file = read_file(source.name.split("/")[-1], content, pseudonym)
        if inside := key(_pseudonym(content)):
            named[inside].append(where)
        files[key(pseudonym)].append(file)
    counting = {one: latest(of_patient) for one, of_patient in files.items()}
    people = {one: _person(spelled[one], file) for one, file in counting.items() if file is not None}
    return people, {one: sorted(set(where)) for one, where in named.items()}


def _person(spelled: str, file: ClinicalFile) -> Person:
    return Person(
        spelled=spelled,
        site=collapse(file.cells.get("submittingcentre")),
        group=collapse(file.cells.get("patientgroup")).casefold(),
    )


def _pseudonym(content: bytes) -> object:
    """The one that a file names, asked even of a file that counts for nothing."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return document.get("Pseudonym") if isinstance(document, dict) else None
