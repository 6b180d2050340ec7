"""One image file: what it is, whether it is sound, and what its pixels are. Loads pydicom."""

from nccid_eval.partition.dicom.inspection import Header, Inspection, InspectionTask, inspect, parse
from nccid_eval.partition.dicom.metadata import count_metadata
from nccid_eval.partition.dicom.series import Member, Stack, arrange

__all__ = [
    "Header",
    "Inspection",
    "InspectionTask",
    "Member",
    "Stack",
    "arrange",
    "count_metadata",
    "inspect",
    "parse",
]
