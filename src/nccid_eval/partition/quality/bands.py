"""The data-quality table as it may leave: shares in bands that give no small count back (docs/methods.md).

A label's patients are divided up by one ruler: equal bands, open below and closed above, each of `minimum` patients
and a few more. A count that is there lies above the lower end of its band, so what upper and lower ends leave for
any other count, for any union and for what is outside it is always a band or more, less a patient a term: a band
holds those few more. Labels are told apart and never together, since with their sum the rulers would not agree. What
makes groups of the scorecard is not told: there 'unknown' is a group like others, and exact counts of groups, with
which no ruler of ours agrees, would give back cells that the gate hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nccid_eval.partition.quality.counts import CHECKS, DISEASED, HEALTHY, REASONS, Counted, Group, split
from nccid_eval.records import Band, Quality, QualityGroup

WIDTHS = (5, 10, 20, 25, 50)  # percent; each divides 100
# Fields that attributes of the cases are made of.
GROUPED = {
    "submitting_centre", "age", "sex", "ethnicity", "smoking", "icu", "hypertension", "ckd", "cvs_disease",
    "lung_disease", "diabetes_2", "cxr_1_severity", "cxr_1_code", "cxr_2_severity", "cxr_2_code",
}  # fmt: skip
TOLD_TOGETHER = "record_or_unknown"  # as how many are unknown is told exactly elsewhere, or hidden there
_TERMS = len(REASONS)  # the most ends that a bound is made of, each off by less than a patient
_MISSING = "missing"
_SOURCES, _TOGETHER = ("sex_source", "age_source"), ("clinical", "unknown")


def released(counted: Counted, minimum: int) -> Quality:
    """What may be told where counts of fewer than `minimum` patients may not; at 0 all is told, in bands of 5%."""
    counted = _tellable(counted)
    labels = split(counted, "label")
    groups = {label: labels[label] for label in (DISEASED, HEALTHY) if label in labels}
    widths = {label: width(one.patients, minimum) for label, one in groups.items()}
    told = {label: one for label, one in groups.items() if widths[label]}
    return Quality(
        minimum_patients=minimum,
        groups=tuple(_group(one, widths[label]) for label, one in told.items()),
        sites=_sites(counted, told, widths, minimum),
    )


def width(patients: int, minimum: int) -> int:
    """The narrowest band in percent that holds enough of so many patients; 0 where none does."""
    if not patients:
        return 0
    wanted = minimum + _TERMS if minimum else 0
    return next((one for one in WIDTHS if one * patients >= 100 * wanted), 0)


def band(count: int, whole: int, percent: int) -> Band:
    """Where a count lies among bands of so many percent of a whole."""
    place = max(1, -(-count * 100 // (percent * whole)))
    return Band(over=(place - 1) * percent, up_to=place * percent)


def _group(group: Group, percent: int) -> QualityGroup:
    """Every reason and answer that there is has a band, as one without a patient must look like one with a few."""

    def bands(answers: Mapping[str, int], known: Iterable[str]) -> dict[str, Band]:
        return {one: band(answers.get(one, 0), group.patients, percent) for one in known}

    return QualityGroup(
        label=group.label,
        fields={name: bands(answers, REASONS) for name, answers in group.fields.items()},
        checks={name: bands(group.checks[name], _known(name)) for name in CHECKS if name in group.checks},
    )


def _tellable(counted: Counted) -> Counted:
    groups = (
        replace(
            one,
            fields={name: answers for name, answers in one.fields.items() if name not in GROUPED},
            checks={name: _joined(name, answers) for name, answers in one.checks.items()},
        )
        for one in counted.groups
    )
    return replace(counted, groups=tuple(groups))


def _joined(check: str, answers: Mapping[str, int]) -> Mapping[str, int]:
    if check not in _SOURCES:
        return answers
    apart = {name: count for name, count in answers.items() if name not in _TOGETHER}
    return apart | {TOLD_TOGETHER: sum(answers.get(name, 0) for name in _TOGETHER)}


def _known(check: str) -> list[str]:
    return list(_joined(check, dict.fromkeys(CHECKS[check], 0)))


def _sites(counted: Counted, told: Mapping[str, Group], widths: Mapping[str, int], minimum: int) -> dict[str, Band]:
    """A site's share of missing fields, all its patients together; none where the labels' bands would pin it down."""
    sites = split(_of_cases(counted), "site")
    shown: dict[str, Band] = {}
    least = most = 0
    for site, one in sites.items():
        missing, whole = _missing(one), _cells(one)
        percent = width(one.patients, minimum) if site and whole else 0
        found = band(missing, whole, percent) if percent else Band(over=0, up_to=100)
        if percent:
            shown[site] = found
        least, most = least + found.over * whole // 100, most + -(-found.up_to * whole // 100)
    floor, ceiling = _bounds(told, widths)
    unknown = _cells(*sites.values()) - _cells(*told.values())
    room = min(most - floor, ceiling + unknown - least)
    return shown if room >= minimum else {}


def _bounds(told: Mapping[str, Group], widths: Mapping[str, int]) -> tuple[int, int]:
    """The least and the most missing fields that the labels' bands allow."""
    least = most = 0
    for label, group in told.items():
        for answers in group.fields.values():
            one = band(answers.get(_MISSING, 0), group.patients, widths[label])
            least += one.over * group.patients // 100 + (one.over > 0)
            most += one.up_to * group.patients // 100
    return least, most


def _of_cases(counted: Counted) -> Counted:
    of_cases = tuple(one for one in counted.groups if one.label in (DISEASED, HEALTHY))
    return Counted(format=counted.format, groups=of_cases, metadata={})


def _missing(group: Group) -> int:
    return sum(answers.get(_MISSING, 0) for answers in group.fields.values())


def _cells(*groups: Group) -> int:
    return sum(sum(answers.values()) for group in groups for answers in group.fields.values())
