"""A page -> a tagged PDF of the same HTML. WeasyPrint's only door."""

from nccid_eval.report.pdf.making import to_pdf, usable

__all__ = ["to_pdf", "usable"]
