"""A batch container's answers, and the outcome of what it left out, as entries of the journal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from nccid_eval.journal import Answered, Entry, Failed
from nccid_eval.records import Outcome
from nccid_eval.sandbox.batch_lines import Predicted
from nccid_eval.sandbox.results import answered, failed
from nccid_eval.sandbox.work import Unit


def given(unit: Unit, predicted: Predicted) -> tuple[Answered, ...]:
    """What is answered, in the order of the list; no entry where nothing is."""
    answers = [predicted.answers[case] for case in unit if case in predicted.answers]
    return (Answered(latency_s=0.0, results=answered(answers, 0.0)),) if answers else ()


def charged(unit: Unit, predicted: Predicted, outcome: Outcome, reason: str) -> tuple[Entry, ...]:
    """Final results of every case of the list.

    A spoilt line costs its case. Where the file was broken off, the cases that it did not answer are malformed; else
    they have the outcome of the container's end.
    """
    rest = (Outcome.MALFORMED, predicted.broken) if predicted.broken else (outcome, reason)
    failures = {case: (Outcome.MALFORMED, fault) for case, fault in predicted.spoilt.items()}
    failures |= {case: rest for case in unit if case not in predicted.answers and case not in predicted.spoilt}
    good = {one.case: one for entry in given(unit, predicted) for one in entry.results}
    results = tuple(good[case] if case in good else failed(case, failures[case][0]) for case in unit)
    return (*_failures(failures), Answered(latency_s=0.0, results=results))


def _failures(failures: dict[str, tuple[Outcome, str]]) -> Iterator[Failed]:
    """One entry for each reason, for the evaluator who asks why."""
    for outcome, reason in sorted(set(failures.values())):
        cases = tuple(case for case, why in failures.items() if why == (outcome, reason))
        yield Failed(cases=cases, outcome=outcome, reason=reason)
