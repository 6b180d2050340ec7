"""A matplotlib figure -> SVG that can stand inside a page beside others, the same bytes every time."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

FONTS = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"
NUMBERED = re.compile(r".*_\d+")  # the names that matplotlib gives
# Text is laid out with the font that comes with matplotlib, so that positions do not depend on the machine's fonts.
SETTINGS: dict[str, Any] = {
    "svg.hashsalt": "nccid-eval",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#5b6770",
    "xtick.color": "#33414c",
    "ytick.color": "#1a2630",
    "axes.labelcolor": "#1a2630",
    "text.color": "#1a2630",
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with our settings alone, whatever the user's matplotlibrc says."""
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        # The reader's browser has the glyphs that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support", category=UserWarning)
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def to_svg(figure: Any, name: str, description: str) -> str:
    """Serialise a matplotlib figure drawn inside `drawing()`; `name` keeps its ids apart from other figures'."""
    raw = io.BytesIO()
    figure.savefig(raw, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    root = ElementTree.fromstring(raw.getvalue())
    _tidy(root, name)
    _lift(root)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.attrib.update({"role": "img", "aria-label": description, "focusable": "false"})
    return ElementTree.tostring(root, encoding="unicode")


def _tidy(element: ElementTree.Element, name: str) -> None:
    """Drop name spaces, metadata and page-wide styles; make ids the figure's own."""
    element.tag = _local(element.tag)
    element.attrib = {_local(key): _attribute(_local(key), text, name) for key, text in element.attrib.items()}
    for child in list(element):
        if _local(child.tag) in ("metadata", "style", "title"):
            element.remove(child)
        else:
            _tidy(child, name)


def _lift(element: ElementTree.Element) -> None:
    """Do without the groups that matplotlib only numbers: half the nodes, and a PDF costs time by the node."""
    kept: list[ElementTree.Element] = []
    for child in element:
        _lift(child)
        child.tail = None
        is_numbered = child.tag == "g" and set(child.attrib) <= {"id"} and NUMBERED.fullmatch(child.get("id", "_0"))
        kept.extend(child if is_numbered else [child])
    element[:] = kept
    if kept:
        element.text = None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _attribute(key: str, text: str, name: str) -> str:
    if key == "id":
        return f"{name}-{text}"
    if key == "href":
        return text.replace("#", f"#{name}-", 1)
    if key == "style":
        text = re.sub(r"'DejaVu Sans'[^;]*", FONTS, text)
    return text.replace("url(#", f"url(#{name}-")
