"""What a reader with two minutes must know of a comparison, in plain English, each with the section behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nccid_eval.records import ComparedRun, Comparison, Estimate, NonInferiority, NotEstimable, PairedDifference
from nccid_eval.report.compared.tables import place_name
from nccid_eval.report.parts import wording

Names = Mapping[str, str]
RATES = ("sensitivity", "specificity")
MOST_GROUPS = 2  # of one run that are named
AHEAD = {
    "auc": "has the higher AUC",
    "sensitivity": "finds more of the diseased",
    "specificity": "rightly clears more of the healthy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A sentence, and the section that holds its numbers."""

    text: str
    section: str  # id
    link: str  # the section's name


def leading(given: Comparison, names: Names) -> Said:
    """Who stands first by AUC, or between whom chance leaves that open."""
    first = [run for run in given.runs if not isinstance(run.rank, NotEstimable) and run.rank.low == 1]
    told = [f"{names[run.run_id]}, at {wording.in_full('auc', run.measures['auc'])}" for run in first]
    if not first:
        text = "Ranks could not be estimated."
    elif len(first) == 1:
        found = wording.in_full("auc", first[0].measures["auc"])
        text = f"{names[first[0].run_id]} has the highest AUC, {found}, and chance leaves no other run that place."
    else:
        text = f"By AUC, chance leaves the first place open between these: {'; '.join(told)}."
    return Said(text=text, section="runs", link="The runs")


def differences(given: Comparison, names: Names) -> tuple[Said, ...]:
    """Every sure difference in a sentence, first runs first; or that there is none, and what that means."""
    sure = [one for one in given.differences if is_sure(given, one)]
    if not sure:
        text = (
            f"None of the {len(given.differences)} differences between the runs stays sure after correction for "
            "their number. That does not show that the runs are equally good."
        )
        return (Said(text=text, section="differences", link="Differences"),)
    return tuple(Said(text=_ahead(one, names), section="differences", link="Differences") for one in sure)


def is_sure(given: Comparison, one: PairedDifference) -> bool:
    """Whether a difference stays so after correction for all of them."""
    found = one.difference
    return isinstance(found, Estimate) and found.p_adjusted is not None and found.p_adjusted <= 1 - given.plan.level


def _ahead(one: PairedDifference, names: Names) -> str:
    found = one.difference
    assert isinstance(found, Estimate)
    ahead, behind = (one.first, one.second) if found.value > 0 else (one.second, one.first)
    turn = 1 if found.value > 0 else -1  # test and interval are made in two ways: an end may lie beyond zero
    low, high = sorted((turn * found.low, turn * found.high))
    percent = wording.metric(one.measure).percent
    numbers = (f"{number * 100:.1f}" if percent else f"{number:.3f}" for number in (abs(found.value), low, high))
    size, least, most = (text.replace("-", "−") for text in numbers)
    apart = f"{size}{' percentage points' if percent else ''} ({least} to {most})"
    return f"{names[ahead]} {AHEAD[one.measure]} than {names[behind]}, by {apart}."


def versions(given: Comparison, names: Names) -> tuple[Said, ...]:
    """One sentence a new version: on which measures it is no worse than its predecessor, by the plan's margins."""
    found: dict[str, list[NonInferiority]] = {}
    for one in given.non_inferiority:
        found.setdefault(one.run, []).append(one)
    return tuple(
        Said(text=_against(names[run], names[some[0].predecessor], some), section="versions", link="New versions")
        for run, some in found.items()
    )


def _against(run: str, predecessor: str, given: list[NonInferiority]) -> str:
    parts = []
    for verdict, meaning in (
        ("non-inferior", "no worse by more than the margin"),
        ("inferior", "worse by more than the margin"),
        ("inconclusive", "it cannot be told which"),
    ):
        some = [_within(one.measure) for one in given if one.verdict == verdict]
        if some:
            parts.append(f"{verdict} in {listed(some)} ({meaning})")
    return f"{run} against its predecessor {predecessor}: {'; '.join(parts)}."


def worse(given: Comparison, names: Names) -> tuple[Said, ...]:
    """For each run the planned groups in which it is surely worse than in all others, the largest gaps first."""
    return tuple(
        Said(text=f"{names[run.run_id]}: {told}", section="groups", link="Groups")
        for run in given.runs
        if (told := _worst(given, run))
    )


def _worst(given: Comparison, run: ComparedRun) -> str:
    found = sorted(_clear_gaps(given, run), reverse=True)
    told = [
        f"{_within(name)} is {size * 100:.1f} percentage points lower in {where}"
        for size, name, where in found[:MOST_GROUPS]
    ]
    more = f"; {len(found) - MOST_GROUPS} more" if len(found) > MOST_GROUPS else ""
    return f"{'; '.join(told)}{more}." if told else ""


def _clear_gaps(given: Comparison, run: ComparedRun) -> Iterator[tuple[float, str, str]]:
    for attribute in (name for name in run.by_group if name in given.plan.attributes):
        for level, score in run.by_group[attribute].items():
            where = place_name((attribute, level))
            for name in RATES:
                one = score.differences.get(name)
                if isinstance(one, Estimate) and one.high < 0 and _is_clear(given, one):
                    yield -one.value, name, where


def _is_clear(given: Comparison, one: Estimate) -> bool:
    """By the planned family's adjustment; an exploratory scan's makes nothing clear."""
    planned = not one.family or one.family.startswith("Holm")
    return planned and one.p_adjusted is not None and one.p_adjusted < 1 - given.plan.level


def _within(measure: str) -> str:
    """Its label inside a sentence."""
    label = wording.metric(measure).label
    return label if label.isupper() else label.lower()


def listed(given: list[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join([", ".join(given[:-1]), given[-1]] if len(given) > 1 else given)
