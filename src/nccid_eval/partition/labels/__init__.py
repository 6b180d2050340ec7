"""The reference standards: which images show a target condition, which do not, and of which that is not known."""

from nccid_eval.partition.labels.contradictions import contradictions
from nccid_eval.partition.labels.standard import ImageLabel, PatientStandard
from nccid_eval.partition.labels.targets import TARGETS, image_label, patient_standard

__all__ = ["TARGETS", "ImageLabel", "PatientStandard", "contradictions", "image_label", "patient_standard"]
