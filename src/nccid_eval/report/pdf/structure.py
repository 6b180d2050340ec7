"""What WeasyPrint leaves open in the structure of a tagged PDF, mended before the file is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Element = dict[str, Any]


def mend(document: Any, pdf: Any) -> None:
    """A finisher of WeasyPrint: changes the structure tree of a pydyf PDF in place.

    Header cells get their scope, lists of facts their labels, links their text; what stands in the margins of a page
    (title, page number) becomes an artefact, which no reader reads out on every page.
    """
    objects = {one.reference: one for one in pdf.objects}
    elements = {key: one for key, one in objects.items() if _kind(one, "Type") == "/StructElem"}
    _scopes(elements)
    _facts(elements)
    _links(document)
    _margins(pdf, objects, elements)


def _kind(one: Any, key: str) -> str:
    return str(one.get(key, "")) if isinstance(one, dict) else ""


def _kids(one: Element, elements: dict[bytes, Element]) -> list[Element]:
    return [elements[key] for key in one["K"] if isinstance(key, bytes) and key in elements]


def _scopes(elements: dict[bytes, Element]) -> None:
    """A header in a table's head is a column's, any other a row's: so do all our tables."""
    for section in elements.values():
        scope = {"/THead": "/Column", "/TBody": "/Row"}.get(_kind(section, "S"))
        rows = _kids(section, elements) if scope else []
        for cell in (cell for row in rows for cell in _kids(row, elements) if _kind(cell, "S") == "/TH"):
            cell["A"]["Scope"] = scope


def _facts(elements: dict[bytes, Element]) -> None:
    """<dl><div><dt><dd></div></dl>: WeasyPrint makes one item of each half; here the pair is the item."""
    for listed in [one for one in elements.values() if _kind(one, "S") == "/L"]:
        for pair in [one for one in _kids(listed, elements) if _kind(one, "S") == "/Div"]:
            pair["S"] = "/LI"
            for half in _kids(pair, elements):
                for body in _kids(half, elements):
                    body["S"] = "/NonStruct"
                half["S"] = "/LBody"
            next(iter(_kids(pair, elements)), {})["S"] = "/Lbl"


def _links(document: Any) -> None:
    """A link says its own text, not the name of the place that it leads to."""
    import pydyf

    for page in document.pages:
        for _, _, _, box in page.links:
            words = " ".join("".join(box.element.itertext()).split())
            if box.link_annotation is not None and words:
                box.link_annotation["Contents"] = pydyf.String(words)


def _margins(pdf: Any, objects: dict[bytes, Any], elements: dict[bytes, Element]) -> None:
    root = objects[pdf.catalog["StructTreeRoot"]]
    read = set(_below(root, elements))
    numbers = objects[root["ParentTree"]]["Nums"]
    owners = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for reference in pdf.page_references:
        page = objects[reference]
        owner_of = owners[page["StructParents"]]
        unread = {mark for mark, owner in enumerate(owner_of) if owner not in read}
        for mark in unread:
            owner_of[mark] = b"null"
        _make_artefacts(objects[page["Contents"]].stream, unread)


def _below(element: Element, elements: dict[bytes, Element]) -> Iterator[bytes]:
    for key in element["K"]:
        if isinstance(key, bytes) and key in elements:
            yield key
            yield from _below(elements[key], elements)


def _make_artefacts(stream: list[Any], marks: set[int]) -> None:
    for at, one in enumerate(stream):
        if isinstance(one, dict) and one.get("MCID") in marks:
            stream[at - 1] = "/Artifact"
            one.clear()
            one["Type"] = "/Pagination"
