"""A synthetic NCCID warehouse: made-up patients, drawn images, planted bias, and the truth of it all."""

from collections.abc import Mapping

from nccid_eval.synthetic.quirks import TABLES
from nccid_eval.synthetic.quirks.row import Quirk
from nccid_eval.synthetic.truth import SyntheticTruth
from nccid_eval.synthetic.warehouse import make_warehouse


def quirk_tables() -> Mapping[str, tuple[Quirk, ...]]:
    """Every quirk that can be switched, by what it touches."""
    return TABLES


__all__ = ["Quirk", "SyntheticTruth", "make_warehouse", "quirk_tables"]
