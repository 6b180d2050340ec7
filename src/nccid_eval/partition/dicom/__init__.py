"""One image file: what it is, whether it is sound, and what its pixels are. Loads pydicom."""

from nccid_eval.partition.dicom.inspection import Header, Inspection, InspectionTask, inspect, parse

__all__ = ["Header", "Inspection", "InspectionTask", "inspect", "parse"]
