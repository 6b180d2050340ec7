"""The whole story: submission + partition -> run -> scorecard -> release -> report -> MLflow. The stages in order."""

from nccid_eval.pipeline.deletion import destroy_image
from nccid_eval.pipeline.evaluation import evaluate, mirror, resume
from nccid_eval.pipeline.printed import print_pages
from nccid_eval.pipeline.scored import Finished, rerender, rescore, rescore_by, score_files
from nccid_eval.pipeline.surroundings import Surroundings

__all__ = [
    "Finished",
    "Surroundings",
    "destroy_image",
    "evaluate",
    "mirror",
    "print_pages",
    "rerender",
    "rescore",
    "rescore_by",
    "resume",
    "score_files",
]
