"""Written assessments and results, as much of them as the stages look at."""

from __future__ import annotations

from dataclasses import replace

from tests.ground import ROOT
from tests.unit.report import evaluation_factory as factory

from nccid_eval.config import load_limits
from nccid_eval.records import Assessment, CaseResult, CaseTable, Image, Outcome, RunFacts


def assessment(
    *, run_id: str = "20210528-093000-model-1-5f3a", protocol: str = "nccid-stdio/1", repeat_cases: int = 50
) -> Assessment:
    submitted = factory.submission()
    return Assessment(
        run_id=run_id,
        submission=replace(submitted, container=replace(submitted.container, protocol=protocol)),
        partition=factory.partition(),
        image=Image(id="sha256:" + "b" * 64, size_bytes=1, layers=1),
        cases=CaseTable(case=("c000",), files=(1,)),
        flow=(),
        plan=factory.plan(),
        limits=replace(load_limits(ROOT / "configs" / "limits.toml"), repeat_cases=repeat_cases),
        gpu="",
        seed=1,
        commit="",
    )


def facts() -> RunFacts:
    return factory.run_facts()


def result(case: str, score: float | None) -> CaseResult:
    outcome = Outcome.EXITED if score is None else Outcome.OK
    return CaseResult(case=case, outcome=outcome, score=score, error="", latency_s=0.1)
