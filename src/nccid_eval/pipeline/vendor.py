"""What a vendor gets of a run: its own result, how many cases failed how in words of a closed list, and times.

Nothing here is about one case or a group of patients, nothing is a container's own text, no time is finer than the
steps of steps.py, no measure finer than a page shows it. Counts and measures are the released ones: what a plan
hides is hidden here too. docs/letter.md says why it is this much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from nccid_eval.journal import Answered, ContainerEnded, Entry, Failed
from nccid_eval.pipeline import counted, steps
from nccid_eval.records import (
    Assessment,
    Estimate,
    Evaluation,
    Measure,
    Outcome,
    RunFacts,
    Scorecard,
    VendorFailure,
    VendorRefusal,
    VendorResult,
    Verdict,
)
from nccid_eval.report.parts import wording
from nccid_eval.sandbox import MEANINGS, Reason, told

SCHEMA = "nccid-eval/vendor/2"
WITHHELD = "withheld: few patients failed"
ELSEWHERE = "outcomes of few patients each, together"


def for_vendor(evaluation: Evaluation, entries: Sequence[Entry]) -> VendorResult:
    """What the vendor of a run is told. `entries` are those of the run's journal."""
    card, submission, run = evaluation.scorecard, evaluation.submission, evaluation.run
    assert submission is not None
    assert run is not None
    counts = card.counts
    return VendorResult(
        run_id=evaluation.run_id,
        vendor=submission.vendor,
        model=submission.name,
        version=submission.version,
        image_id=run.image_id,
        finished=run.finished,
        target=card.target,
        threshold=card.threshold,
        partition_digest=card.partition_digest,
        plan_digest=card.plan.digest,
        plan_fixed=evaluation.plan_fixed,
        level=card.plan.level,
        units=evaluation.units,
        cases=counts.cases,
        positives=counts.positives,
        negatives=counts.negatives,
        patients=counts.patients,
        answered=None if counts.failures is None else counts.cases - counts.failures,
        failures=_failures(card, because(entries)),
        left_out=counted.lost(evaluation.flow),
        overall={name: _rounded(name, one) for name, one in card.overall.items()},
        verdicts=tuple(_rounded_verdict(one) for one in card.verdicts),
        conclusion=card.conclusion,
        seconds=_seconds(run),
        order_check=evaluation.order_check,
        rehearsal=evaluation.rehearsal,
    )


def refused(assessment: Assessment, rehearsal: Mapping[str, Any]) -> VendorRefusal:
    """What the vendor of a run is told that ended in its rehearsal; `rehearsal` is the content of rehearsal.json."""
    entered = assessment.submission
    failures = sorted(rehearsal["failures"].items())
    return VendorRefusal(
        run_id=assessment.run_id,
        vendor=entered.vendor,
        model=entered.name,
        version=entered.version,
        image_id=assessment.image.id,
        step=rehearsal["step"],
        cases=rehearsal["cases"],
        failures=tuple(
            VendorFailure(outcome=name, cases=cases, meaning=MEANINGS[Outcome(name)], because=())
            for name, cases in failures
        ),
        reasons=tuple(dict.fromkeys(told(one) for one in rehearsal["reasons"])),
        said=tuple(rehearsal["stderr"]),
    )


def table(result: VendorResult) -> dict[str, Any]:
    """The content of release/vendor.json."""
    whole = asdict(result)
    names = {"run_id": "run", "image_id": "image", "partition_digest": "partition", "plan_digest": "plan"}
    renamed = {names.get(name, name): one for name, one in whole.items() if one is not None}
    return {
        "schema": SCHEMA,
        **renamed,
        "answered": WITHHELD if result.answered is None else result.answered,
        "overall": {name: _measure(one) for name, one in result.overall.items()},
        "verdicts": [_verdict(one) for one in result.verdicts],
    }


def _verdict(given: Verdict) -> dict[str, Any]:
    return {**asdict(given.criterion), "verdict": given.verdict, **_measure(given.measure)}


def _measure(given: Measure) -> dict[str, Any]:
    if isinstance(given, Estimate):
        return {"value": given.value, "low": given.low, "high": given.high}
    return {"reason": given.reason}


def _rounded_verdict(given: Verdict) -> Verdict:
    return replace(given, measure=_rounded(given.criterion.metric, given.measure))


def _rounded(name: str, given: Measure) -> Measure:
    """To the digits that a page shows: in further ones a model could write."""
    if not isinstance(given, Estimate):
        return given
    value, low, high = (_as_shown(name, one) for one in (given.value, given.low, given.high))
    return replace(given, value=value, low=low, high=high)


def _as_shown(name: str, number: float) -> float:
    """By way of the page's own text: halves of a last digit then go the same way in every place."""
    kind = wording.metric(name)
    return round(float(f"{number:.1%}"[:-1]) / 100, 3) if kind.percent else round(number, kind.decimals)


def _failures(card: Scorecard, reasons: Mapping[Outcome, set[Reason]]) -> tuple[VendorFailure, ...]:
    """One for each outcome that the released scorecard names."""
    return tuple(
        VendorFailure(
            outcome=name,
            cases=cases,
            meaning=MEANINGS[Outcome(name)] if name in set(Outcome) else ELSEWHERE,
            because=tuple(sorted(reasons.get(Outcome(name), ()))) if name in set(Outcome) else (),
        )
        for name, cases in sorted(card.failures.items())
    )


def because(entries: Iterable[Entry]) -> Mapping[Outcome, set[Reason]]:
    """For each outcome that is the vendor's, the reasons that led to it."""
    found: dict[Outcome, set[Reason]] = {}
    latest: Outcome | None = None  # of the cases that were given up last
    for entry in entries:
        if isinstance(entry, Answered):
            latest = entry.results[-1].outcome if entry.results else None
            if any(one.outcome is Outcome.DECLINED for one in entry.results):
                found.setdefault(Outcome.DECLINED, set()).add(Reason.ITS_OWN)
        elif isinstance(entry, Failed) and entry.outcome.is_vendors:
            found.setdefault(entry.outcome, set()).add(told(entry.reason))
        elif isinstance(entry, ContainerEnded) and entry.outcome is None and _gives_up(entry) and latest:
            found.setdefault(latest, set()).add(told(entry.reason))
    return found


def _gives_up(entry: ContainerEnded) -> bool:
    """Written when all cases that are left get one outcome without being asked."""
    return told(entry.reason) in (Reason.TIME_SPENT, Reason.RESTARTS_SPENT, Reason.NEVER_READY)


def _seconds(run: RunFacts) -> dict[str, str]:
    times = {"until ready": run.ready_s, "a case, median": run.latency_median_s, "a case, p95": run.latency_p95_s}
    return {name: _at_most(steps.seconds(exact)) for name, exact in times.items()}


def _at_most(seconds: float | None) -> str:
    return "not available" if seconds is None else f"at most {seconds:g}"
