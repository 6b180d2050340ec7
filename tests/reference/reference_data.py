"""The data behind the reference numbers: written from a small integer generator, so that no library can move it.

python tests/reference/reference_data.py     remakes cases.csv; then
Rscript tests/reference/reference.R          remakes reference.csv
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
HEADER = "set,case,patient,label,score,group"
THRESHOLD = 0.5
Row = tuple[str, str, str, int, float, str]


def randoms(seed: int) -> Iterator[float]:
    """Numbers in [0, 1): Park and Miller's generator."""
    state = seed
    while True:
        state = state * 48271 % 2147483647
        yield (state - 1) / 2147483646


def rows() -> list[Row]:
    """Sets of one case a patient: ties, three decimals, a tiny one, a weak and a strong index test."""
    return [
        *_set("plain", 300, seed=11, decimals=6, shift=0.25),
        *_set("ties", 200, seed=12, decimals=1, shift=0.2),
        *_set("three_decimals", 1000, seed=13, decimals=3, shift=0.3),
        *_set("tiny", 24, seed=17, decimals=6, shift=0.15),
        *_set("weak", 150, seed=15, decimals=6, shift=0.0),
        *_set("strong", 200, seed=16, decimals=6, shift=0.45),
    ]


def write() -> None:
    lines = [HEADER, *(",".join(str(one) for one in row) for row in rows())]
    (FOLDER / "cases.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _set(name: str, size: int, *, seed: int, decimals: int, shift: float) -> Iterator[Row]:
    random = randoms(seed)
    for at in range(size):
        label = int(next(random) < 0.4)
        spread = (next(random) + next(random) + next(random)) / 3
        score = round(min(max(spread + shift * label - shift / 2, 0.0), 1.0), decimals)
        group = "a" if next(random) < 0.35 else "b"
        yield name, f"{name}-{at}", f"p{at}", label, score, group


if __name__ == "__main__":
    write()
