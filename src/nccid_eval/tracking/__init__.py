"""Evaluation -> MLflow. A mirror: what counts lies in the run folder, and only what may leave is sent."""

from nccid_eval.tracking.metrics import headline_metrics
from nccid_eval.tracking.mirror import log, scorecard_digest
from nccid_eval.tracking.store import shown

__all__ = ["headline_metrics", "log", "scorecard_digest", "shown"]
