"""manifest.json: what a partition holds, by SHA-256, and the digest that names its content and rules.

It holds no pseudonym, no path of the warehouse and no UID of a source. The digest leaves out who built it and when:
the same data and rules give the same digest on every machine.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
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
MEND = "build the partition again"


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
    document, where = _document(folder), str(folder / NAME)
    try:
        return _partition(folder, document, where)
    except PartitionError as cause:  # its digest holds, so nobody damaged it
        what = f"the partition was built by another version of this software: {cause.what}"
        raise PartitionError(what, where=where, mend=MEND) from None
    except (KeyError, TypeError, AttributeError):
        raise PartitionError("the manifest is damaged", where=where, mend=MEND) from None


def _partition(folder: Path, document: Mapping[str, Any], where: str) -> Partition:
    return Partition(
        folder=folder,
        digest=document["digest"],
        rules=to_record(document["rules"], PartitionRules, where=where, error=PartitionError),
        cases=CaseTable(case=tuple(document["cases"]), files=tuple(document["cases"].values())),
        flow=tuple(to_record(step, FlowStep, where=where, error=PartitionError) for step in document["flow"]),
        warehouse=document["warehouse"],
        built_with=document["versions"]["nccid_eval"],
    )


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


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of the partition but the manifest, by path with /."""
    document = _document(folder)
    every: dict[str, str] = document["files"] | document.get("kept", {})
    return every


def _document(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    try:
        document = json.loads(path.read_bytes())
    except OSError:
        raise PartitionError(
            "there is no partition here", where=str(path), mend="name a folder that `partition build` made"
        ) from None
    except (ValueError, RecursionError):
        raise PartitionError("the manifest is not JSON", where=str(path), mend=MEND) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise PartitionError(f"the manifest is not of the format {FORMAT}", where=str(path), mend=MEND)
    parts = {name: document.get(name) for name in ("format", "rules", "cases", "flow", "files")}
    if document.get("digest") != _digest(parts):
        raise PartitionError("the manifest was changed since it was written", where=str(path), mend=MEND)
    return document


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _private(folder: Path, name: str) -> bytes:
    expected = hashes(folder).get(name)
    try:
        content = (folder / name).read_bytes()
    except OSError as cause:
        raise PartitionError(f"{name} cannot be read: {cause.strerror}", where=str(folder), mend=MEND) from None
    if hashlib.sha256(content).hexdigest() != expected:
        raise PartitionError(f"{name} was changed since it was built", where=str(folder), mend=MEND)
    return content
