"""Attributes that are recorded for the diseased alone: of them only sensitivity can be said.

In NCCID ethnicity, comorbidity and severity are asked of patients with a positive swab; of the others they are empty.
"""

from __future__ import annotations

from nccid_eval.records import Flags
from nccid_eval.scoring.sample import Indices, distinct

NEARLY_NONE = 0.1


def for_diseased_alone(known: Flags, patient: Indices, label: Flags) -> bool:
    """Whether at most a tenth of the healthy patients, and a larger share of the diseased, have the attribute.

    Arrays of one entry a case; a patient has it where one of the cases has. False without both kinds of patient.
    """
    healthy, diseased = distinct(patient[~label]), distinct(patient[label])
    if not healthy or not diseased:
        return False
    of_healthy = distinct(patient[known & ~label]) / healthy
    return of_healthy <= NEARLY_NONE and distinct(patient[known & label]) / diseased > of_healthy
