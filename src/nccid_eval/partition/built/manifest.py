"""manifest.json: what a partition holds, by SHA-256, and the digest that names its content and rules.

It holds no pseudonym, no path of the warehouse and no UID of a source. The digest leaves out who built it and when:
the same data and rules give the same digest on every machine.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from nccid_eval.errors import PartitionError
from nccid_eval.partition.built.tables import NO_STRATA, TELLING, SourceRow, parse_sources, parse_truth
from nccid_eval.partition.identity import canonical_rules
from nccid_eval.partition.quality.counts import Counted, from_json
from nccid_eval.records import CaseTable, FlowStep, Partition, PartitionRules, Truth
from nccid_eval.settings import to_record

FORMAT = "nccid-partition/1"
NAME = "manifest.json"
CASES = "cases/"
SEALED = "sealed/"  # the cases once more, as one file: made from them, and held to the manifest when it is used
PLACEHOLDER = "cases.json"  # empty, in a sealed file alone
TRUTH = "private/truth.csv"
SOURCES = "private/sources.csv"
QUALITY = "private/quality.json"  # counts of patients by field and reason …
CELLS = "private/clinical.csv"  # … and the cells that they are made from
LEDGER = "private/ledger.jsonl"  # facts of patients' images; what a later build need not parse again
_MEND = "build the partition again"
_NAMED = 5  # files that an error names


def write(
    folder: Path,
    *,
    rules: PartitionRules,
    cases: CaseTable,
    flow: Sequence[FlowStep],
    files: Mapping[str, str],
    kept: Mapping[str, str],
    warehouse: str,
    versions: Mapping[str, str],
) -> None:
    """Write and flush the manifest. `files` are the partition's files by path with / and their SHA-256.

    `kept` are those that serve a later build: like the versions they are recorded, and no part of the digest.
    """
    content = {
        "format": FORMAT,
        "rules": json.loads(canonical_rules(rules)),
        "cases": dict(zip(cases.case, cases.files, strict=True)),
        "flow": [dataclasses.asdict(step) for step in flow],
        "files": dict(files),
    }
    beside = {"warehouse": warehouse, "versions": dict(versions), "kept": dict(kept)}
    document = {"digest": _digest(content)} | beside | content
    with (folder / NAME).open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=1, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def load(folder: Path) -> Partition:
    """Read a partition's manifest. Raises PartitionError where it is missing, damaged or edited."""
    document = _document(folder)
    try:
        flow = tuple(to_record(step, FlowStep, where=NAME, error=PartitionError) for step in document["flow"])
        return Partition(
            folder=folder,
            digest=document["digest"],
            rules=to_record(document["rules"], PartitionRules, where=NAME, error=PartitionError),
            cases=CaseTable(case=tuple(document["cases"]), files=tuple(document["cases"].values())),
            flow=flow,
            warehouse=document["warehouse"],
            built_with=document["versions"]["nccid_eval"],
        )
    except (KeyError, TypeError, AttributeError):
        raise PartitionError("the manifest is damaged", where=str(folder / NAME), mend=_MEND) from None


def load_truth(folder: Path) -> Truth:
    """The reference standard, if it is still the one that was built; cases in the order of the partition's.

    Age in years serves eligibility; the attribute that scoring may split by is its band. Where sex and age come from
    says how sure they are, and is no stratum either; nor is what says the target in other words.
    """
    truth = load_case_table(folder)
    left_out = NO_STRATA | TELLING.get(_document(folder)["rules"]["target"], frozenset())
    groups = {name: values for name, values in truth.attributes.items() if name not in left_out}
    return dataclasses.replace(truth, attributes=groups)


def load_case_table(folder: Path) -> Truth:
    """The truth with everything that is known of each case."""
    return parse_truth(_private(folder, TRUTH), str(folder / TRUTH))


def load_sources(folder: Path) -> list[SourceRow]:
    """Where each file came from: the evaluator's, never a container's."""
    return parse_sources(_private(folder, SOURCES), str(folder / SOURCES))


def versions(folder: Path) -> dict[str, str]:
    """The libraries that a partition was built with: recorded, and no part of its digest."""
    recorded: dict[str, str] = _document(folder)["versions"]
    return recorded


def is_partition(folder: Path) -> bool:
    return (folder / NAME).is_file()


def load_ledger(folder: Path) -> bytes:
    """What the build learned of each file, for a later build. Raises PartitionError where none was kept."""
    return _private(folder, LEDGER)


def load_quality(folder: Path) -> Counted | None:
    """The data-quality table; None for a partition that was built before there was one."""
    if QUALITY not in _document(folder)["files"]:
        return None
    return from_json(_private(folder, QUALITY), str(folder / QUALITY))


def verify(folder: Path, *, workers: int, progress: Callable[[str, int, int], None]) -> None:
    """Hash every file again. Raises PartitionError that names the first few changed, missing and extra files."""
    document = _document(folder)
    expected: dict[str, str] = document["files"] | document.get("kept", {})
    found = {name for name in _listing(folder) if not name.startswith(SEALED)} - {NAME}
    _compare(folder, expected, found, workers, progress, _MEND)


def verify_sealed(folder: Path, mounted: Path, *, workers: int, progress: Callable[[str, int, int], None]) -> None:
    """Hold the cases as they are mounted for a container to the partition's manifest. Raises PartitionError."""
    files: dict[str, str] = _document(folder)["files"]
    expected = {name.removeprefix(CASES): sha256 for name, sha256 in files.items() if name.startswith(CASES)}
    found = set(_listing(mounted)) - {PLACEHOLDER}
    _compare(mounted, expected, found, workers, progress, f"remove {folder / SEALED}: it is made again")


def _compare(
    folder: Path,
    expected: Mapping[str, str],
    found: Set[str],
    workers: int,
    progress: Callable[[str, int, int], None],
    mend: str,
) -> None:
    present = sorted(found & set(expected))
    wrong = [f"missing: {name}" for name in sorted(set(expected) - found)]
    wrong += [f"extra: {name}" for name in sorted(found - set(expected))]
    with ThreadPoolExecutor(max(1, workers)) as threads:
        for done, (name, sha256) in enumerate(
            zip(present, threads.map(lambda name: _sha256(folder / name), present), strict=True), start=1
        ):
            if sha256 != expected[name]:
                wrong.append(f"changed: {name}")
            progress("verifying", done, len(present))
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise PartitionError(
            f"the partition is not as it was built: {'; '.join(wrong[:_NAMED])}{more}", where=str(folder), mend=mend
        )


def _document(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    try:
        document = json.loads(path.read_bytes())
    except OSError:
        raise PartitionError(
            "there is no partition here", where=str(path), mend="name a folder that `partition build` made"
        ) from None
    except (ValueError, RecursionError):
        raise PartitionError("the manifest is not JSON", where=str(path), mend=_MEND) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise PartitionError(f"the manifest is not of the format {FORMAT}", where=str(path), mend=_MEND)
    parts = {name: document.get(name) for name in ("format", "rules", "cases", "flow", "files")}
    if document.get("digest") != _digest(parts):
        raise PartitionError("the manifest was changed since it was written", where=str(path), mend=_MEND)
    return document


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _private(folder: Path, name: str) -> bytes:
    document = _document(folder)
    expected = (document["files"] | document.get("kept", {})).get(name)
    try:
        content = (folder / name).read_bytes()
    except OSError as cause:
        raise PartitionError(f"{name} cannot be read: {cause.strerror}", where=str(folder), mend=_MEND) from None
    if hashlib.sha256(content).hexdigest() != expected:
        raise PartitionError(f"{name} was changed since it was built", where=str(folder), mend=_MEND)
    return content


def _listing(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        yield from ((Path(place) / name).relative_to(folder).as_posix() for name in (*names, *links))


def _sha256(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "not a regular file"
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"
