"""The clinical files of a warehouse -> one record a patient."""

from nccid_eval.partition.clinical.cells import Cell, Reason
from nccid_eval.partition.clinical.cohort import Cohort, read_cohort
from nccid_eval.partition.clinical.dates import Candidates, settle
from nccid_eval.partition.clinical.record import ClinicalFile, ClinicalRecord, Event, Reading, Swab

__all__ = [
    "Candidates",
    "Cell",
    "ClinicalFile",
    "ClinicalRecord",
    "Cohort",
    "Event",
    "Reading",
    "Reason",
    "Swab",
    "read_cohort",
    "settle",
]
