"""What a container gets of an image. Loads pydicom."""

from nccid_eval.partition.staging.stage import Staged, StagingTask, stage

__all__ = ["Staged", "StagingTask", "stage"]
