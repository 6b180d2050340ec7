"""Where a warehouse lies, and what lies where in it."""

from nccid_eval.partition.warehouse.ahead import read_ahead
from nccid_eval.partition.warehouse.fetching import fetched_once
from nccid_eval.partition.warehouse.layout import FOLDERS, Layout, Source, Study, all_images, clinical_files, survey
from nccid_eval.partition.warehouse.names import printable
from nccid_eval.partition.warehouse.place import Entry, Place, WarehouseFile, open_place

__all__ = [
    "FOLDERS",
    "Entry",
    "Layout",
    "Place",
    "Source",
    "Study",
    "WarehouseFile",
    "all_images",
    "clinical_files",
    "fetched_once",
    "open_place",
    "printable",
    "read_ahead",
    "survey",
]
