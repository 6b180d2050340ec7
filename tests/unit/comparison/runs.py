"""Run folders made by hand, from simulated answers: as an evaluation leaves them, or as scored tables do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tests.unit.report.evaluation_factory import partition, submission
from tests.unit.test_archive import assessment

from nccid_eval import archive, scoring
from nccid_eval.archive import RunFolder
from nccid_eval.journal import Journal, TruthSealed
from nccid_eval.records import Plan, Predictions, Truth

PLAN = Plan(
    level=0.95,
    prevalences=(),
    replicates=200,
    permutations=100,
    seed=7,
    attributes=("sex", "site"),
    minimum_patients=10,
    criteria=(),
    digest="sha256:plan",
)
DIGEST = "sha256:" + "d" * 64


def truth(patients: int = 80, seed: int = 1) -> Truth:
    """One or two cases a patient, 40% diseased; a site of three patients."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), rng.integers(1, 3, patients))
    site = np.where(np.arange(patients) < 3, "Small Harbour", rng.choice(["Ashdown", "Merrion"], patients))
    return Truth(
        case=np.array([f"c{at:04d}" for at in rng.permutation(len(patient))]),
        patient=patient.astype(str),
        label=(rng.random(patients) < 0.4)[patient],
        attributes={"sex": rng.choice(["F", "M"], patients)[patient], "site": site[patient]},
    )


TRUTH = truth()


def answers(given: Truth, *, seed: int, skill: float, failing: float = 0.0) -> Predictions:
    """Scores around 0.5; what is `shared` of all seeds makes index tests agree on the hard cases."""
    rng = np.random.default_rng(seed)
    shared = np.random.default_rng(0).normal(size=len(given.case))
    score = 0.5 + 0.1 * (0.6 * shared + 0.8 * rng.normal(size=len(given.case)) + skill * (given.label - 0.5))
    answered = rng.random(len(given.case)) >= failing
    outcome = np.where(answered, "ok", "timeout")
    return Predictions(case=given.case, score=np.where(answered, score, 0.0), answered=answered, outcome=outcome)


def only(given: Truth, keep: np.ndarray) -> Truth:
    return Truth(
        case=given.case[keep],
        patient=given.patient[keep],
        label=given.label[keep],
        attributes={name: values[keep] for name, values in given.attributes.items()},
    )


def make_run(
    root: Path,
    given: Truth,
    predicted: Predictions,
    *,
    plan: Plan = PLAN,
    digest: str = DIGEST,
    model: Sequence[str] = ("Chestnet", "1.0"),
    target: str = "covid_positive",
    gated: bool = True,
    threshold: float = 0.5,
) -> RunFolder:
    """A finished run; `model` empty: predictions that were made elsewhere, of no partition."""
    run = archive.create(root)
    if model:
        name, version = model
        begun = replace(
            assessment(),
            run_id=root.name,
            submission=replace(submission(), name=name, version=version),
            partition=replace(partition(), digest=digest),
            plan=plan,
        )
        archive.save_assessment(run, begun)
    archive.save_predictions(run, predicted, given)
    if model:
        with Journal(run.journal) as journal:
            journal.append([TruthSealed(sha256=archive.sha256(run.truth))])
    card = scoring.score(
        predicted, given, plan, target=target, threshold=threshold, partition_digest=digest if model else ""
    )
    archive.write_json(run.private / "scorecard.json", scoring.to_json(card))
    released = scoring.gate(card, given, plan.minimum_patients, predicted) if gated else card
    archive.write_json(run.release / "scorecard.json", scoring.to_json(released))
    return run
