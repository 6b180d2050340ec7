"""The PDF of a page: tagged, titled, complete in itself, the same bytes every time, and nothing fetched for it."""

from __future__ import annotations

import dataclasses
import io
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import evaluation_factory as factory
import pypdf
import pytest

from nccid_eval import report
from nccid_eval.errors import PdfError
from nccid_eval.records import Evaluation
from nccid_eval.report.parts.page import page

Element = dict[str, Any]
HEAD = '<!DOCTYPE html><html lang="en-GB"><head><title>T</title></head><body><h1>T</h1>'
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
MAKE = "import sys; from nccid_eval import report; sys.stdout.buffer.write(report.to_pdf(sys.stdin.read()))"


class Html(HTMLParser):
    """Headings, figures' words and tables' header cells of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.figures: list[str] = []
        self.tables = 0
        self._open = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "svg":
            self.figures += [dict(attrs).get("aria-label") or ""]
        self.tables += tag == "table"
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if re.fullmatch("h[1-6]", tag):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            level, words = self.headings.pop()
            self.headings.append((level, words + data))


def small_evaluation() -> Evaluation:
    """One of each kind of thing that a report shows, so that a PDF takes little time."""
    sound = factory.evaluation()
    card = dataclasses.replace(
        sound.scorecard,
        by_group={"age_band": sound.scorecard.by_group["age_band"]},
        bias=None,
        audit=None,
        power=None,
        calibration=None,
        decision_curves=(),
    )
    return dataclasses.replace(sound, scorecard=card, quality=None)


@pytest.fixture(scope="module")
def html() -> str:
    return report.render(small_evaluation())


@pytest.fixture(scope="module")
def pdf(html: str) -> pypdf.PdfReader:
    return read(report.to_pdf(html))


@pytest.fixture(scope="module")
def seen(pdf: pypdf.PdfReader) -> list[tuple[str, list[float]]]:
    """Of some pages the text, and where each piece of it begins, in points from the left."""
    return [look(one) for one in pdf.pages[:5]]


def look(one: pypdf.PageObject) -> tuple[str, list[float]]:
    begins: list[float] = []

    def see(text: str, outer: list[float], inner: list[float], *_: Any) -> None:
        if text.strip():
            begins.append(inner[4] * outer[0] + inner[5] * outer[2] + outer[4])

    return words(one.extract_text(visitor_text=see)), begins


def read(made: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(made))


def kids(element: Element) -> list[Any]:
    given = element.get("/K", [])
    return [one.get_object() for one in (given if isinstance(given, list) else [given])]


def elements(pdf: pypdf.PdfReader, kind: str = "") -> list[Element]:
    """Structure elements in reading order."""

    def walk(element: Element) -> Iterator[Element]:
        if element.get("/S", kind) == kind or ("/S" in element and not kind):
            yield element
        for kid in kids(element):
            if isinstance(kid, dict):
                yield from walk(kid)

    return [one for one in walk(pdf.trailer["/Root"]["/StructTreeRoot"]) if "/S" in one]


def kinds(given: list[Any]) -> list[str]:
    return [one["/S"] for one in given if isinstance(one, dict) and "/S" in one]


def outline(pdf: pypdf.PdfReader) -> list[str]:
    def flat(given: list[Any]) -> Iterator[str]:
        for one in given:
            yield from flat(one) if isinstance(one, list) else [str(one.title)]

    return [words(one) for one in flat(pdf.outline)]


def is_within(some: list[str], whole: list[str]) -> bool:
    """Whether they are in `whole` in this order; what works by script alone is not printed."""
    left = iter(whole)
    return all(one in left for one in some)


def words(text: str) -> str:
    return " ".join(text.split())


def test_it_is_tagged_has_a_language_and_shows_its_title(pdf: pypdf.PdfReader) -> None:
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Validation report: reference-densenet"
    assert pdf.metadata.author == "nccid_eval"


def test_it_holds_no_date(pdf: pypdf.PdfReader) -> None:
    assert not {"/CreationDate", "/ModDate"} & set(pdf.metadata or {})
    assert b"xmp:CreateDate" not in pdf.trailer["/Root"]["/Metadata"].get_data()


def test_headings_and_bookmarks_are_those_of_the_page(html: str, pdf: pypdf.PdfReader) -> None:
    wanted, found = Html(html).headings, outline(pdf)
    levels = [int(kind[2]) for kind in kinds(elements(pdf)) if re.fullmatch("/H[1-6]", kind)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert len(found) == len(levels)
    assert is_within(found, [words(one) for _, one in wanted])
    assert not {words(one) for level, one in wanted if level < 3} - set(found)


def test_every_figure_says_what_it_shows(html: str, pdf: pypdf.PdfReader) -> None:
    told = [one["/Alt"] for one in elements(pdf, "/Figure")]
    assert len(told) >= 3
    assert is_within(told, Html(html).figures)
    assert all(told)


def test_header_cells_say_whose_header_they_are(html: str, pdf: pypdf.PdfReader) -> None:
    assert len(elements(pdf, "/Table")) >= Html(html).tables  # one that goes on over a page is told as two
    for part, scope in (("/THead", "/Column"), ("/TBody", "/Row")):
        cells = [cell for section in elements(pdf, part) for row in kids(section) for cell in kids(row)]
        headers = [cell for cell in cells if cell["/S"] == "/TH"]
        assert len(headers) > 10
        assert {cell["/A"]["/Scope"] for cell in headers} == {scope}
    assert all(cell["/A"]["/Headers"] for cell in elements(pdf, "/TD"))


def test_a_fact_is_one_item_with_its_label() -> None:
    made = read(report.to_pdf(f"{HEAD}<dl><div><dt>Model</dt><dd>Net</dd></div></dl>"))
    (listed,) = elements(made, "/L")
    assert [kinds(kids(item)) for item in kids(listed)] == [["/Lbl", "/LBody"]]


def test_a_link_says_its_text_and_leads_into_the_file() -> None:
    made = read(report.to_pdf(f'{HEAD}<p><a href="#there">All  limits</a></p><h2 id="there">Limits</h2>'))
    (link,) = [one.get_object() for one in made.pages[0]["/Annots"]]
    assert link["/Contents"] == "All limits"
    assert link["/Dest"] in made.named_destinations


def test_what_stands_in_the_margins_is_not_read_out(pdf: pypdf.PdfReader) -> None:
    owners = pdf.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    read_out = {id(one) for one in elements(pdf)}
    for number, one in enumerate(pdf.pages[:5], start=1):
        content = one.get_contents().get_data()
        marks = {int(mark) for mark in re.findall(rb"/MCID (\d+)", content)}
        owner_of = owners[owners.index(one["/StructParents"]) + 1]
        owned = {mark for mark, owner in enumerate(owner_of) if isinstance(owner.get_object(), dict)}
        assert marks == owned
        assert {id(owner_of[mark].get_object()) for mark in owned} <= read_out
        assert content.count(b"/Pagination") >= (2 if number == 1 else 3)


def test_every_page_says_what_it_is_of(pdf: pypdf.PdfReader, seen: list[tuple[str, list[float]]]) -> None:
    for number, (text, _) in enumerate(seen, start=1):
        assert "reference-densenet version 1.4.0" in text
        assert "Validation study, not a regulatory approval" in text
        assert f"Page {number} of {len(pdf.pages)}" in text


def test_all_fonts_are_in_the_file(pdf: pypdf.PdfReader) -> None:
    found = {}
    for one in pdf.pages:
        for font in one["/Resources"]["/Font"].values():
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            found[inner["/BaseFont"]] = inner["/FontDescriptor"]
    assert found
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(one) for one in found.values())


def test_nothing_runs_off_the_paper(seen: list[tuple[str, list[float]]]) -> None:
    """Every piece of text begins on an A4 page, and left of its margin."""
    for _, begins in seen:
        assert min(begins) >= 0
        assert max(begins) < 595 - 45


@pytest.mark.parametrize(
    "asking",
    [
        '<img alt="a" src="file:///etc/hostname">',
        '<img alt="a" src="http://127.0.0.1:9/a.png">',
        '<img alt="a" src="a.png">',
        '<link rel="stylesheet" href="file:///etc/hostname">',
        '<link rel="stylesheet" href="a.css">',
        '<style>@import url("http://127.0.0.1:9/a.css");</style>',
        '<p style="background: url(ftp://127.0.0.1:9/a)">a</p>',
        '<svg aria-label="a" width="9" height="9"><image href="file:///etc/hostname" width="9" height="9"/></svg>',
        '<a rel="attachment" href="file:///etc/hostname">a</a>',
        '<object data="file:///etc/hostname" type="image/png">a</object>',
    ],
)
def test_a_page_that_asks_for_anything_is_refused(asking: str) -> None:
    with pytest.raises(PdfError, match="the page cannot become a PDF"):
        report.to_pdf(HEAD + asking)


def test_a_picture_without_words_is_refused() -> None:
    with pytest.raises(PdfError, match="no required alt"):
        report.to_pdf(f'{HEAD}<img src="{PIXEL}">')
    assert report.to_pdf(f'{HEAD}<img src="{PIXEL}" alt="A dot">')


def test_another_process_makes_the_same_bytes(tmp_path: Path) -> None:
    chart = '<svg role="img" aria-label="A line" viewBox="0 0 9 9"><path d="M0 0L9 9" stroke="red"/></svg>'
    given = page("parts/head.html", {}) + f"<title>T</title></head><body><h1>T ✓ ≥ 5</h1><figure>{chart}</figure>"
    elsewhere = subprocess.run(
        [sys.executable, "-c", MAKE],
        input=given.encode(),
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1"},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert elsewhere.stdout == report.to_pdf(given)


def test_hostile_names_are_text_and_stay_so_at_the_head_of_a_page() -> None:
    style = page("parts/report.css", {}).replace("&#34;", '"')
    script, _, _, markup, long = factory.HOSTILE
    named = page("technical/banner.html", banner(name=long, vendor=script, version=markup))
    made = read(report.to_pdf(f"{HEAD[:-10]}<style>{style}</style>{named}{'<p>a</p>' * 60}"))
    shown = words(made.pages[0].extract_text())
    assert "<script>alert('x')</script>" in shown
    assert "$\\frac{a}{b}$ & <b>bold</b> [U+0007][U+0000] {{ 7*7 }}" in shown
    assert "W" * 50 in made.pages[1].extract_text()


def banner(name: str, vendor: str, version: str) -> dict[str, Any]:
    tested = small_evaluation()
    assert tested.submission is not None
    submission = dataclasses.replace(tested.submission, name=name, vendor=vendor, version=version)
    return {"submission": submission, "evaluation": tested, "target": "COVID-19", "images": "chest radiographs"}


def test_without_pango_the_lack_and_its_cure_are_told(tmp_path: Path) -> None:
    broken = tmp_path / "weasyprint"
    broken.mkdir()
    (broken / "__init__.py").write_text(
        "print('---')\nraise OSError(\"cannot load library 'libpango-1.0-0': no such file\")\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", MAKE],
        input=HEAD.encode(),
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode()
    assert done.stdout == b""
    assert "PdfError: no PDF can be made: Pango is missing" in said
    assert "libpango-1.0-0': no such file" in said
    assert "apt-get install libpango-1.0-0" in said
