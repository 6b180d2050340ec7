"""What a reader with two minutes must know, in plain English: the answer, where it is worse, what could be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nccid_eval.records import Criterion, Estimate, Evaluation, Measure, NotEstimable, OrderCheck, Scorecard, Verdict
from nccid_eval.report.parts import wording

FEW_PATIENTS = 40  # below it even clustered intervals cover a few points less than they claim
CHANGED = 1e-3  # an answer that changes by more when it is asked for again is worth a warning
TOO_GOOD = 0.95  # an AUC above it asks for a check of confounding before it is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A verdict as the front page shows it; word and symbol carry the meaning, colour only repeats it."""

    label: str
    verdict: str
    symbol: str
    style: str
    sentence: str
    criterion: Criterion
    estimate: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """One group and every measure in which it is worse than all other cases."""

    attribute: str
    group: str
    sentences: tuple[str, ...]
    clear: bool  # at least one stays so after correction for the size of the family


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    title: str
    text: str


STYLES = {"met": ("✓", "met"), "not met": ("✗", "not-met"), "inconclusive": ("?", "inconclusive")}


def badges(card: Scorecard) -> tuple[Badge, ...]:
    return tuple(_badge(one) for one in card.verdicts)


def _badge(given: Verdict) -> Badge:
    symbol, style = STYLES.get(given.verdict, ("?", "inconclusive"))
    name = given.criterion.metric
    return Badge(
        label=wording.metric(name).label,
        verdict=given.verdict,
        symbol=symbol,
        style=style,
        sentence=_against_bar(name, given.measure, given.criterion.bar),
        criterion=given.criterion,
        estimate=given.measure if isinstance(given.measure, Estimate) else None,
    )


def _against_bar(name: str, measure: Measure, bar: float) -> str:
    shown = wording.value(name, bar)
    if isinstance(measure, NotEstimable):
        return f"The bar was {shown}. The measure is {wording.not_estimable(measure)}."
    if measure.low > bar:
        return f"The bar was {shown}; the whole interval lies above it."
    if measure.high < bar:
        return f"The bar was {shown}; the whole interval lies below it."
    return f"The bar was {shown}; the interval reaches to both sides of it."


def summary(card: Scorecard) -> str:
    """One or two sentences: what was found and what was flagged in error, of a hundred."""
    found, cleared = card.overall.get("sensitivity"), card.overall.get("specificity")
    target = wording.target_name(card.target)
    parts = []
    if isinstance(found, Estimate):
        parts.append(f"Of 100 cases with {target}, the model found about {_of_hundred(found)}.")
    if isinstance(cleared, Estimate):
        parts.append(f"Of 100 cases without, it rightly cleared about {_of_hundred(cleared)}.")
    if not parts:
        return "Neither sensitivity nor specificity could be estimated."
    return " ".join([*parts, "In brackets is the range in which the true figure plausibly lies."])


def _of_hundred(measure: Estimate) -> str:
    value, low, high = (round(100 * one) for one in (measure.value, measure.low, measure.high))
    return f"{value} ({low} to {high})"


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
    sentences = (_worse_by(name, here.get(name, NotEstimable(reason="no value")), one) for name, one in given)
    return Worse(
        attribute=wording.attribute_name(attribute),
        group=group or "not recorded",
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


def _shows_small_cells(card: Scorecard) -> bool:
    counts = [score.counts for levels in card.by_group.values() for score in levels.values()]
    fewest = (
        one.diseased_patients if one.diseased_only else min(one.diseased_patients, one.healthy_patients)
        for one in counts
        if one is not None
    )
    return any(number < card.plan.minimum_patients for number in fewest)


def caveats(evaluation: Evaluation) -> tuple[Caveat, ...]:
    """What could be wrong, the weightiest first; the front page shows the first three, 'Limits' all of them."""
    card = evaluation.scorecard
    return (
        *_of_confounding(card),
        *_of_order(evaluation.order_check),
        *_of_origin(evaluation),
        *_of_sites(card),
        *_of_size(card),
        *_of_groups(card),
        *_always(evaluation),
    )


def _of_confounding(card: Scorecard) -> Iterator[Caveat]:
    auc = card.overall.get("auc")
    if card.audit is not None:
        if card.audit.alarm:
            yield Caveat(
                title="Something other than the disease may give the diagnosis away",
                text=f"{card.audit.alarm} See 'Confounding' before relying on the result.",
            )
    elif isinstance(auc, Estimate) and auc.value > TOO_GOOD:
        yield Caveat(
            title="The result is unusually good",
            text=f"An AUC above {TOO_GOOD} is often a sign that site, equipment or view give the diagnosis away. "
            "Look at the groups below before relying on it.",
        )


def _of_order(check: OrderCheck | None) -> Iterator[Caveat]:
    if check is None:
        return
    if check.crossed or check.failed or (check.largest_change or 0) > CHANGED:
        yield Caveat(
            title="The model does not always give the same answer",
            text=f"{wording.repeated(check)} An answer may depend on the cases that came before or beside it. "
            "See 'Order check'.",
        )


def _of_sites(card: Scorecard) -> Iterator[Caveat]:
    named = () if card.audit is None else card.audit.one_sided
    sites = [one.removeprefix(f"{card.plan.site}: ") for one in named if one.startswith(f"{card.plan.site}: ")]
    if sites:
        yield Caveat(
            title="Some sites sent patients of one kind",
            text=f"{'; '.join(sites)}. There, recognising the site is as good as recognising the disease.",
        )


def _of_origin(evaluation: Evaluation) -> Iterator[Caveat]:
    if evaluation.run is None:
        yield Caveat(
            title="Nobody here saw the model run",
            text="The predictions were made elsewhere. This report cannot vouch for how they were made, nor that the "
            "model had never seen these patients.",
        )
    if evaluation.submission is not None and evaluation.submission.nccid_training_partition:
        yield Caveat(
            title="The vendor trained on NCCID's training part",
            text="NCCID puts each patient in one part only; the evaluator's leakage audit, which is no part of this "
            "report, says whether that held. Many hospitals are in both parts. "
            "Elsewhere the model may do worse.",
        )


def _of_size(card: Scorecard) -> Iterator[Caveat]:
    counts = card.counts
    if min(counts.diseased_patients, counts.healthy_patients) < FEW_PATIENTS:
        yield Caveat(
            title="Few patients",
            text=f"{wording.count(counts.diseased_patients)} diseased and {wording.count(counts.healthy_patients)} "
            f"healthy patients were tested. With fewer than {FEW_PATIENTS} the true uncertainty is a little wider "
            "than the intervals.",
        )
    if counts.failures:
        yield Caveat(
            title="Some cases got no usable answer",
            text=f"{wording.count(counts.failures)} of {wording.count(counts.cases)} cases. Each is "
            "counted as wrong, whichever way that goes against the model; other ways of counting stand under "
            "'Failures'.",
        )


def _of_groups(card: Scorecard) -> Iterator[Caveat]:
    unseen, groups = unseen_groups(card)
    if _shows_small_cells(card):
        yield Caveat(
            title="Small groups are shown",
            text=f"Some groups here have fewer than {card.plan.minimum_patients} diseased or healthy patients. "
            "Keep this report where patients' data may be kept.",
        )
    if unseen:
        yield Caveat(
            title="Nothing can be said about some groups",
            text=f"{unseen} of {groups} groups are too small to show or could not be estimated. "
            "That the model is fair to them is not shown.",
        )
    if groups:
        yield Caveat(
            title="Many comparisons",
            text=f"{groups} groups were compared. A few will look different by chance alone; adjusted p-values allow "
            "for that, and a group that does not stand out is not thereby shown to be equal.",
        )


def _always(evaluation: Evaluation) -> Iterator[Caveat]:
    target = wording.target_name(evaluation.scorecard.target)
    yield Caveat(
        title="Disease is not as common here as where the model would be used",
        text=f"The share of cases with {target} in this partition was set by how the data were collected. "
        "Read predictive values only at the prevalence of your own setting.",
    )
    yield Caveat(
        title="Retrospective images",
        text="The images were taken in the past, for other reasons. Other hospitals, equipment, virus variants and "
        "vaccination may change how well the model does.",
    )
    if "dirty" in evaluation.commit:
        yield Caveat(
            title="Unrecorded changes to the software",
            text="The evaluating software had changes that its commit does not hold; "
            "the result cannot be traced fully.",
        )
