"""Where a clinical record contradicts itself: for the table of the data's quality.

What is done about each is the rule of the target that it concerns (covid.py, outcomes.py); here they are told of,
whatever the target.
"""

from __future__ import annotations

from nccid_eval.partition.clinical import ClinicalRecord, Swab
from nccid_eval.partition.labels.outcomes import NAMES, contradiction


def contradictions(record: ClinicalRecord) -> tuple[str, ...]:
    """What in a record cannot all be true, in words without any value of it; in a fixed order."""
    found = [*_of_tests(record), *(contradiction(record, target) for target in NAMES)]
    admitted, died = record.admission, record.death.when
    if admitted and died and max(died) < min(admitted):
        found.append("a date of death before that of admission")
    return tuple(dict.fromkeys(one.removeprefix("contradictory: ") for one in found if one))


def _of_tests(record: ClinicalRecord) -> list[str]:
    final = record.final_status
    positive = [swab for swab in record.swabs if swab.positive]
    negative = [swab for swab in record.swabs if not swab.positive]
    pcrs = [swab for swab in record.swabs if swab.source == "rt_pcr"]
    claims = {
        "a positive swab and a negative final status": final is False and positive,
        "negative RT-PCRs alone and a positive final status": final is True and pcrs and not _any_positive(pcrs),
        "a positive final status and negative swabs alone": final is True and negative and not positive,
        "tests of one day that differ": _days(positive) & _days(negative),
        "a positive swab in a status_ file, which is one of a negative patient": record.is_data is False and positive,
        "a negative final status in a data_ file, which is one of a positive patient": record.is_data
        and final is False,
    }
    return [what for what, holds in claims.items() if holds]


def _any_positive(swabs: list[Swab]) -> bool:
    return any(swab.positive for swab in swabs)


def _days(swabs: list[Swab]) -> set[object]:
    """Those that can be read in one way alone."""
    return {swab.taken[0] for swab in swabs if len(swab.taken) == 1}
