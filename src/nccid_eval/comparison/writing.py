"""Comparison -> release/comparison.json and release/comparison.html of a folder; the page as a PDF, if wished."""

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
    with archive.new(out, archive.COMPARISON) as folder:
        archive.write_record(folder.release / TABLE, scoring.to_json(comparison))
        archive.write_text(folder.release / PAGE, page)
        archive.save_sums(folder.release)
    return Written(table=out / "release" / TABLE, page=out / "release" / PAGE)


def print_page(written: Written) -> tuple[Path, ...]:
    """The page as a tagged PDF beside it, the sums anew. Raises PdfError, StorageError."""
    path = written.page.with_suffix(".pdf")
    archive.write_bytes(path, report.to_pdf(written.page.read_text(encoding="utf-8")))
    archive.save_sums(path.parent)
    return (path,)
