"""Predictions + truth + plan -> Scorecard; the disclosure gate; the scorecard's JSON form."""

from nccid_eval.scoring.disclosure import gate
from nccid_eval.scoring.json_form import from_json, to_json
from nccid_eval.scoring.scorecard import score

__all__ = ["from_json", "gate", "score", "to_json"]
