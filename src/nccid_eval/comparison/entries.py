"""A finished run's folder -> what a comparison needs of it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from nccid_eval import archive, predictions, scoring
from nccid_eval.archive import RunFolder
from nccid_eval.comparison.origin import Origin, origin
from nccid_eval.errors import ComparisonError, JournalError
from nccid_eval.journal import TruthSealed, read
from nccid_eval.records import Predictions, Scorecard, Texts, Truth


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One run: its answers and its truth in one order, its released scorecard, whose it is."""

    origin: Origin
    predictions: Predictions
    truth: Truth
    released: Scorecard

    @property
    def run_id(self) -> str:
        return self.origin.run_id


def load(run: RunFolder) -> Entry:
    """Read a run that was evaluated here, or scored from tables.

    Raises ComparisonError where it is not finished, JournalError where its truth is another than it was
    scored with.
    """
    scores, reference = run.private / "predictions.csv", run.private / "truth.csv"
    card = run.release / "scorecard.json"
    for path in (scores, reference, card):
        if not path.is_file():
            raise ComparisonError(
                f"the run '{run.root.name}' is not finished: it has no {path.parent.name}/{path.name}",
                where=str(run.root),
                mend=f"finish it with: nccid-eval evaluate --resume {run.root}",
            )
    whence = origin(run)
    if whence.tested is not None:
        _refuse_another_truth(run)
    by_case = predictions.read_truth(reference)
    answered = predictions.align(predictions.read_predictions(scores), by_case)
    answered, truth = scoring.by_unit(answered, by_case, whence.aggregation, decimals=predictions.DECIMALS)
    if scoring.has_units(by_case):
        names = _named_by_cases(truth.case, by_case)
        answered, truth = replace(answered, case=names), replace(truth, case=names)
    return Entry(origin=whence, predictions=answered, truth=truth, released=_released(run, answered, truth))


def _refuse_another_truth(run: RunFolder) -> None:
    """Predictions that were made elsewhere have no journal, and so no seal."""
    seal = next((entry for entry in read(run.journal) if isinstance(entry, TruthSealed)), None)
    if seal is None or archive.sha256(run.truth) != seal.sha256:
        raise JournalError(
            f"the reference standard of '{run.root.name}' is not the one that this run was scored with",
            where=str(run.truth),
            mend="restore private/truth.csv from a backup",
        )


def _named_by_cases(units: Texts, by_case: Truth) -> Texts:
    """A unit of other cases is another unit: a patient of whom one run saw less is not the same for both."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    of_case = by_case.case if by_case.unit is None else by_case.unit
    for unit, case in zip(of_case.tolist(), by_case.case.tolist(), strict=True):
        members[unit].append(case)
    cases = {unit: hashlib.sha256("\n".join(sorted(group)).encode()).hexdigest() for unit, group in members.items()}
    return np.array([f"{unit} {cases[unit]}" for unit in units.tolist()], dtype=np.str_)


def _released(run: RunFolder, answered: Predictions, truth: Truth) -> Scorecard:
    """The released scorecard; one that was released with its small cells passes the gate now."""
    path = run.release / "scorecard.json"
    try:
        card = scoring.from_json(archive.read_record(path, scoring.SCHEMAS[Scorecard]))
    except JournalError as cause:
        raise ComparisonError(
            f"the scorecard of '{run.root.name}' cannot be read: {cause.what}",
            where=str(path),
            mend=f"score it again with: nccid-eval score {run.root}",
        ) from None
    return (
        card if card.gate.startswith("applied") else scoring.gate(card, truth, card.plan.minimum_patients, answered)
    )
