"""The confounding audit: could site, equipment or view give the diagnosis away, and does the model beat those alone?

What raises the alarm stands in THRESHOLDS; docs/methods.md has the same table.
"""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.records import Audit, Estimate, Measure, Plan, Truth
from nccid_eval.scoring.audit_areas import by_attribute, healthy_shift, within_measure, without_level
from nccid_eval.scoring.audit_baseline import baseline, features_of
from nccid_eval.scoring.audit_strata import audited, one_sided, one_sided_share, strata_of
from nccid_eval.scoring.cells import Cell
from nccid_eval.scoring.sample import Sample, count


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Any one of them raises the alarm; a fourth is that the model does not beat the baseline."""

    auc: float = 0.95  # the model's AUC lies above it
    baseline_low: float = 0.60  # the lower limit of the baseline's AUC lies above it
    one_sided_share: float = 0.50  # of the cases lie in one-sided levels of the site or of a baseline attribute


THRESHOLDS = Thresholds()


def audit(sample: Sample, cells: tuple[Cell, ...], truth: Truth, plan: Plan, auc: Measure) -> Audit:
    """Every part of the audit; `auc` is the model's own, overall. `cells` are all cells of the sample."""
    chosen, whole = audited(cells, plan), count(sample)
    features = features_of(truth, plan)
    blind, difference = baseline(sample, truth, features, plan)
    strata = strata_of(chosen, plan.level)
    groups = by_attribute(chosen)
    share = one_sided_share(cells, dict.fromkeys((plan.site, *features)), whole)
    return Audit(
        alarm=alarm(auc, blind, difference, share),
        strata=strata,
        one_sided=one_sided(strata, whole),
        baseline=blind,
        baseline_difference=difference,
        features=features,
        within={name: within_measure(sample, levels, plan.level) for name, levels in groups.items()},
        without_site={
            one.level: without_level(sample, one, plan.level) for one in cells if one.attribute == plan.site
        },
        healthy_shift={
            name: {one.level: healthy_shift(sample, one, plan.level) for one in levels}
            for name, levels in groups.items()
        },
    )


def alarm(auc: Measure, blind: Measure, difference: Measure, share: tuple[float, str]) -> str:
    """One sentence for the front page, or nothing. It holds overall numbers alone, so the gate lets it pass."""
    reasons = []
    if isinstance(auc, Estimate) and auc.value > THRESHOLDS.auc:
        reasons.append(f"an AUC of {auc.value:.3f} is above {THRESHOLDS.auc:g}, which is rarely the disease alone")
    if isinstance(blind, Estimate) and blind.low > THRESHOLDS.baseline_low:
        reasons.append(f"a baseline that sees no image reaches an AUC of {_in_full(blind)}")
    if isinstance(difference, Estimate) and difference.low <= 0:
        reasons.append(
            f"the model is not shown to beat a baseline that sees no image (difference {_in_full(difference)})"
        )
    if share[0] > THRESHOLDS.one_sided_share:
        reasons.append(f"most cases come from levels of {share[1]} that hold patients of one kind alone, or nearly")
    return _sentence(reasons)


def _in_full(one: Estimate) -> str:
    return f"{one.value:.3f} [{one.low:.3f} to {one.high:.3f}]".replace("-", "−")


def _sentence(reasons: list[str]) -> str:
    text = "; ".join(reasons)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
