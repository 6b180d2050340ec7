"""The whole story: submission + partition -> run -> scorecard -> release -> report -> MLflow. The stages in order."""

from nccid_eval.pipeline.evaluation import Surroundings, evaluate, resume
from nccid_eval.pipeline.scored import Finished, rerender, rescore, score_files

__all__ = ["Finished", "Surroundings", "evaluate", "rerender", "rescore", "resume", "score_files"]
