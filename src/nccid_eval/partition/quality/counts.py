"""The data-quality table as counts of patients: the evaluator's alone (private/quality.json)."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nccid_eval.errors import PartitionError
from nccid_eval.settings import to_record

FORMAT = "nccid-quality/1"
DISEASED, HEALTHY, NO_CASE = "diseased", "healthy", "no case"  # the last: a clinical record alone
REASONS = ("ok", "missing", "recoded", "ambiguous", "out_of_range", "unparseable")
CHECKS = {  # what is asked of each patient with a case, and every answer that there is
    "sex_source": ("clinical", "image", "other_image", "unknown"),
    "age_source": ("clinical", "image", "other_image", "unknown"),
    "sex_conflict": ("no", "yes", "unknown"),  # clinical record against the images
    "contradictions": ("none", "some"),
    "ambiguous_dates": ("none", "images", "calendar", "convention"),  # the weakest thing that settled one
}
Answers = Mapping[str, Mapping[str, int]]  # what is asked -> answer -> patients


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Patients of one site and label ('' where groups were added up over it), counted."""

    site: str
    label: str
    patients: int
    fields: Answers  # field of the form -> reason -> patients
    checks: Answers  # 'sex_source' and the like -> answer -> patients
    contradictions: Mapping[str, int]  # what contradicts what -> patients; one may have several


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Groups by site and label, no patient in two. `metadata` counts JSON files beside images, of the whole part."""

    format: str
    groups: tuple[Group, ...]
    metadata: Mapping[str, int]


def add_up(groups: Iterable[Group], *, site: str = "", label: str = "") -> Group:
    """Groups as one, named anew."""
    given = list(groups)
    contradictions: Counter[str] = Counter()
    for one in given:
        contradictions.update(one.contradictions)
    return Group(
        site=site,
        label=label,
        patients=sum(one.patients for one in given),
        fields=_added(one.fields for one in given),
        checks=_added(one.checks for one in given),
        contradictions=dict(sorted(contradictions.items())),
    )


def split(counted: Counted, by: str) -> dict[str, Group]:
    """The table by level of `by`: site or label; '' for one table of all patients."""
    if not by:
        return {"": add_up(counted.groups)}
    levels = sorted({getattr(one, by) for one in counted.groups})
    return {
        level: add_up((one for one in counted.groups if getattr(one, by) == level), **{by: level}) for level in levels
    }


def to_json(counted: Counted) -> bytes:
    return (json.dumps(dataclasses.asdict(counted), indent=1) + "\n").encode()


def from_json(content: bytes, where: str) -> Counted:
    """Raises PartitionError for what `to_json` did not write."""
    try:
        table = json.loads(content)
    except ValueError:
        table = None
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise PartitionError("the data-quality table is damaged", where=where, mend="build the partition again")
    return to_record(table, Counted, where=where, error=PartitionError)


def describe(counted: Counted, by: str) -> dict[str, Any]:
    """The table in JSON's types: for each level of `by` the patients, and their counts by field and reason."""
    tables = {
        level: {
            "patients": one.patients,
            "fields": one.fields,
            "checks": one.checks,
            "contradictions": one.contradictions,
        }
        for level, one in split(counted, by).items()
    }
    return {"by": by or "all", "tables": tables, "metadata": dict(counted.metadata)}


def ordered(tables: Answers) -> dict[str, dict[str, int]]:
    """The same with reasons in their own order and other answers by name; fields stay in the form's order."""
    return {name: {answer: answers[answer] for answer in _sorted(answers)} for name, answers in tables.items()}


def _added(tables: Iterable[Answers]) -> dict[str, dict[str, int]]:
    total: dict[str, Counter[str]] = {}
    for table in tables:
        for name, answers in table.items():
            total.setdefault(name, Counter()).update(answers)
    return ordered(total)


def _sorted(answers: Iterable[str]) -> list[str]:
    return sorted(answers, key=lambda one: (REASONS.index(one) if one in REASONS else len(REASONS), one))
