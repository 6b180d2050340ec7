"""Evaluation -> one self-contained HTML file. Numbers come from the scorecard as they are."""

from nccid_eval.report.render import render, write

__all__ = ["render", "write"]
