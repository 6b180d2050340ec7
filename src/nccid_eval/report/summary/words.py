"""The summary's sentences: whom a number is about, how sure it is, what it does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nccid_eval.records import Estimate, Evaluation, Indications, PartitionRules, Scorecard
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.fitting import fitted
from nccid_eval.report.parts.thousand import Thousand

TARGET = 36  # room in ordinary letters: whoever scores files may name any
AREA = wording.metric("auc").label
OUTCOMES = {
    "icu_admission": "was admitted to intensive care",
    "intubation": "was intubated",
    "death": "died",
}
COMING = {
    "icu_admission": "go on to intensive care",
    "intubation": "go on to be intubated",
    "death": "go on to die",
}


def target_of(name: str) -> str:
    """What is looked for, in few words."""
    return fitted(wording.target_name(name), TARGET)


def intended_use(given: Indications) -> str:
    """As the vendor declares it."""
    images, views = ", ".join(given.modalities), ", ".join(given.views)
    text = f"{fitted(wording.purpose(given.target), 2 * TARGET)} on {images} images"
    text += f" ({views})" if views else ""
    text += f", patients from {given.min_age_years:g} years"
    return text + ("; uses age and sex" if given.uses_demographics else "")


def tested_on(evaluation: Evaluation, counted: str) -> str:
    """How many of whom, from how many sites; `counted` is the plural of what is counted."""
    card = evaluation.scorecard
    counts, target = card.counts, target_of(card.target)
    sites = sum(level not in ("", "unknown") for level in card.by_group.get(card.plan.site, {}))
    places = f" at {sites} sites" if sites > 1 else ""
    held = ", held back by NCCID and shown to the model in a sealed container" if evaluation.run else ""
    return (
        f"{wording.count(counts.cases)} {counted} of {wording.count(counts.patients)} patients{places}{held}: "
        f"{wording.count(counts.positives)} with {target}, {wording.count(counts.negatives)} without."
    )


def standard(rules: PartitionRules | None) -> str:
    """How it was decided what is true, in a sentence."""
    if rules is None:
        return "The labels came with the predictions; how they were made is not known here."
    if rules.target in OUTCOMES:
        return f"Whether the patient {OUTCOMES[rules.target]} within {rules.horizon_days} days of the image."
    if rules.target == "severity_moderate_or_worse":
        return "A radiologist's reading of that day's radiograph; readers often disagree."
    return (
        f"COVID-19 tests in the clinical record: an image counts as diseased from {rules.positive_days_before} days "
        f"before to {rules.positive_days_after} days after a positive test. A test can be wrong."
    )


def people(given: Thousand, card: Scorecard) -> Iterator[str]:
    """The picture in words."""
    are = COMING.get(card.target) or f"have {target_of(card.target)}"
    yield (
        f"If {wording.percent(given.prevalence)} of 1,000 people tested {are}, that is {given.ill}. The model finds "
        f"{_about(given.found, given.found_between)} of them and misses {given.missed}."
    )
    yield (
        f"Of the {given.well} without, it flags {_about(given.flagged, given.flagged_between)} all the same and "
        f"rightly clears {given.cleared}."
    )
    value = next((one.ppv for one in card.predictive_values if one.prevalence == given.prevalence), None)
    if isinstance(value, Estimate):
        yield f"So a positive result is right in {wording.in_full('ppv', value)} of those who get one."


def _about(number: int, between: tuple[int, int]) -> str:
    low, high = between
    return f"{number} ({low} to {high})" if low != high else f"{number}"


def trust(card: Scorecard) -> Iterator[str]:
    """What the intervals mean, for the three numbers that a reader meets first."""
    target, level = target_of(card.target), wording.percent(card.plan.level)
    found, cleared, area = (card.overall.get(name) for name in ("sensitivity", "specificity", "auc"))
    if isinstance(found, Estimate):
        yield (
            f"Sensitivity: the model found {wording.value('sensitivity', found.value)} of the cases with {target}. "
            f"The true share plausibly lies between {_range('sensitivity', found)}."
        )
    if isinstance(cleared, Estimate):
        yield (
            f"Specificity: it cleared {wording.value('specificity', cleared.value)} of the cases without. "
            f"The true share plausibly lies between {_range('specificity', cleared)}."
        )
    if isinstance(area, Estimate):
        yield (
            f"AUC: shown one case with {target} and one without, it scores the first higher in "
            f"about {_of_hundred(area.value)} of 100 pairs (plausibly {_of_hundred(area.low)} to "
            f"{_of_hundred(area.high)}; equal scores count half); guessing would be 50."
        )
    if not any(isinstance(one, Estimate) for one in (found, cleared, area)):
        yield "Neither sensitivity, specificity nor AUC could be estimated, so nothing can be relied on."
        return
    yield (
        f"These are {level} intervals. They allow for chance, and for several images of one patient. They do not "
        "allow for errors of the reference standard, nor for hospitals and patients unlike those tested."
    )


def _of_hundred(share: float) -> int:
    return round(100 * share)


def _range(name: str, given: Estimate) -> str:
    return f"{wording.value(name, given.low)} and {wording.value(name, given.high)}"


def worst(sentences: Sequence[str]) -> str:
    """The first that tells of a rate, which says more to most readers than an AUC; how many more there are."""
    shown = next((one for one in sentences if not one.startswith(AREA)), sentences[0])
    more = len(sentences) - 1
    return shown + (f" It is worse in {more} more measure{'s' if more > 1 else ''}." if more else "")


def unsaid(evaluation: Evaluation, unseen: tuple[int, int]) -> Iterator[str]:
    """What a reader might take it for, and must not. `unseen`: groups of which nothing is told, and all groups."""
    yield "This is a validation study, not a regulatory approval."
    yield "It does not compare the model with radiologists, with other models, or with testing alone."
    yield "It does not show that patients do better, or that reading is quicker, where the model is used."
    yield "It says little about hospitals, equipment and times unlike these, and nothing beyond the intended use."
    hidden, groups = unseen
    if hidden:
        yield f"It says nothing about {hidden} of {groups} groups of patients: not to be shown, or not estimable."
    if evaluation.run is None:
        yield "It does not vouch for how the predictions were made: the model was not run here."


def digest(given: str) -> str:
    """Enough of a digest to find its like by; whole ones stand in the report."""
    kind, _, rest = given.rpartition(":")
    return f"{kind}:{rest[:12]}…" if kind and len(rest) > 12 else fitted(given, 24)
