"""What was answered, or was not, as the results of cases."""

from __future__ import annotations

from collections.abc import Sequence

from nccid_eval.records import CaseResult, Outcome
from nccid_eval.sandbox.protocol import Answer


def answered(answers: Sequence[Answer], latency_s: float) -> tuple[CaseResult, ...]:
    return tuple(
        CaseResult(
            case=answer.case,
            outcome=Outcome.DECLINED if answer.score is None else Outcome.OK,
            score=answer.score,
            error=answer.error,
            latency_s=latency_s,
        )
        for answer in answers
    )


def failed(case: str, outcome: Outcome) -> CaseResult:
    return CaseResult(case=case, outcome=outcome, score=None, error="", latency_s=0.0)
