"""An Estimate of a whole sample: value, limits that hold it, and the sample's counts."""

from __future__ import annotations

from nccid_eval.records import Counts, Estimate


def with_counts(value: float, limits: tuple[float, float], sizes: Counts, method: str) -> Estimate:
    """Limits are widened to the value where a resampled interval leaves it out."""
    low, high = limits
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        positives=sizes.positives,
        negatives=sizes.negatives,
        patients=sizes.patients,
        method=method,
    )
