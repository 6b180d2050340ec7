"""Evaluation, or Comparison -> one self-contained HTML file. Numbers come from the record as they are."""

from nccid_eval.report.compared import render_comparison, titles
from nccid_eval.report.render import render

__all__ = ["render", "render_comparison", "titles"]
