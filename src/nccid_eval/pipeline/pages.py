"""The pages of a run: what is written for whom. Written anew, they are the same, byte for byte."""

from __future__ import annotations

from pathlib import Path

from nccid_eval import archive, report
from nccid_eval.records import Evaluation


def write(folder: Path, evaluation: Evaluation) -> None:
    """Every page of an evaluation into `folder`, a run's release/."""
    archive.write_text(folder / "report.html", report.render(evaluation))
