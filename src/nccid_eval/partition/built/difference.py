"""What changed between two versions of a partition.

Ids differ between versions, as their key is made of the data and the rules: cases are matched by the source files
that only private/sources.csv names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nccid_eval.partition.building.addresses import plain
from nccid_eval.partition.building.ledger import rows_of
from nccid_eval.partition.built import manifest
from nccid_eval.records import FlowStep, Partition, Truth

Pair = tuple[Any, Any]  # before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """`what`: added, removed, relabelled, files, or an attribute's name. An id is '' where the case is not."""

    what: str
    before: str
    after: str
    sources: tuple[str, ...]  # paths below validation/: they name patients


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`rules`, `counts` and `flow` hold what differs alone; `versions` may differ where nothing else does."""

    digest: Pair
    versions: Mapping[str, Pair]
    rules: Mapping[str, Pair]
    counts: Mapping[str, Pair]
    flow: Mapping[str, Pair]  # "stage: reason" -> images left out
    cases: tuple[CaseChange, ...]

    @property
    def same(self) -> bool:
        return bool(self.digest[0] == self.digest[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    partition: Partition
    truth: Truth
    row: Mapping[str, int]  # case -> place in the truth
    sources: Mapping[str, tuple[str, ...]]  # case -> its source files, in the order of its files
    contents: Mapping[str, str]  # source -> SHA-256, where the partition keeps it


def difference(before: Path, after: Path) -> Difference:
    """Compare two partition folders. Raises PartitionError where one is none, or was changed since it was built."""
    old, new = _read(before), _read(after)
    return Difference(
        digest=(old.partition.digest, new.partition.digest),
        versions=_differing(manifest.versions(before), manifest.versions(after)),
        rules=_differing(_rules(old.partition), _rules(new.partition)),
        counts=_differing(_counts(old), _counts(new)),
        flow=_differing(_flow(old.partition), _flow(new.partition), absent=0),
        cases=tuple(_changes(old, new)),
    )


def _read(folder: Path) -> _Version:
    truth = manifest.load_case_table(folder)
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for row in manifest.load_sources(folder):
        sources[row.case].append(row.source)
    return _Version(
        partition=manifest.load(folder),
        truth=truth,
        row={case: place for place, case in enumerate(truth.case.tolist())},
        sources={case: tuple(names) for case, names in sources.items()},
        contents={
            row["name"]: row["result"]["sha256"]
            for row, _ in rows_of(manifest.load_ledger(folder))
            if row["kind"] == "Inspection"
        },
    )


def _changes(old: _Version, new: _Version) -> Iterator[CaseChange]:
    pairs = _matched(old, new)
    for case in old.sources:
        if case not in pairs:
            yield CaseChange(what="removed", before=case, after="", sources=old.sources[case])
    for case in new.sources:
        if case not in pairs.values():
            yield CaseChange(what="added", before="", after=case, sources=new.sources[case])
    for case, now in pairs.items():
        for what in _changed(old, case, new, now):
            yield CaseChange(what=what, before=case, after=now, sources=new.sources[now])


def _matched(old: _Version, new: _Version) -> dict[str, str]:
    """Cases that share a source file with each other and with no further case."""
    holder = {source: case for case, sources in new.sources.items() for source in sources}
    meets = {case: {holder[one] for one in sources if one in holder} for case, sources in old.sources.items()}
    claimed = Counter(case for found in meets.values() for case in found)
    single = {case: next(iter(found)) for case, found in meets.items() if len(found) == 1}
    return {case: now for case, now in single.items() if claimed[now] == 1}


def _changed(old: _Version, case: str, new: _Version, now: str) -> Iterator[str]:
    here, there = old.row[case], new.row[now]
    if old.truth.label[here] != new.truth.label[there]:
        yield "relabelled"
    if _files(old, case) != _files(new, now):
        yield "files"
    for name in sorted({*old.truth.attributes, *new.truth.attributes}):
        if _attribute(old.truth, name, here) != _attribute(new.truth, name, there):
            yield name


def _files(version: _Version, case: str) -> list[tuple[str, str]]:
    """In the order of their names: numbers follow re-keyed UIDs, which change with every version."""
    return sorted((source, version.contents.get(source, "")) for source in version.sources[case])


def _attribute(truth: Truth, name: str, row: int) -> str:
    return str(truth.attributes[name][row]) if name in truth.attributes else ""


def _rules(partition: Partition) -> dict[str, Any]:
    rules: dict[str, Any] = plain(partition.rules)
    return rules


def _counts(version: _Version) -> dict[str, int]:
    label, patient = version.truth.label, version.truth.patient
    return {
        "cases": len(label),
        "positive cases": int(label.sum()),
        "patients": len(set(patient.tolist())),
        "files": sum(version.partition.cases.files),
    }


def _flow(partition: Partition) -> dict[str, int]:
    return {_named(step): step.images for step in partition.flow if not step.kept}


def _named(step: FlowStep) -> str:
    return f"{step.stage}: {step.reason}"


def _differing(before: Mapping[str, Any], after: Mapping[str, Any], absent: Any = None) -> dict[str, Pair]:
    pairs = {name: (before.get(name, absent), after.get(name, absent)) for name in {**before, **after}}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
