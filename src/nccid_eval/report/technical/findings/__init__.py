"""What a reader with two minutes must know, in plain English: the answer, where it is worse, what could be wrong."""

from nccid_eval.report.technical.findings.caveats import Caveat, caveats
from nccid_eval.report.technical.findings.groups import Worse, unseen_groups, worse_groups
from nccid_eval.report.technical.findings.verdicts import STYLES, Badge, Conclusion, badges, conclusion, summary

__all__ = [
    "STYLES",
    "Badge",
    "Caveat",
    "Conclusion",
    "Worse",
    "badges",
    "caveats",
    "conclusion",
    "summary",
    "unseen_groups",
    "worse_groups",
]
