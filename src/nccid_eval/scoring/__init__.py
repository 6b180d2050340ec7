"""Predictions + truth + plan -> Scorecard; the disclosure gate; the scorecard's JSON form."""

from nccid_eval.scoring.disclosure import gate
from nccid_eval.scoring.json_form import from_json, to_json
from nccid_eval.scoring.scorecard import score
from nccid_eval.scoring.signature import differing

__all__ = ["differing", "from_json", "gate", "score", "to_json"]
