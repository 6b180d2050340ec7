"""The reference standard: which images are of diseased patients, which are of healthy ones, which are neither."""

from nccid_eval.partition.labels.covid import ImageLabel, PatientStandard, image_label, patient_standard

__all__ = ["ImageLabel", "PatientStandard", "image_label", "patient_standard"]
