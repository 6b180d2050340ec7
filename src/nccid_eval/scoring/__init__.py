"""Predictions + truth + plan -> Scorecard; several index tests in pairs; the disclosure gate; the JSON forms."""

from nccid_eval.scoring.disclosure import gate
from nccid_eval.scoring.json_form import SCHEMAS, from_json, to_json
from nccid_eval.scoring.multiplicity import holm
from nccid_eval.scoring.pairs import headline, paired_differences
from nccid_eval.scoring.planning import planned_power
from nccid_eval.scoring.ranks import rank_intervals
from nccid_eval.scoring.sample import Sample, count, intention_to_diagnose
from nccid_eval.scoring.scorecard import score
from nccid_eval.scoring.signature import differing
from nccid_eval.scoring.steady import steady
from nccid_eval.scoring.tidy import tidy, to_csv
from nccid_eval.scoring.units import by_unit, has_units, truth_by_unit

__all__ = [
    "SCHEMAS",
    "Sample",
    "by_unit",
    "count",
    "differing",
    "from_json",
    "gate",
    "has_units",
    "headline",
    "holm",
    "intention_to_diagnose",
    "paired_differences",
    "planned_power",
    "rank_intervals",
    "score",
    "steady",
    "tidy",
    "to_csv",
    "to_json",
    "truth_by_unit",
]
