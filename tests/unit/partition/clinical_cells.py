"""One cell at a time, as a file of the warehouse would bring it."""

from __future__ import annotations

import json
from typing import Any

from nccid_eval.partition.clinical import Cell, ClinicalRecord
from nccid_eval.partition.clinical.record import read_file, to_record


def record(cells: dict[str, Any], name: str = "data_2020-12-31.json") -> ClinicalRecord:
    return to_record(read_file(name, json.dumps(cells).encode(), "Covid1"))


def cells_of(header: str, written: Any, **others: Any) -> list[Cell]:
    """Every cell that holds anything; `others` are further headers."""
    return [cell for cell in record({header: written} | others).cells if cell.raw]


def cell(header: str, written: Any, site: str = "") -> tuple[str, str]:
    """Value and reason of a cell."""
    found = [one for one in cells_of(header, written, SubmittingCentre=site) if one.field != "submitting_centre"]
    assert len(found) == 1
    return found[0].value, found[0].reason.value
