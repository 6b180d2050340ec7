"""PDFs beside the pages of a run: made after all else, all or none, and gone when their page changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.report import evaluation_factory as factory

from nccid_eval import archive
from nccid_eval.archive import RunFolder
from nccid_eval.errors import PdfError
from nccid_eval.pipeline import pages, print_pages

PAGE = '<!DOCTYPE html><html lang="en-GB"><head><title>T</title></head><body><h1>T</h1></body></html>'


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    made = archive.create(tmp_path / "run")
    (made.release / "report.html").write_text(PAGE)
    return made


def test_each_page_that_is_there_gets_a_pdf_and_the_sums_know_it(run: RunFolder) -> None:
    (run.release / "letter.html").write_text(PAGE)
    (run.release / "other.html").write_text(PAGE)
    assert print_pages(run) == (run.release / "report.pdf", run.release / "letter.pdf")
    assert run.report.with_suffix(".pdf").read_bytes().startswith(b"%PDF-1.7")
    sums = (run.release / archive.SUMS).read_text()
    assert f"{archive.sha256(run.release / 'report.pdf')}  report.pdf\n" in sums
    assert not (run.release / "other.pdf").exists()


def test_where_one_page_cannot_be_printed_none_is(run: RunFolder) -> None:
    (run.release / "summary.html").write_text(PAGE.replace("</h1>", '</h1><img alt="a" src="a.png">'))
    with pytest.raises(PdfError):
        print_pages(run)
    assert {path.name for path in run.release.iterdir()} == {"report.html", "summary.html"}


def test_a_pdf_goes_when_its_page_changes_and_stays_when_it_does_not(run: RunFolder) -> None:
    evaluation = factory.empty_evaluation()
    old, new = run.release / "report.pdf", run.release / "summary.pdf"
    old.write_bytes(b"of the page before")
    pages.write(run.release, evaluation, None)
    assert not old.exists()
    new.write_bytes(b"of this page")
    pages.write(run.release, evaluation, None)
    assert new.read_bytes() == b"of this page"
