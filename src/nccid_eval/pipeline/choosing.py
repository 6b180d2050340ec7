"""Which cases a submission is asked, and whether enough patients are among them.

The reference standard is read for it, so a child process does it and is gone before the image is looked at: what
comes back are names of cases, counts, a sentence and shares in bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nccid_eval import partition, scoring
from nccid_eval.pipeline.scored import only, too_few
from nccid_eval.records import CaseTable, FlowStep, Indications, Leakage, Partition, Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a submission may be asked, and how few patients are too few. `findings`: a leakage audit's, or None."""

    partition: Partition
    indications: Indications
    minimum_patients: int
    findings: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The eligible cases, the steps that led to them, and why nothing of them could be released ('' where it can).

    `quality` is that of the whole partition's clinical records; None where the partition has no such table.
    """

    cases: CaseTable
    flow: tuple[FlowStep, ...]
    too_few: str
    quality: Quality | None
    leakage: Leakage | None


def choose(wanted: Wanted) -> Chosen:
    """Raises SubmissionError where the indications cover no case.

    PartitionError where the partition is damaged, or the findings are of other images.
    """
    return partition.in_a_child(_choose, wanted)


def _choose(wanted: Wanted) -> Chosen:
    cases, flow = partition.eligible(wanted.partition, wanted.indications)
    truth = only(partition.load_truth(wanted.partition.folder), list(cases.case))
    counted = scoring.truth_by_unit(truth)
    return Chosen(
        cases=cases,
        flow=flow,
        too_few=too_few(counted, wanted.minimum_patients),
        quality=partition.quality_of(wanted.partition, wanted.minimum_patients),
        leakage=_leakage(wanted) if wanted.findings else None,
    )


def _leakage(wanted: Wanted) -> Leakage:
    from nccid_eval.partition.leakage import leakage_of  # loads pydicom

    assert wanted.findings is not None
    return leakage_of(wanted.partition, wanted.findings)
