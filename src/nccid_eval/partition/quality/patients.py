"""From clinical records and cases to the table's counts, and to every cell of every patient, raw beside cleaned."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nccid_eval.partition.clinical import Cell, Reason
from nccid_eval.partition.quality.counts import DISEASED, FORMAT, HEALTHY, NO_CASE, Counted, Group, ordered

_COLUMNS = ("patient", "field", "raw", "value", "reason")
_WEIGHT = (Reason.MISSING, Reason.OK, Reason.RECODED, Reason.AMBIGUOUS, Reason.OUT_OF_RANGE, Reason.UNPARSEABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One patient's clinical record as it counts. `labels` are those of the patient's cases."""

    patient: str  # folded pseudonym
    site: str
    labels: frozenset[bool]
    cells: Sequence[Cell]
    checks: Mapping[str, str]  # what is asked -> answer
    contradictions: Sequence[str]

    @property
    def label(self) -> str:
        """A patient with a diseased case is diseased, so that no patient is in two groups."""
        if not self.labels:
            return NO_CASE
        return DISEASED if True in self.labels else HEALTHY


def count(patients: Iterable[Recorded], metadata: Mapping[str, int]) -> Counted:
    """The groups in order of site and label, whatever the patients' order."""
    groups: defaultdict[tuple[str, str], list[Recorded]] = defaultdict(list)
    for one in sorted(patients, key=lambda one: one.patient):
        groups[one.site, one.label].append(one)
    form = dict.fromkeys(cell.field for of_group in groups.values() for one in of_group for cell in one.cells)
    return Counted(
        format=FORMAT,
        groups=tuple(_group(*key, groups[key], form) for key in sorted(groups)),
        metadata=dict(sorted(metadata.items())),
    )


def format_cells(patients: Iterable[Recorded], name: Callable[[str], str]) -> bytes:
    """CSV of every cell that is not blank; `name` makes a pseudonym opaque, and rows stand in the order of that."""
    text = io.StringIO(newline="")
    # All quoted: a lone carriage return would else stand bare, and end a row for whoever reads it.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    for patient, cells in sorted((name(one.patient), one.cells) for one in patients):
        writer.writerows(
            (patient, cell.field, cell.raw, cell.value, cell.reason.value)
            for cell in cells
            if cell.raw or cell.reason is not Reason.MISSING
        )
    # What a site wrote may hold half a surrogate pair, which no file in UTF-8 can.
    return text.getvalue().encode(errors="backslashreplace")


def worst(reasons: Iterable[Reason]) -> Reason:
    """How a field counts that has several cells, as swabs do: by the least certain; missing where all are."""
    return max(reasons, key=_WEIGHT.index)


def _group(site: str, label: str, patients: Sequence[Recorded], form: Iterable[str]) -> Group:
    """A field that a record does not tell of is missing there."""
    fields: dict[str, Counter[str]] = {field: Counter() for field in form}
    checks: defaultdict[str, Counter[str]] = defaultdict(Counter)
    contradictions: Counter[str] = Counter()
    for one in patients:
        told = _reasons(one.cells)
        for field, reasons in fields.items():
            reasons[worst(told.get(field, [Reason.MISSING])).value] += 1
        for check, answer in one.checks.items():
            checks[check][answer] += 1
        contradictions.update(set(one.contradictions))
    return Group(
        site=site,
        label=label,
        patients=len(patients),
        fields=ordered(fields),
        checks=ordered(checks),
        contradictions=dict(sorted(contradictions.items())),
    )


def _reasons(cells: Iterable[Cell]) -> dict[str, list[Reason]]:
    found: dict[str, list[Reason]] = {}
    for cell in cells:
        found.setdefault(cell.field, []).append(cell.reason)
    return found
