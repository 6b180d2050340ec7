"""What a vendor gets of a run besides the report: how many cases failed how, in words of a closed list.

Nothing here is about one case, nothing is a container's own text, no time is finer than the steps of steps.py. The
counts are the released ones: where a plan hides that few patients failed, they are hidden here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nccid_eval.journal import Answered, ContainerEnded, Entry, Failed
from nccid_eval.pipeline import steps
from nccid_eval.records import Evaluation, Outcome, RunFacts, Scorecard
from nccid_eval.sandbox import MEANINGS, Reason, told

SCHEMA = "nccid-eval/vendor/1"
WITHHELD = "withheld: few patients failed"
ELSEWHERE = "outcomes of few patients each, together"


def for_vendor(evaluation: Evaluation, entries: Sequence[Entry]) -> dict[str, Any]:
    """The content of release/vendor.json. `entries` are those of the run's journal."""
    card, submission, run = evaluation.scorecard, evaluation.submission, evaluation.run
    assert submission is not None
    assert run is not None
    return {
        "schema": SCHEMA,
        "run": evaluation.run_id,
        "vendor": submission.vendor,
        "model": submission.name,
        "version": submission.version,
        "cases": card.counts.cases,
        "answered": WITHHELD if card.counts.failures is None else card.counts.cases - card.counts.failures,
        "failures": _failures(card, because(entries)),
        "seconds": _seconds(run),
    }


def _failures(card: Scorecard, reasons: Mapping[Outcome, set[Reason]]) -> list[dict[str, Any]]:
    """One row for each outcome that the released scorecard names."""
    return [
        {
            "outcome": name,
            "cases": cases,
            "meaning": MEANINGS[Outcome(name)] if name in set(Outcome) else ELSEWHERE,
            "because": sorted(reasons[Outcome(name)]) if name in set(Outcome) and Outcome(name) in reasons else [],
        }
        for name, cases in sorted(card.failures.items())
    ]


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
