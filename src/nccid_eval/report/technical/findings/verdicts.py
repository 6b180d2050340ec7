"""The answer: a verdict on each criterion, what they come to together, and two sentences for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.records import Criterion, Estimate, Measure, NotEstimable, Scorecard, Verdict
from nccid_eval.report.parts import wording
from nccid_eval.report.technical import anchors

STYLES = {"met": ("✓", "met"), "not met": ("✗", "not-met"), "inconclusive": ("?", "inconclusive")}
_TOGETHER = {
    "met": "All of the plan's primary criteria are met.",
    "not met": "At least one of the plan's primary criteria is not met.",
    "inconclusive": "No primary criterion is clearly missed, but not all are clearly met.",
}


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
    href: str  # the fragment of the measure's row


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What the primary criteria come to together."""

    verdict: str
    symbol: str
    style: str
    sentence: str


def conclusion(card: Scorecard) -> Conclusion | None:
    """None where the plan sets no primary criterion."""
    if card.conclusion not in STYLES:
        return None
    symbol, style = STYLES[card.conclusion]
    return Conclusion(verdict=card.conclusion, symbol=symbol, style=style, sentence=_TOGETHER[card.conclusion])


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
        href=anchors.measure(name),
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


def summary(card: Scorecard, counted: str) -> str:
    """Two or three sentences: what was found and what was cleared, of a hundred; `counted` in the plural."""
    found, cleared = card.overall.get("sensitivity"), card.overall.get("specificity")
    target = wording.target_name(card.target)
    parts = []
    lost = [
        f"{wording.metric(name).label}: {wording.not_estimable(one)}."
        for name, one in (("sensitivity", found), ("specificity", cleared))
        if isinstance(one, NotEstimable)
    ]
    if isinstance(found, Estimate):
        parts.append(f"Of 100 {counted} with {target}, the model found about {_of_hundred(found)}.")
    if isinstance(cleared, Estimate):
        parts.append(f"Of 100 {counted} without, it rightly cleared about {_of_hundred(cleared)}.")
    if parts:
        parts.append("In brackets is the range in which the true figure plausibly lies.")
    return " ".join([*parts, *lost])


def _of_hundred(measure: Estimate) -> str:
    value, low, high = (round(100 * one) for one in (measure.value, measure.low, measure.high))
    return f"{value} ({low} to {high})"
