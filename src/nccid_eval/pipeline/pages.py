"""The pages of a run: what is written for whom. Written anew, they are the same, byte for byte."""

from __future__ import annotations

from pathlib import Path

from nccid_eval import archive, report
from nccid_eval.pipeline import vendor
from nccid_eval.records import Assessment, Evaluation, VendorResult

NAMES = ("report", "summary", "letter")  # for whoever assesses, whoever decides, and the vendor


def write(folder: Path, evaluation: Evaluation, told: VendorResult | None) -> None:
    """Every page of an evaluation into `folder`, a run's release/; the letter only where a container ran."""
    _put(folder / "report.html", report.render(evaluation))
    _put(folder / "summary.html", report.render_summary(evaluation))
    if told:
        _put(folder / "letter.html", report.render_letter(told))


def _put(path: Path, page: str) -> None:
    """A PDF that was made of another page than this one goes."""
    if path.exists() and path.read_text(encoding="utf-8") != page:
        path.with_suffix(".pdf").unlink(missing_ok=True)
    archive.write_text(path, page)


def write_refusal(folder: Path, assessment: Assessment) -> Path:
    """The letter of a run that ended in its rehearsal, from the rehearsal.json in `folder`; its path."""
    table = archive.read_json(folder / "rehearsal.json")
    letter = folder / "letter.html"
    archive.write_text(letter, report.render_letter(vendor.refused(assessment, table)))
    archive.save_sums(folder)
    return letter


def written(folder: Path) -> dict[str, Path]:
    """The pages that a release holds, by name."""
    found = {name: folder / f"{name}.html" for name in NAMES}
    return {name: path for name, path in found.items() if path.exists()}
