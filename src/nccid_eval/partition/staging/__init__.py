"""What a container gets of an image. Loads pydicom."""

from nccid_eval.partition.staging.stage import stage
from nccid_eval.partition.staging.task import Demographics, Staged, StagingTask

__all__ = ["Demographics", "Staged", "StagingTask", "stage"]
