"""Evaluation, or Comparison -> self-contained HTML files and their PDFs. Numbers come from the record as they are."""

from nccid_eval.report.compared.page import render_comparison, titles
from nccid_eval.report.index.listed import NO_CRITERIA, NOT_TESTED, UNREADABLE, ListedComparison, ListedRun
from nccid_eval.report.index.page import render_index
from nccid_eval.report.letter.page import render_letter
from nccid_eval.report.pdf import to_pdf
from nccid_eval.report.summary.page import render_summary
from nccid_eval.report.technical.render import render

__all__ = [
    "NOT_TESTED",
    "NO_CRITERIA",
    "UNREADABLE",
    "ListedComparison",
    "ListedRun",
    "render",
    "render_comparison",
    "render_index",
    "render_letter",
    "render_summary",
    "titles",
    "to_pdf",
]
