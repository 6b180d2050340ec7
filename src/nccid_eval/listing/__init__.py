"""What lies under reports/: how far each run is, read while it runs, and one page over all that are finished."""

from nccid_eval.listing.index import has_index, write_index
from nccid_eval.listing.standing import Standing, State, standings

__all__ = ["Standing", "State", "has_index", "standings", "write_index"]
