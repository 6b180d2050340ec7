"""The example that the README shows: whole, of today's schemas, with the sections of today's pages."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from nccid_eval import schemas

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "reports" / "example"
TEMPLATES = ROOT / "src" / "nccid_eval" / "report" / "templates"
SECTION = re.compile(r'<section id="([a-z-]+)"')
REMADE = "make example makes it anew"


@pytest.mark.parametrize("folder", [EXAMPLE, EXAMPLE / "comparison"], ids=["run", "comparison"])
def test_its_checksums_hold_and_name_every_file(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    there = {one.name for one in folder.iterdir() if one.is_file()} - {"SHA256SUMS"}
    assert set(sums) == there
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in there} == sums


@pytest.mark.parametrize("name", ["run.json", "scorecard.json", "vendor.json", "comparison/comparison.json"])
def test_its_records_fit_todays_schemas(name: str) -> None:
    assert schemas.fault(json.loads((EXAMPLE / name).read_text())) is None, REMADE


@pytest.mark.parametrize(
    ("page", "templates"),
    [("report.html", ("technical", "explorer")), ("comparison/comparison.html", ("compared",))],
)
def test_its_pages_have_todays_sections(page: str, templates: tuple[str, ...]) -> None:
    files = [one for name in templates for one in (TEMPLATES / name).glob("*.html")]
    wanted = {section for one in files for section in SECTION.findall(one.read_text())}
    optional = {"versions"}  # a comparison's, with a predecessor
    assert wanted - optional <= set(SECTION.findall((EXAMPLE / page).read_text())), REMADE


def test_it_holds_nothing_private_and_no_path_of_a_machine() -> None:
    names = {one.name for one in EXAMPLE.rglob("*")}
    assert not names & {"private", "truth.csv", "predictions.csv", "journal.log", "assessment.json"}
    for one in EXAMPLE.rglob("*.*"):
        if one.suffix in (".json", ".html", ".csv"):
            assert not re.search(r"/(home|root|tmp|work)/", one.read_text()), one
