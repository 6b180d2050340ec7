"""The data behind the reference numbers of paired index tests; one case a patient.

python tests/reference/paired_data.py     remakes paired_cases.csv; then
Rscript tests/reference/paired.R          remakes paired.csv
"""

from __future__ import annotations

from collections.abc import Iterator

from reference_data import FOLDER, randoms

HEADER = "set,case,label,first,second"
THRESHOLDS = 0.5, 0.45  # of the first index test and of the second
Row = tuple[str, str, int, float, float]


def rows() -> list[Row]:
    """Two index tests that look at the same cases: alike, ties, three decimals, few cases, one far better."""
    return [
        *_set("alike", 300, seed=21, decimals=6, shifts=(0.25, 0.22), shared=0.8),
        *_set("ties", 200, seed=22, decimals=1, shifts=(0.2, 0.3), shared=0.5),
        *_set("three_decimals", 800, seed=23, decimals=3, shifts=(0.3, 0.3), shared=0.6),
        *_set("tiny", 24, seed=27, decimals=6, shifts=(0.2, 0.1), shared=0.4),
        *_set("apart", 150, seed=25, decimals=6, shifts=(0.45, 0.05), shared=0.1),
    ]


def write() -> None:
    lines = [HEADER, *(",".join(str(one) for one in row) for row in rows())]
    (FOLDER / "paired_cases.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _set(
    name: str, size: int, *, seed: int, decimals: int, shifts: tuple[float, float], shared: float
) -> Iterator[Row]:
    random = randoms(seed)

    def spread() -> float:
        return (next(random) + next(random) + next(random)) / 3

    for at in range(size):
        label, common = int(next(random) < 0.4), spread()
        scores = (shared * common + (1 - shared) * spread() + shift * (label - 0.5) for shift in shifts)
        first, second = (round(min(max(one, 0.0), 1.0), decimals) for one in scores)
        yield name, f"{name}-{at}", label, first, second


if __name__ == "__main__":
    write()
