"""HTML -> tagged PDF by WeasyPrint: nothing is fetched, and the same HTML gives the same bytes on one machine."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from nccid_eval.errors import PdfError
from nccid_eval.report.pdf.structure import mend

INSTALL = "on Debian or Ubuntu, as root: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
AUTHOR = "nccid_eval"
SVG = "{http://www.w3.org/2000/svg}"


def to_pdf(html: str) -> bytes:
    """The page as a PDF with tags, bookmarks, a title, a language and all its fonts inside.

    Only data: addresses are read; any other ends it. Raises PdfError for that, for whatever WeasyPrint calls an error
    (a figure without words, a page without a language) and where Pango is missing.
    """
    weasyprint = _weasyprint()
    with _translated(), _complaints() as complaints:
        page = weasyprint.HTML(string=html, url_fetcher=_fetcher(weasyprint))
        _name_figures(page.etree_element)
        document = page.render(pdf_variant="pdf/ua-1")
        document.metadata.authors = [AUTHOR]
        identifier = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
        made: bytes = document.write_pdf(finisher=mend, pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    if complaints:
        raise _refusal(complaints[0])
    return made


def usable() -> str:
    """The version of what makes PDFs on this machine. Raises PdfError where it does not work."""
    return str(_weasyprint().__version__)


def _weasyprint() -> Any:
    try:
        with redirect_stdout(io.StringIO()):  # where Pango is missing it prints there, among results
            import weasyprint
    except OSError as cause:  # the libraries are looked for when it is imported
        missing = str(cause).partition("\n")[0]
        raise PdfError("no PDF can be made: Pango is missing", where=missing, mend=INSTALL) from None
    return weasyprint


def _fetcher(weasyprint: Any) -> Any:
    return weasyprint.urls.URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)


def _name_figures(root: Any) -> None:
    """WeasyPrint takes a figure's words from <title>, where browsers would show them as a tooltip: so only here."""
    for svg in root.iter(f"{SVG}svg"):
        if (words := svg.get("aria-label")) and svg.find(f"{SVG}title") is None:
            title = svg.makeelement(f"{SVG}title", {})
            title.text = words
            svg.insert(0, title)


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What WeasyPrint calls an error: it would go on without the thing that is missing. Warnings are not ours."""
    found: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger, handler = logging.getLogger("weasyprint"), Kept(logging.ERROR)
    passed_on = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield found
    finally:
        logger.propagate = passed_on
        logger.removeHandler(handler)


@contextmanager
def _translated() -> Iterator[None]:
    from weasyprint.urls import FatalURLFetchingError

    try:
        yield
    except FatalURLFetchingError as refused:  # not an Exception: it passes every handler of WeasyPrint
        raise _refusal(str(refused)) from None


def _refusal(why: str) -> PdfError:
    return PdfError(
        f"the page cannot become a PDF: {why[:300]}",
        where="the HTML page",
        mend="report this: a page holds all that it shows, and every figure has words",
    )
