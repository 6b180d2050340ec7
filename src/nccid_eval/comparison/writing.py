"""Comparison -> release/comparison.json and release/comparison.html of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nccid_eval import archive, report, scoring
from nccid_eval.records import Comparison

TABLE, PAGE = "comparison.json", "comparison.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    table: Path
    page: Path


def write(comparison: Comparison, out: Path) -> Written:
    """A folder that appears when it is whole. Raises StorageError, also where `out` holds anything already."""
    page = report.render_comparison(comparison)
    with archive.new(out) as folder:
        archive.write_json(folder.release / TABLE, scoring.to_json(comparison))
        archive.write_text(folder.release / PAGE, page)
    return Written(table=out / "release" / TABLE, page=out / "release" / PAGE)
