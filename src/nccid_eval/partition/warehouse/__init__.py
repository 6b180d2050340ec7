"""Where a warehouse lies, and what lies where in it."""

from nccid_eval.partition.warehouse.layout import Layout, Source, Study, survey
from nccid_eval.partition.warehouse.place import Entry, Place, WarehouseFile, open_place

__all__ = ["Entry", "Layout", "Place", "Source", "Study", "WarehouseFile", "open_place", "survey"]
