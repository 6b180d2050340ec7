"""The partition's folder: built beside its place under another name, and moved there when it is whole."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from nccid_eval.errors import Interrupted, PartitionError, StorageError
from nccid_eval.journal import sync_folder
from nccid_eval.partition.building.abandoned import STAGED, leave, make_folder, take_over
from nccid_eval.partition.building.job import Job
from nccid_eval.partition.built import manifest
from nccid_eval.partition.built.tables import ATTRIBUTES, CaseRow, SourceRow, format_sources, format_truth
from nccid_eval.partition.cases.selection import Decoded, study_name
from nccid_eval.partition.identity import opaque_id
from nccid_eval.records import CaseTable, FlowStep, PartitionRules

_FLUSHING = 8  # threads that wait for the disk
_JOINED = frozenset({"view", "maker", "modality", "photometric", "size", "bits"})  # these may differ inside a study


@contextmanager
def whole_or_nothing(out: Path, warn: Callable[[str], None]) -> Iterator[Path]:
    """A folder to build in, with private/ in it. It becomes `out` when the block ends well, and is gone when not.

    Interrupted, it leaves what serves the next build. It may be what a stopped build of `out` left: `warn` is told.
    All of it is on the disk before it bears its name.
    Raises PartitionError where something is in `out` or it is a disk's own, StorageError where the disk does not
    take it, and Interrupted.
    """
    _refuse_taken(out)
    with _storage_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = take_over(out, warn) or make_folder(out)
        try:
            (folder / "private").mkdir(mode=0o700, exist_ok=True)
            yield folder
            _flush(folder)
            _refuse_taken(out)  # another build of it may have come first
            folder.rename(out)
            sync_folder(out.parent)
        except KeyboardInterrupt:
            raise _interrupted(leave(folder, out), out) from None
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _interrupted(left: Path | None, out: Path) -> Interrupted:
    if left is None:
        return Interrupted("interrupted", where=str(out), mend="build it again")
    return Interrupted(
        f"interrupted; what was learned is kept in {left.name}",
        where=str(out),
        mend="build it again to go on from there, or remove that folder: it holds facts of patients",
    )


def _refuse_taken(out: Path) -> None:
    """Soon told, since a build takes hours, and nothing can be moved onto what is refused here."""
    if out.is_mount():
        raise PartitionError("the output folder is a mounted disk", where=str(out), mend="name a new folder in it")
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise PartitionError(
            "there is something in the output folder already", where=str(out), mend="name a new or an empty folder"
        )


def write(
    folder: Path,
    cases: Mapping[str, Sequence[Decoded]],
    *,
    key: bytes,
    job: Job,
    flow: Sequence[FlowStep],
    private: Mapping[str, bytes],
    kept: Mapping[str, bytes],
) -> None:
    """Move the staged files into their cases' folders in the order given, then write the tables and the manifest.

    `private` are further files by name that belong to it. `kept` serve a later build and are no part of the digest.
    """
    ids = {opaque_id(key, "case", name): group for name, group in cases.items()}
    ordered = dict(sorted(ids.items()))
    files: dict[str, str] = {}
    sources: list[SourceRow] = []
    for case, group in ordered.items():
        (folder / "cases" / case).mkdir(parents=True)
        for number, one in enumerate(group):
            name = f"{number:04d}.dcm"
            one.path.rename(folder / "cases" / case / name)
            files[f"cases/{case}/{name}"] = one.sha256
            sources.append(_source_row(case, name, one, key))
    for work in folder.glob(f"{STAGED}*"):
        shutil.rmtree(work)
    files |= _write_private(
        folder, [_case_row(case, group, key, job.rules) for case, group in ordered.items()], sources
    )
    files |= _write_files(folder, private)
    table = CaseTable(case=tuple(ordered), files=tuple(len(group) for group in ordered.values()))
    manifest.write(
        folder,
        rules=job.rules,
        cases=table,
        flow=flow,
        files=files,
        kept=_write_files(folder, kept),
        warehouse=job.warehouse,
        versions=job.versions,
    )
    _settle_modes(folder)


def _case_row(case: str, group: Sequence[Decoded], key: bytes, rules: PartitionRules) -> CaseRow:
    first = group[0].image
    merged = {
        name: _merge([one.image.attributes[name] for one in group], joined=name in _JOINED) for name in ATTRIBUTES
    }
    patient = opaque_id(key, "patient", first.source.patient)
    units = {"patient": patient, "study": opaque_id(key, "study", study_name(first.source.where))}
    unit = units.get(rules.unit, case) if rules.unit != rules.case else case
    return CaseRow(case=case, patient=patient, label=first.label, attributes=merged, unit=unit)


def _merge(values: Sequence[str], *, joined: bool) -> str:
    known = sorted(set(values) - {""})
    return "+".join(known) if joined else next(iter(known), "")


def _source_row(case: str, name: str, one: Decoded, key: bytes) -> SourceRow:
    source = one.image.source
    study = opaque_id(key, "study", study_name(source.where))
    pseudonym = source.name.split("/")[1]
    return SourceRow(case=case, file=name, study=study, pseudonym=pseudonym, source=source.name)


def _write_private(folder: Path, truth: Sequence[CaseRow], sources: Sequence[SourceRow]) -> dict[str, str]:
    return _write_files(folder, {manifest.TRUTH: format_truth(truth), manifest.SOURCES: format_sources(sources)})


def _write_files(folder: Path, contents: Mapping[str, bytes]) -> dict[str, str]:
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _flush(folder: Path) -> None:
    """A name that is on the disk before its content would make half a partition look whole after a power cut."""
    places = [folder, *folder.rglob("*")]
    with ThreadPoolExecutor(_FLUSHING) as threads:
        for _ in threads.map(sync_folder, places):
            pass


def _settle_modes(folder: Path) -> None:
    """Cases are readable by any uid, as a container has none of ours; their times say nothing."""
    for place in [*(folder / "cases").iterdir(), folder / "cases"]:
        place.chmod(0o755)
        os.utime(place, (0, 0))
    (folder / manifest.NAME).chmod(0o644)
    folder.chmod(0o755)


@contextmanager
def _storage_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise StorageError(
            f"the partition cannot be written: {cause.strerror or cause}",
            where=str(out),
            mend="free some space or name a folder that can be written",
        ) from cause
