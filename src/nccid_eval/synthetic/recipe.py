"""What a warehouse is made of, beside its patients and its seed."""

from __future__ import annotations

from dataclasses import dataclass, field

from nccid_eval.synthetic.quirks import USUAL, Odds

LARGEST = 256  # rows and columns about which the makers' radiographs lie


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`ct` and `mr`: the shares of patients with such a series. `size`: about so many rows and columns."""

    odds: Odds = field(default_factory=lambda: USUAL)
    ct: float = 0.0
    mr: float = 0.0
    size: int = LARGEST
