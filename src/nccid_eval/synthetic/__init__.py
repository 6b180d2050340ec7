"""A synthetic NCCID warehouse: made-up patients, drawn radiographs, known truth and planted bias."""

from nccid_eval.synthetic.truth import SyntheticTruth
from nccid_eval.synthetic.warehouse import make_warehouse

__all__ = ["SyntheticTruth", "make_warehouse"]
