"""Scores that claim to be probabilities, for R: over-confident ones, of one case a patient and of up to four.

python tests/reference/probability_data.py       remakes probability_cases.csv; then
Rscript tests/reference/probability.R            remakes probability.csv
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from reference_data import randoms

FOLDER = Path(__file__).parent
HEADER = "set,case,patient,label,score"
Row = tuple[str, str, str, int, float]


def rows() -> list[Row]:
    return [
        *_set("single", 400, most=1, seed=21, decimals=6),
        *_set("clustered", 150, most=4, seed=22, decimals=6),
        *_set("ties", 150, most=3, seed=23, decimals=2),
    ]


def write() -> None:
    lines = [HEADER, *(",".join(str(one) for one in row) for row in rows())]
    (FOLDER / "probability_cases.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _set(name: str, patients: int, *, most: int, seed: int, decimals: int) -> Iterator[Row]:
    random, at = randoms(seed), 0
    for patient in range(patients):
        own = 6 * next(random) - 3.5
        for _ in range(1 + int(next(random) * most)):
            risk = own + 2 * next(random) - 1
            label = int(next(random) < 1 / (1 + math.exp(-risk)))
            score = round(1 / (1 + math.exp(-1.4 * risk - 0.3)), decimals)
            yield name, f"{name}-{at}", f"p{patient}", label, min(max(score, 0.01), 0.99)
            at += 1


if __name__ == "__main__":
    write()
