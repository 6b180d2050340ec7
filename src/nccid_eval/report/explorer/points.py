"""Which points of the released ROC curve the explorer moves over: those whose threshold is exact."""

from __future__ import annotations

from nccid_eval.records import Estimate, RocPoint, Scorecard

DECIMALS = 2  # of the thresholds that anybody may ask for
FEWEST = 4  # with fewer there is nothing to move over
Points = tuple[RocPoint, ...]


def explorable(card: Scorecard) -> tuple[Points, str]:
    """Points by rising threshold, or none and why not."""
    if not card.roc:
        return (), "There is no curve: it could not be estimated or was suppressed."
    if not all(isinstance(card.overall.get(name), Estimate) for name in ("sensitivity", "specificity")):
        return (), "Sensitivity and specificity at the declared threshold are suppressed or could not be estimated."
    if not _spans_the_grid(card):
        return (), (
            "The points that may be shown do not reach from a threshold of 0 to one of 1: the scores lie elsewhere, "
            "or an end is suppressed."
        )
    points = [one for one in card.roc if one.threshold == card.threshold or _on_grid(one.threshold)]
    if card.threshold not in [one.threshold for one in points] or len(points) < FEWEST:
        return (), "Too few points of the curve may be shown."
    if all(one.sensitivity_low is None for one in points):
        return (), "The curve has no intervals. Score the run again: an earlier version made none."
    return tuple(sorted(points, key=lambda one: one.threshold)), ""


def _spans_the_grid(card: Scorecard) -> bool:
    """Scoring ends a curve of scores in 0 to 1 at thresholds of 0, and of 1 or a step beyond; others never so."""
    return 0 <= card.threshold <= 1 and card.roc[-1].threshold == 0 and card.roc[0].threshold <= 1.01


def _on_grid(threshold: float) -> bool:
    return 0 <= threshold <= 1 and round(threshold, DECIMALS) == threshold
