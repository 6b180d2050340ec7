"""Comparison -> release/comparison.json and release/comparison.html of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nccid_eval import archive, report, scoring
from nccid_eval.records import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    table: Path
    page: Path


def write(comparison: Comparison, out: Path) -> Written:
    """Both files, each whole or not at all. Raises StorageError."""
    page = report.render_comparison(comparison)
    release = out / "release"
    with archive.storage(release):
        release.mkdir(parents=True, exist_ok=True)
    written = Written(table=release / "comparison.json", page=release / "comparison.html")
    archive.write_json(written.table, scoring.to_json(comparison))
    archive.write_text(written.page, page)
    return written
