"""How far apart groups lie: gaps with their nulls, intersections, and the spread between sites.

Only cells that the disclosure gate would show enter gaps and the summary over sites, so that neither tells of a
suppressed one.
"""

from __future__ import annotations

from nccid_eval.records import Bias, Plan, Truth
from nccid_eval.scoring.between_sites import between_sites
from nccid_eval.scoring.cells import UNKNOWN, Cell
from nccid_eval.scoring.gaps import gaps
from nccid_eval.scoring.multiplicity import Groups
from nccid_eval.scoring.sample import Sample
from nccid_eval.scoring.suppression import hidden_in


def bias(sample: Sample, cells: tuple[Cell, ...], truth: Truth, plan: Plan, intersections: Groups) -> Bias:
    """All of it; `cells` are those of single attributes. Unknown levels enter neither gaps nor sites."""
    hidden = hidden_in(truth, plan, plan.minimum_patients)
    shown = tuple(cell for cell in cells if (cell.attribute, cell.level) not in hidden and cell.level != UNKNOWN)
    return Bias(
        gaps=gaps(sample, cells, shown, plan),
        intersections=intersections,
        between_sites=between_sites([cell for cell in shown if cell.attribute == plan.site], plan),
    )
