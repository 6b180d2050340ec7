"""Several finished runs on one partition -> paired differences, ranks, one page. Refused where they are not alike."""

from nccid_eval.comparison.comparing import compare
from nccid_eval.comparison.entries import Entry, load
from nccid_eval.comparison.writing import Written, print_page, write

__all__ = ["Entry", "Written", "compare", "load", "print_page", "write"]
