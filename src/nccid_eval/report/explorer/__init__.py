"""The operating-point explorer: a section that a reader moves, and what stands there where no script runs."""

from nccid_eval.report.explorer.section import section

__all__ = ["section"]
