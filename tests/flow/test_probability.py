"""`nccid-eval score --probability`: scores from a table that claim to be probabilities."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from test_bad_input import nccid

SCORE = ("score", "--predictions", "p.csv", "--truth", "t.csv", "--threshold", "0.5", "--json")


def write(folder: Path, scale: float) -> None:
    rng = np.random.default_rng(1)
    scores = rng.random(120)
    labels = rng.random(120) < scores
    (folder / "p.csv").write_text(
        "case,score\n" + "".join(f"c{at},{scale * one:.6f}\n" for at, one in enumerate(scores))
    )
    rows = (f"c{at},p{at},{int(one)}\n" for at, one in enumerate(labels))
    (folder / "t.csv").write_text("case,patient,label\n" + "".join(rows))


def card(folder: Path, *more: str) -> dict:
    done = nccid(*SCORE, *more, cwd=folder)
    assert done.returncode == 0, done.stderr
    found: dict = json.loads(done.stdout)
    return found


def test_the_claim_is_judged_where_it_is_made(tmp_path: Path) -> None:
    write(tmp_path, 1.0)
    claimed, silent = card(tmp_path, "--probability", "-o", "one"), card(tmp_path, "-o", "two")
    assert claimed["calibration"]["slope"]["low"] < 1 < claimed["calibration"]["slope"]["high"]
    assert [one["prevalence"] for one in claimed["decision_curves"]][1:] == [0.05, 0.1, 0.34]
    assert silent["calibration"] == {"reason": "the output does not claim to be a probability"}
    assert silent["decision_curves"] == []
    assert claimed["overall"] == silent["overall"]


def test_percentages_are_no_probabilities(tmp_path: Path) -> None:
    write(tmp_path, 100.0)
    found = card(tmp_path, "--probability", "-o", "one")
    assert found["calibration"] == {"reason": "a score lies outside 0 to 1, so the output is no probability"}
