"""The pages of a finished run as tagged PDFs, each beside the HTML that it is made of."""

from __future__ import annotations

from pathlib import Path

from nccid_eval import archive, report
from nccid_eval.archive import RunFolder
from nccid_eval.pipeline import pages
from nccid_eval.pipeline.holding import held


def print_pages(run: RunFolder) -> tuple[Path, ...]:
    """Every page of the release as a PDF; all are made before the first is written.

    A step of its own, after the release stands: where it fails, nothing else is lost. Raises PdfError, StorageError.
    """
    with held(run):
        made = {
            path.with_suffix(".pdf"): report.to_pdf(path.read_text(encoding="utf-8"))
            for path in pages.written(run.release).values()
        }
        for path, content in made.items():
            archive.write_bytes(path, content)
        archive.save_sums(run.release)
    return tuple(made)
