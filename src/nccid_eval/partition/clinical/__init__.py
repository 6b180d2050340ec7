"""The clinical files of a warehouse -> one record a patient."""

from nccid_eval.partition.clinical.cells import Cell, Reason
from nccid_eval.partition.clinical.cohort import Cohort, read_cohort
from nccid_eval.partition.clinical.dates import Candidates, Settled, settle
from nccid_eval.partition.clinical.record import ClinicalFile, ClinicalRecord, Event, Reading, Swab
from nccid_eval.partition.clinical.schema import FIELDS
from nccid_eval.partition.clinical.settling import settle_cells, settle_readings, settled_by

__all__ = [
    "FIELDS",
    "Candidates",
    "Cell",
    "ClinicalFile",
    "ClinicalRecord",
    "Cohort",
    "Event",
    "Reading",
    "Reason",
    "Settled",
    "Swab",
    "read_cohort",
    "settle",
    "settle_cells",
    "settle_readings",
    "settled_by",
]
