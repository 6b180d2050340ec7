"""1,000 people as shapes on a grid. Each kind has a shape of its own: colour only repeats what the shape says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from nccid_eval.report.parts.thousand import Thousand
from nccid_eval.report.parts.wording import clean

COLUMNS, CELL = 40, 10
STROKE = 'fill="none" stroke="#931b1b" stroke-width="2.2" stroke-linecap="round"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`path` is drawn in a cell of ten units, starting in its middle."""

    name: str
    shape: str
    path: str
    style: str


KINDS = {
    "found": Kind(
        name="have it and are found",
        shape="filled circle",
        path="m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
        style='fill="#16324f"',
    ),
    "missed": Kind(name="have it and are missed", shape="cross", path="m-3-3l6 6m0-6l-6 6", style=STROKE),
    "flagged": Kind(
        name="do not have it and are flagged all the same",
        shape="triangle",
        path="m0-4l4.2 7.4h-8.4z",
        style='fill="#b7791f"',
    ),
    "cleared": Kind(
        name="do not have it and are cleared",
        shape="small dot",
        path="m-1.4 0a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0-2.8 0z",
        style='fill="#7a8894"',
    ),
}


def picture(people: Thousand, described: str) -> str:
    """One SVG, one path a kind, row by row in the order of KINDS."""
    paths, place = [], 0
    for name, kind in KINDS.items():
        number = getattr(people, name)
        shapes = "".join(_shapes(kind, place, number))
        paths.append(f'<path d="{shapes}" {kind.style}/>' if shapes else "")
        place += number
    height = CELL * -(-place // COLUMNS)
    size = f'viewBox="0 0 {COLUMNS * CELL} {height}"'
    return f'<svg {size} role="img" aria-label="{escape(clean(described))}" focusable="false">{"".join(paths)}</svg>'


def _shapes(kind: Kind, start: int, number: int) -> Iterator[str]:
    for place in range(start, start + number):
        row, column = divmod(place, COLUMNS)
        yield f"M{column * CELL + CELL // 2} {row * CELL + CELL // 2}{kind.path}"


def key(kind: Kind) -> str:
    """One shape by itself, for the key beside the picture."""
    return (
        f'<svg class="key" viewBox="0 0 10 10" role="img" aria-label="{kind.shape}" focusable="false">'
        f'<path d="M5 5{kind.path}" {kind.style}/></svg>'
    )
