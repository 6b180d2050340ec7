"""The patient bootstrap: patients are drawn with replacement inside patient-level disease strata.

Source: Efron and Tibshirani 1993, chapter 8 (strata), 13 (percentile interval).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nccid_eval.records import Numbers
from nccid_eval.scoring.sample import Indices, Sample

_ROWS = 200  # replicates at a time: 20,000 patients then take 16 MiB


def disease_strata(sample: Sample) -> tuple[Indices, ...]:
    """Patient codes of those with diseased cases only, healthy cases only, and both; empty strata are left out."""
    diseased = np.bincount(sample.patient[sample.label], minlength=sample.patients) > 0
    healthy = np.bincount(sample.patient[~sample.label], minlength=sample.patients) > 0
    groups = (diseased & ~healthy, healthy & ~diseased, diseased & healthy)
    return tuple(np.flatnonzero(one) for one in groups if one.any())


def patient_weights(
    strata: tuple[Indices, ...], patients: int, replicates: int, rng: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """How often each patient is drawn: blocks of (replicates in the block, patients), whole numbers.

    Every patient of a stratum has the same chance in every draw, and a stratum keeps its size.
    """
    members = np.concatenate(strata)
    drawn = draws([len(one) for one in strata], replicates, rng)
    for start in range(0, replicates, _ROWS):
        weights = np.zeros((min(_ROWS, replicates - start), patients), dtype=np.float32)
        for row, one in zip(weights, drawn, strict=False):
            row[members] = one
        yield weights


def draws(sizes: Sequence[int], replicates: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """One replicate at a time: how often each patient is drawn, those of the first stratum first.

    A random float's 53 bits are enough for two draws from 0 to size - 1, so half the floats do; the chance of each
    differs from 1/size by less than size²/2^53 of itself, one in a million at 100,000. All strata are drawn at once
    and in the same memory, as a replicate's numbers then stay in the processor's cache.
    """
    patients = sum(sizes)
    halves = [(size + 1) // 2 for size in sizes]
    first_size = np.repeat(np.array(sizes, dtype=np.float64), halves)
    second_size = first_size.copy()
    start = np.tile(np.repeat(np.cumsum([0.0, *sizes[:-1]]), halves), (2, 1))
    spare = (np.cumsum(halves) - 1)[np.array(sizes) % 2 == 1]  # the second draw of an odd stratum's last float …
    second_size[spare], start[1, spare] = 0, patients  # … falls on a place behind all patients
    floats, places = np.empty(len(start[0])), np.empty_like(start)
    drawn = np.empty(start.shape, dtype=np.intp)
    for _ in range(replicates):
        rng.random(out=floats)
        floats *= first_size
        np.floor(floats, out=places[0])
        floats -= places[0]
        floats *= second_size
        np.floor(floats, out=places[1])
        places += start
        np.copyto(drawn, places, casting="unsafe")
        yield np.bincount(drawn.ravel(), minlength=patients + 1)[:patients]


def replicate_sums(
    columns: Numbers, strata: tuple[Indices, ...], replicates: int, rng: np.random.Generator
) -> Numbers:
    """Sums of per-patient `columns` (patients × k) over each replicate's patients: (replicates × k).

    Columns are counts: single precision holds their sums exactly up to 2^24.
    """
    short = columns.astype(np.float32)
    blocks = [weights @ short for weights in patient_weights(strata, len(columns), replicates, rng)]
    return np.concatenate(blocks).astype(np.float64)


def percentile_interval(values: Numbers, level: float) -> tuple[float, float]:
    """Percentile limits of the defined (finite) replicates."""
    tail = (1 - level) / 2
    low, high = np.quantile(values[np.isfinite(values)], [tail, 1 - tail])
    return float(low), float(high)


def ratio(above: Numbers, below: Numbers) -> Numbers:
    """`above` / `below`, NaN (an undefined replicate) where `below` is zero."""
    shares: Numbers = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=shares, where=below > 0)
    return shares
