"""For whom the model is worse, and of whom nothing can be said."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.records import Estimate, Measure, NotEstimable, Scorecard
from nccid_eval.report.parts import wording
from nccid_eval.report.technical import anchors


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """One group and every measure in which it is worse than all other cases."""

    attribute: str
    group: str
    sentences: tuple[str, ...]
    href: str  # the fragment of the group's row
    clear: bool  # at least one stays so after correction for the size of the family


def worse_groups(card: Scorecard) -> tuple[Worse, ...]:
    """Planned groups whose interval of a difference lies wholly on the bad side of zero, the surest first."""
    found: dict[tuple[str, str], list[tuple[str, Estimate]]] = {}
    for attribute in _planned(card):
        for group, score in card.by_group[attribute].items():
            for name, one in score.differences.items():
                if isinstance(one, Estimate) and _is_worse(name, one):
                    found.setdefault((attribute, group), []).append((name, one))
    ordered = sorted(found.items(), key=lambda item: min(_order(card, one) for _, one in item[1]))
    return tuple(_worse(card, attribute, group, given) for (attribute, group), given in ordered)


def _planned(card: Scorecard) -> list[str]:
    """The attributes that the plan names; all of them where it names none that are here (a table's own columns)."""
    names = {*card.plan.attributes, *(("age",) if "age_band" in card.plan.attributes else ())}
    return [name for name in card.by_group if name in names] or list(card.by_group)


def _is_worse(name: str, difference: Estimate) -> bool:
    better = wording.metric(name).higher_is_better
    return difference.high < 0 if better else better is False and difference.low > 0


def _is_clear(card: Scorecard, difference: Estimate) -> bool:
    """By the planned family's adjustment; an exploratory scan's makes nothing clear."""
    planned = not difference.family or difference.family.startswith("Holm")
    return planned and difference.p_adjusted is not None and difference.p_adjusted < 1 - card.plan.level


def _order(card: Scorecard, difference: Estimate) -> tuple[bool, float]:
    return not _is_clear(card, difference), -abs(difference.value)


def _worse(card: Scorecard, attribute: str, group: str, given: list[tuple[str, Estimate]]) -> Worse:
    here = card.by_group[attribute][group].measures
    surest = sorted(given, key=lambda item: not _is_clear(card, item[1]))
    sentences = (_worse_by(name, here.get(name, NotEstimable(reason="no value")), one) for name, one in surest)
    return Worse(
        attribute=wording.attribute_name(attribute),
        group=group or "not recorded",
        href=anchors.level(card, attribute, group),
        sentences=tuple(sentences),
        clear=any(_is_clear(card, one) for _, one in given),
    )


def _worse_by(name: str, here: Measure, difference: Estimate) -> str:
    kind = wording.metric(name)
    direction = "lower" if difference.value < 0 else "higher"
    size = abs(difference.value)
    apart = f"{size * 100:.1f} percentage points" if kind.percent else f"{size:.3f}"
    span = wording.difference_interval(name, difference)
    tested = "" if difference.p_adjusted is None else f"; adjusted p {wording.p_value(difference.p_adjusted)}"
    return (
        f"{kind.label} {wording.in_full(name, here)}, {apart} {direction} than in all other cases "
        f"(interval of the difference {span}{tested})."
    )


def unseen_groups(card: Scorecard) -> tuple[int, int]:
    """Groups of which not one measure may or can be given, and all groups."""
    scores = [score for levels in card.by_group.values() for score in levels.values()]
    return sum(not any(isinstance(one, Estimate) for one in score.measures.values()) for score in scores), len(scores)


def compared_groups(card: Scorecard) -> int:
    """Groups of which at least one difference to all other cases is told."""
    scores = [score for levels in card.by_group.values() for score in levels.values()]
    return sum(any(isinstance(one, Estimate) for one in score.differences.values()) for score in scores)


def shows_small_cells(card: Scorecard) -> bool:
    """Whether a group is shown that has fewer patients than the plan's minimum."""
    counts = [score.counts for levels in card.by_group.values() for score in levels.values()]
    fewest = (
        one.diseased_patients if one.diseased_only else min(one.diseased_patients, one.healthy_patients)
        for one in counts
        if one is not None
    )
    return any(number < card.plan.minimum_patients for number in fewest)
